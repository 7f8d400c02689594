"""Whether somebody has begun to move: their visits against their own past.

Pure. Visits are a Poisson process whose rate is the person's own, learnt from their
past and a prior. A one-sided CUSUM adds up the log-likelihood ratio of "the rate has
jumped to that of somebody active" against "it is what it was"; a mirrored one looks
for "it has dropped". What the person's own rate may be is integrated out (a Gamma
prior gives a closed form), so a short past asks for more evidence by itself.

The threshold follows from the false alarms that are allowed: with at least e^h
visits between two false alarms on average (Lorden), h = log(visits per month /
false alarms per month).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log, log1p

from plugin.history.clicks import DAY, moment_of
from plugin.history.past import Evidence, Pace
from plugin.mappings.model import MomentumRules, Trend
from plugin.scoring.contributions import Contribution
from plugin.scoring.model import Momentum

WEEK = 7 * DAY
#: A month of the false alarms that the mapping allows.
MONTH = 365.25 / 12 * DAY

#: Below this many visits between two false alarms no threshold makes sense.
_LEAST_VISITS = 8.0

#: A trend stays until this share of its evidence is left.
_KEPT = 0.5


def momentum(
    contributions: Sequence[Contribution],
    started: int,
    rules: MomentumRules,
    as_of: int,
    pace: Pace | None = None,
) -> tuple[Momentum, int | None]:
    """Say whether somebody is rising, steady or cooling, and until when.

    `started` is when they came into view; moments are microseconds since 1970. Where
    earlier visits were forgotten, `pace` is what they came to. The second value is
    when time alone changes the answer; None if it never does.
    """
    if _known(pace) + len(contributions) < rules.min_visits:
        return Momentum(), None
    visits, watch = watched(contributions, started, rules, pace)
    if visits < rules.min_visits:
        return Momentum(), None
    watch.wait_until(as_of)
    return watch.momentum(), watch.next_change()


def watched(
    contributions: Iterable[Contribution],
    started: int,
    rules: MomentumRules,
    pace: Pace | None = None,
) -> "tuple[int, Watch]":
    """Count somebody's visits, and follow them up to the last of these."""
    pause = round(rules.visit_hours / 24 * DAY)
    last = pace.last if pace else None
    visits = first_of_visits((one.at for one in contributions), pause, last)
    watch = Watch(rules, started)
    if pace is not None:
        watch.resume(pace)
    for at in visits:
        watch.visit(at)
    return _known(pace) + len(visits), watch


def _known(pace: Pace | None) -> int:
    return pace.visits if pace else 0


def first_of_visits(
    moments: Iterable[int], pause: int, last: int | None = None
) -> list[int]:
    """List when visits begin: acts with a shorter pause between them are one.

    `last` is when the last act before them was.
    """
    visits: list[int] = []
    for at in sorted(moments):
        if last is None or at - last > pause:
            visits.append(at)
        last = at if last is None else max(last, at)
    return visits


@dataclass(slots=True)
class _Rate:
    """What is known of somebody's own rate: a Gamma of visits and time."""

    visits: float
    time: float

    @property
    def mean(self) -> float:
        """Visits per microsecond."""
        return self.visits / self.time

    def survival(self, span: float) -> float:
        """Log-probability of no visit in a span, the rate integrated out."""
        return -self.visits * log1p(span / self.time)


@dataclass(slots=True)
class _Test:
    """One CUSUM: evidence for a changed rate since it last was nothing."""

    #: The changed rate that is looked for; visits per microsecond.
    rate: float = 0.0
    #: What was usual then.
    usual: float = 0.0
    evidence: float = 0.0
    since: int = 0
    visits: int = 0

    def told(self) -> Evidence:
        """Say how it stands."""
        return Evidence(self.rate, self.usual, self.evidence, self.since, self.visits)


class Watch:
    """Follows one person's visits; they must come in order."""

    def __init__(self, rules: MomentumRules, started: int) -> None:
        """Begin with the prior, at the moment somebody came into view."""
        self._rules = rules
        self._prior = _Rate(
            rules.prior_visits_per_week * rules.prior_weeks, rules.prior_weeks * WEEK
        )
        self._half_life = rules.baseline_half_life_days * DAY
        self._armed = started + round(rules.min_history_days * DAY)
        self._lasts = round(rules.lasts_days * DAY)
        self._rate = _Rate(self._prior.visits, self._prior.time)
        #: Since when the tests' evidence and the rate are as they stand.
        self._at = started
        self._up, self._down = _Test(), _Test()
        self.trend = Trend.STEADY
        self.since: int | None = None

    def resume(self, pace: Pace) -> None:
        """Go on from where they were when their earlier visits were forgotten."""
        self._rate = _Rate(*pace.rate)
        self._at, self._armed = pace.at, pace.armed
        self._up, self._down = _Test(*pace.up), _Test(*pace.down)
        self.trend, self.since = pace.trend, pace.since

    def pace(self, visits: int, last: int) -> Pace:
        """Say all that the next visit will be compared with."""
        return Pace(
            visits=visits,
            last=last,
            rate=(self._rate.visits, self._rate.time),
            at=self._at,
            armed=self._armed,
            up=self._up.told(),
            down=self._down.told(),
            trend=self.trend,
            since=self.since,
        )

    def visit(self, at: int) -> None:
        """Let time pass until a visit, and weigh it."""
        self.wait_until(at)
        span = max(0, at - self._at)
        up, down = self._evidence(self._up, at), self._evidence(self._down, at)
        if self._rate.mean >= self._up.rate:
            up = 0.0  # their own rate has caught up with what was looked for
        hazard = self._rate.visits / (self._rate.time + span)
        if at >= self._armed:
            self._weigh_up(up, hazard, at)
            self._weigh_down(down, hazard, at)
        self._learn(span)
        self._at = max(self._at, at)
        if self.trend is not Trend.RISING and self._has_risen():
            self._turn(Trend.RISING, at)

    def wait_until(self, at: int) -> None:
        """Let time pass, and with it what it changes, that moment included."""
        while (change := self.next_change()) is not None and change <= at:
            self._pass(change)

    def next_change(self) -> int | None:
        """Say when the trend changes if nothing happens; None if never."""
        match self.trend:
            case Trend.RISING:
                return min(self._over(), self._faded(self._up))
            case Trend.COOLING:
                return self._over()
            case _:
                return self._cools()

    def momentum(self) -> Momentum:
        """Say how it stands, with what it rests on."""
        if self.since is None:
            return Momentum()
        test = self._up if self.trend is Trend.RISING else self._down
        return Momentum(
            trend=self.trend,
            since=moment_of(self.since),
            began=moment_of(test.since),
            visits=test.visits,
            usual_per_week=round(test.usual * WEEK, 4),
        )

    def _pass(self, change: int) -> None:
        if self.trend is Trend.STEADY:
            self._turn(Trend.COOLING, change)
            return
        if change >= self._over():
            self._settle(change)
        self._down = self._watch_down(self._at)
        self._up = _Test()
        self.trend, self.since = Trend.STEADY, None

    def _watch_down(self, at: int) -> _Test:
        usual = self._rate.mean
        return _Test(rate=usual / self._rules.cooling_shift, usual=usual, since=at)

    def _turn(self, trend: Trend, at: int) -> None:
        self.trend, self.since = trend, at

    def _settle(self, at: int) -> None:
        """Take what has lasted for the new normal."""
        test = self._up if self.trend is Trend.RISING else self._down
        self._rate = _Rate(
            self._prior.visits + test.visits, self._prior.time + at - test.since
        )
        self._at = at

    def _over(self) -> int:
        return (self.since or 0) + self._lasts

    def _weigh_up(self, before: float, hazard: float, at: int) -> None:
        test, rules = self._up, self._rules
        if before <= 0 and self.trend is not Trend.RISING:
            active = max(
                rules.rising_shift * hazard, rules.active_visits_per_week / WEEK
            )
            self._up = test = _Test(rate=active, usual=hazard, since=at)
        limit = self._high_limit()
        test.evidence = min(limit, max(before, 0.0) + self._ratio(test, hazard))
        test.visits += 1

    def _weigh_down(self, before: float, hazard: float, at: int) -> None:
        test, limit = self._down, self._low_limit()
        evidence = min(before, limit) + self._ratio(test, hazard)
        if self.trend is Trend.COOLING and evidence <= limit * _KEPT:
            self.trend, self.since = Trend.STEADY, None
            evidence = 0.0
        if evidence > 0:
            test.evidence = evidence
            test.visits += 1
        else:
            usual = hazard
            rate = usual / self._rules.cooling_shift
            self._down = _Test(rate=rate, usual=usual, since=at)

    def _ratio(self, test: _Test, hazard: float) -> float:
        """Say what a visit is worth as evidence."""
        return log(test.rate / hazard) / self._rules.dispersion if test.rate else 0.0

    def _learn(self, span: float) -> None:
        """Add a visit and the time before it to what is known; forget old ones."""
        kept, prior = 2.0 ** (-span / self._half_life), self._prior
        visits = prior.visits + (self._rate.visits - prior.visits) * kept + 1
        time = prior.time + (self._rate.time - prior.time) * kept + span
        self._rate = _Rate(visits, time)

    def _high_limit(self) -> float:
        return _limit(self._up.usual, self._rules.false_alarms_per_1000_person_months)

    def _low_limit(self) -> float:
        allowed = self._rules.false_coolings_per_1000_person_months
        return _limit(self._down.usual, allowed)

    def _has_risen(self) -> bool:
        test = self._up
        if test.visits < self._rules.min_visits:
            return False
        return test.evidence >= self._high_limit()

    def _evidence(self, test: _Test, at: int) -> float:
        """Read a test's evidence when nothing has happened since the last visit."""
        if not test.rate:
            return 0.0
        span = max(0, at - self._at)
        silence = -test.rate * span - self._rate.survival(span)
        return test.evidence + silence / self._rules.dispersion

    def _faded(self, test: _Test) -> int:
        """Find when silence has used up half the evidence, or it has lasted."""
        last = max(self._at, self._over())
        if self._rate.mean >= test.rate:
            return self._at
        least = self._high_limit() * _KEPT
        return _first(lambda at: self._evidence(test, at) <= least, self._at, last)

    def _cools(self) -> int | None:
        """Find when silence is enough to say that somebody has cooled."""
        test = self._down
        if not test.rate:
            return None
        # beyond this the own rate may as well be the low one
        best = self._at + round(self._rate.visits / test.rate - self._rate.time)
        limit = self._low_limit()
        if best <= self._at or self._evidence(test, best) < limit:
            return None
        found = _first(lambda at: self._evidence(test, at) >= limit, self._at, best)
        return max(found, self._armed)


def _limit(usual: float, allowed: float) -> float:
    """Say how much evidence it takes, at so many false alarms in 1,000 months."""
    return log(max(_LEAST_VISITS, usual * MONTH * 1000 / allowed))


def _first(is_so: Callable[[int], bool], low: int, high: int) -> int:
    """Find the first moment from `low` on that something is so; `high` at most."""
    if is_so(low):
        return low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle, high)
    return high
