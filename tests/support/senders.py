"""A Mautic that sends by the due segments, and everything that may go wrong meanwhile.

Its campaigns are workers beside each other: each has picked its people before it sends,
a mail is reported late, our answer is written late, segments are rebuilt late, and
people move to another phase or speak up just then. What was sent is then held against
the rules by other arithmetic than that of `plugin.planning.rhythm`.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from plugin.mappings.audiences import Cadence, SunsetStep
from plugin.mappings.model import Phase
from plugin.planning.rhythm import Heard, next_touch

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: A worker that has picked somebody sends to them this much later, at most.
PICKED = 10 * MINUTE
#: A webhook that was lost is made good by the next reconcile.
LOST = DAY
#: Done this one time; otherwise it comes again some day.
ONCE = "once"
PHASES = (Phase.SEE, Phase.THINK, Phase.CARE)


@dataclass
class Life:
    """One person: what they were sent in truth, and what is known of it here."""

    rng: Random
    cadence: Cadence
    now: datetime
    sent: list[datetime] = field(default_factory=list)
    #: Gaps of the rhythm alone, each as a share of what was asked for.
    even: list[float] = field(default_factory=list)
    phase: Phase = Phase.SEE
    #: Whether the turn is kept while a mail may be on its way; see the tests.
    keeps_turns: bool = True
    _known: list[datetime] = field(default_factory=list)
    _left: list[tuple[datetime, Phase]] = field(default_factory=list)
    _spoke: datetime | None = None
    _spoke_before: list[datetime] = field(default_factory=list)
    _sign: datetime | None = None
    _shown: tuple[Phase, date | None] = (Phase.SEE, None)
    _member: Phase | None = None
    _rotation: int = 0
    _ended: dict[int, datetime] = field(default_factory=dict)
    _queue: list[tuple[datetime, int, str, Any]] = field(default_factory=list)
    _asked: int = 0
    _disturbed: bool = True
    _number: int = 0
    _decided: int = 0

    def __post_init__(self) -> None:
        self.since = self.now
        self.zone = ZoneInfo(self.cadence.timezone)
        self._decide()
        self._later(self._soon(40 * DAY), "move")
        self._later(self._soon(90 * DAY), "speak")

    def run(self, sends: int) -> None:
        """Live until so many mails were sent, or nothing happens any more."""
        while len(self.sent) < sends and self._queue:
            self.now, _, what, about = heapq.heappop(self._queue)
            getattr(self, f"_on_{what}")(about)

    def _on_move(self, how: str | None) -> None:
        others = [one for one in PHASES if one is not self.phase]
        # of moves before the last mail that is known of nothing depends any more
        last = self._known[-1] if self._known else self.since
        self._left = [one for one in self._left if one[0] > last]
        self._left.append((self.now, self.phase))
        self.phase = self.rng.choice(others)
        self._disturbed = True
        self._decide()
        if how != ONCE:
            self._later(self._soon(60 * DAY), "move")

    def _on_speak(self, how: str | None) -> None:
        if self._spoke is not None:
            self._spoke_before.append(self._spoke)
        self._spoke = self._sign = self.now
        self._disturbed = True
        self._decide()
        if how != ONCE:
            self._later(self._soon(120 * DAY), "speak")

    def _on_click(self, _: object) -> None:
        self._sign = self.now
        self._decide()

    def _on_report(self, sent_at: datetime) -> None:
        self._known = sorted([*self._known[-20:], sent_at])
        self._decide()

    def _on_write(self, wish: tuple[int, Phase, date | None]) -> None:
        """Write the newest wish: in the outbox it stands in the place of older ones."""
        number, phase, on = wish
        if number < self._decided:
            return
        self._shown = (phase, on)
        self._later(self._soon(5 * MINUTE), "rebuild")

    def _on_rebuild(self, _: None) -> None:
        """Rebuild the due segments: one per phase, so that nobody is in two."""
        phase, on = self._shown
        today = self.now.astimezone(self.zone).date()
        member = phase if on is not None and on <= today else None
        if member is not self._member:
            self._ended[self._rotation] = self.now
            self._rotation += 1
            self._member = member
            if member is not None:
                self._later(self._soon(10 * MINUTE), "work", self._rotation)
        if member is None and on is not None:
            midnight = datetime.combine(on, time(0), self.zone).astimezone(UTC)
            self._later(midnight - self.now + self._soon(5 * MINUTE), "rebuild")

    def _on_work(self, rotation: int) -> None:
        """A campaign picks its members; it keeps hours and days, as Mautic can."""
        ended = self._ended.get(rotation)
        if ended is not None:
            return
        at = self._allowed(self.now)
        if at > self.now:
            late = self._soon(20 * MINUTE) + (self.rng.random() < 0.02) * 2 * DAY
            self._later(at - self.now + late, "work", rotation)
            return
        if self.rng.random() < 0.05:  # just as they are picked, they do something
            what = self.rng.choice(["move", "speak", "click"])
            self._later(self.rng.random() * 2 * PICKED, what, ONCE)
        self._later(self.rng.random() * PICKED, "send", rotation)

    def _on_send(self, rotation: int) -> None:
        """Send to whoever was picked, also if they left the segment meanwhile."""
        if self._allowed(self.now) > self.now:
            self._later(timedelta(0), "work", rotation)
            return
        if self.sent and not self._disturbed:
            days = (self._day(self.now) - self._day(self.sent[-1])).days
            self.even.append(days / self._asked)
        self._disturbed = False
        self.sent.append(self.now)
        self._later(self._report(), "report", self.now)
        if self.rng.random() < 0.2:
            self._later(self._soon(2 * HOUR), "click")

    def _report(self) -> timedelta:
        return LOST if self.rng.random() < 0.01 else self._soon(3 * MINUTE)

    def _decide(self) -> None:
        heard = Heard(
            sent=self._known,
            last_sign=self._sign,
            spoke_at=self._spoke,
            spoke_before=self._spoke_before[-20:],
            since=self.since,
            left=self._left if self.keeps_turns else (),
        )
        touch = next_touch(heard, self.phase, self.cadence)
        if touch.step is not SunsetStep.AWAKE:
            self._disturbed = True
        self._asked = touch.every_days or 1
        late = 6 * HOUR if self.rng.random() < 0.01 else self._soon(MINUTE)
        self._decided += 1
        self._later(late, "write", (self._decided, self.phase, touch.on))

    def _later(self, wait: timedelta, what: str, about: Any = None) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.now + wait, self._number, what, about))

    def _soon(self, mean: timedelta) -> timedelta:
        return mean * self.rng.expovariate(1)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _allowed(self, moment: datetime) -> datetime:
        """Give the next moment at which a campaign with these hours and days sends."""
        cadence, local = self.cadence, moment.astimezone(self.zone)
        while True:
            if is_quiet(local.time(), cadence):
                until = datetime.combine(local.date(), cadence.quiet_until, self.zone)
                if until <= local:
                    until = datetime.combine(
                        local.date() + DAY, cadence.quiet_until, self.zone
                    )
                local = until.astimezone(UTC).astimezone(self.zone)
            elif cadence.weekdays and local.isoweekday() not in cadence.weekdays:
                local = datetime.combine(local.date() + DAY, time(0), self.zone)
            else:
                return max(moment, local.astimezone(UTC))


def is_quiet(at: time, cadence: Cadence) -> bool:
    start, end = cadence.quiet_from, cadence.quiet_until
    return start <= at < end if start <= end else not end <= at < start


def breaches(sent: Sequence[datetime], cadence: Cadence) -> Iterator[str]:
    """Name each mail that went against a rule, by calendar days of the zone."""
    zone = ZoneInfo(cadence.timezone)
    local = [one.astimezone(zone) for one in sent]
    days = [one.toordinal() for one in local]
    for before, after in pairwise(days):
        if after - before < cadence.gap_days:
            yield f"gap: {after - before} days, not {cadence.gap_days}"
    for first, over in zip(days, days[cadence.cap :], strict=False):
        if over - first < cadence.cap_days:
            yield f"cap: {cadence.cap + 1} mails in {over - first + 1} days"
    for one in local:
        if is_quiet(one.time(), cadence):
            yield f"quiet: {one}"
        if cadence.weekdays and one.isoweekday() not in cadence.weekdays:
            yield f"weekday: {one}"


#: Whose rhythms are lived: a firm's usual ones, one at its limits, and one that sends
#: in the night in which the clock changes.
CADENCES = (
    Cadence(
        every_days={Phase.SEE: 21, Phase.THINK: 7, Phase.CARE: 42},
        weekdays=frozenset({1, 2, 3, 4}),
        quiet_from=time(19),
        gap_days=5,
        cap=5,
    ),
    Cadence(
        every_days={Phase.SEE: 28, Phase.THINK: 14, Phase.CARE: 60},
        weekdays=frozenset({2, 3, 4}),
        quiet_from=time(18),
        quiet_until=time(9),
        gap_days=7,
        cap=3,
    ),
    Cadence(
        every_days={Phase.SEE: 7, Phase.THINK: 3, Phase.CARE: 14},
        quiet_from=time(4),
        quiet_until=time(2),
        gap_days=3,
        cap=8,
    ),
)


def lives(
    seed: int, people: int, sends: int, *, keeps_turns: bool = True
) -> Iterator[Life]:
    """Live so many lives, each until so many mails, from any moment of three years."""
    rng = Random(seed)
    for number in range(people):
        begins = datetime(2024, 1, 1, tzinfo=UTC) + rng.random() * 1096 * DAY
        cadence = replace(CADENCES[number % len(CADENCES)], timezone="Europe/Amsterdam")
        life = Life(rng=rng, cadence=cadence, now=begins, keeps_turns=keeps_turns)
        life.run(sends)
        yield life
