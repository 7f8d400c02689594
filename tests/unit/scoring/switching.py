"""People who are latent until a known moment and active after it.

What they do is drawn by a seed: how often they visit of themselves differs from person
to person (log-normal), a mail comes every two weeks and brings some of them back, and
a visit is one act or several. At the switch they begin to look: visits are added at a
rate of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from plugin.history.clicks import DAY
from plugin.mappings.model import MomentumRules
from plugin.scoring.model import Trend
from plugin.scoring.momentum import MONTH, WEEK, Watch, first_of_visits

#: After an alarm a detector is silent so long; every one alike.
DEAD = 30 * DAY


@dataclass(frozen=True)
class Mover:
    """One person's acts until `ends`; moments in microseconds."""

    acts: list[int]
    #: None for who never switches.
    switched: int | None
    ends: int


def movers(
    number: int, rng: Random, *, months: float, switching: bool, clustered: bool = False
) -> list[Mover]:
    """Draw people; those who switch do so in the second half of the time."""
    ends = round(months * MONTH)
    return [
        _mover(rng, ends, switching=switching, clustered=clustered)
        for _ in range(number)
    ]


def _mover(rng: Random, ends: int, *, switching: bool, clustered: bool) -> Mover:
    usual = rng.lognormvariate(-1.2, 0.9)
    by_mail = rng.random() * 0.5
    visits = list(_poisson(rng, usual * (1 - by_mail), 0, ends))
    answers = 1 - exp(-2 * usual * by_mail)
    visits += [
        mail + round(rng.expovariate(1) * DAY)
        for mail in range(round(rng.random() * 2 * WEEK), ends, 2 * WEEK)
        if rng.random() < answers
    ]
    if clustered:
        # some visits are followed by another one the days after
        visits += [
            at + round(rng.uniform(0.6, 4) * DAY) for at in visits if rng.random() < 0.2
        ]
    switched = round(rng.uniform(0.5, 0.9) * ends) if switching else None
    if switched is not None:
        visits += _poisson(rng, rng.uniform(1.5, 5), switched, ends)
    acts = [
        at + step * 60_000_000
        for at in visits
        for step in range(1 + int(rng.expovariate(0.7)))
    ]
    return Mover(sorted(one for one in acts if one < ends), switched, ends)


def _poisson(rng: Random, per_week: float, start: int, ends: int) -> Iterator[int]:
    at = start + rng.expovariate(per_week) * WEEK
    while at < ends:
        yield round(at)
        at += rng.expovariate(per_week) * WEEK


def by_momentum(mover: Mover, rules: MomentumRules) -> list[int]:
    """List the moments at which momentum says: rising."""
    watch = Watch(rules, 0)
    alarms: list[int] = []
    for at in first_of_visits(mover.acts, round(rules.visit_hours / 24 * DAY)):
        before = watch.since
        watch.visit(at)
        is_new = watch.trend is Trend.RISING and watch.since != before
        if is_new and (not alarms or at - alarms[-1] > DEAD):
            alarms.append(at)
    return alarms


def levels(mover: Mover, half_life_days: float) -> list[float]:
    """List a decaying score after each act, each worth 1, repeats of a visit halved."""
    found: list[float] = []
    level, last, worth = 0.0, 0, 1.0
    for at in mover.acts:
        worth = worth / 2 if found and at - last < DAY // 2 else 1.0
        level = level * 2.0 ** ((last - at) / (half_life_days * DAY)) + worth
        found.append(level)
        last = at
    return found


def by_threshold(
    mover: Mover, reached: Sequence[float], threshold: float, armed: int
) -> list[int]:
    """List the moments at which a score passes a threshold from below."""
    alarms: list[int] = []
    before = 0.0
    for at, level in zip(mover.acts, reached, strict=True):
        is_up = level >= threshold > before
        if is_up and at >= armed and (not alarms or at - alarms[-1] > DEAD):
            alarms.append(at)
        before = level
    return alarms


def false_per_1000(found: Sequence[tuple[Mover, list[int]]], armed: int) -> float:
    """Count false alarms per 1,000 person-months before the switch."""
    months = alarms = 0.0
    for mover, moments in found:
        until = mover.ends if mover.switched is None else mover.switched
        months += (until - armed) / MONTH
        alarms += sum(at < until for at in moments)
    return 1000 * alarms / months


def delays(found: Sequence[tuple[Mover, list[int]]]) -> list[float]:
    """List days from switch to alarm, infinite for those never seen, in order."""
    return sorted(
        min(
            (
                at - (mover.switched or 0)
                for at in moments
                if at >= (mover.switched or 0)
            ),
            default=float("inf"),
        )
        / DAY
        for mover, moments in found
    )
