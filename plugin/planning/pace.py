"""Where it goes at the present pace, and when one had to begin."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from plugin.mappings.audiences import Edge
from plugin.mappings.model import Phase
from plugin.planning import odds
from plugin.planning.model import EDGES, PhaseHistory
from plugin.planning.odds import Count
from plugin.planning.plan import FanPoint, Pace, PhaseNeeds, When
from plugin.planning.situation import Situation, counted, estimate
from plugin.planning.survival import Floats

_WEEK = 7.0
#: The present pace is that of the last so many weeks.
_WEEKS = 12
#: Fewer weeks say nothing of how uneven the inflow is.
_WEEKS_TO_JUDGE = 4
_FAN_POINTS = 13
_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflow:
    """New people a day: what it was of late, with what is not known of it."""

    #: One rate per draw.
    daily: Floats

    def hires(self, situation: Situation, step: int) -> Count:
        """Count hires by a step from people who come from now until then."""
        days = step * situation.timeline.steps.width
        mean = self.daily * days * situation.timeline.spread[Phase.SEE][:, step]
        return Count(mean=mean, variance=mean)


def inflow(
    situation: Situation, history: PhaseHistory, rng: np.random.Generator
) -> Inflow:
    """Estimate the inflow to come from the last weeks, or take the goal's own.

    People come in bursts, so more varies than chance alone would have it; the ratio
    of variance to mean over the weeks tells how much.
    """
    if situation.goal.weekly_inflow is not None:
        rate = situation.goal.weekly_inflow / _WEEK
        return Inflow(daily=np.full(situation.draws, rate))
    weeks, counts = _weekly(history, situation.as_of.timestamp())
    people = float(counts.sum())
    bursts = 1.0
    if weeks >= _WEEKS_TO_JUDGE and people:
        bursts = max(1.0, float(counts.var(ddof=1) / counts.mean()))
    ahead = situation.days / _WEEK
    weekly = (people + 0.5) / weeks
    variance = weekly * (bursts / weeks + (bursts - 1) / ahead)
    drawn = rng.gamma(weekly**2 / variance, variance / weekly, situation.draws)
    return Inflow(daily=drawn / _WEEK)


def _weekly(history: PhaseHistory, now: float) -> tuple[int, Floats]:
    """Count who came to See in each of the last weeks that there is history of."""
    track = history.track(Edge.SEE_THINK)
    ago = (now - np.asarray(track.entered, dtype=float)) / _DAY / _WEEK
    people = np.asarray(track.people, dtype=float)
    known = ago >= 0
    if not known.any():
        return 1, np.zeros(1)
    weeks = int(min(_WEEKS, max(1, math.floor(ago[known].max()))))
    recent = known & (ago < weeks)
    index = ago[recent].astype(int)
    counts = np.bincount(index, weights=people[recent], minlength=weeks)
    return weeks, counts.astype(float)


def hires_by(situation: Situation, stream: Inflow | None, step: int) -> Count:
    """Count all hires by a step, from people in hand and people to come."""
    stock = [situation.timeline.stock[edge] for edge in EDGES]
    mean = np.asarray(sum(one.expected[:, step] for one in stock))
    final = situation.in_hand()
    # Chances grow in step with the mean, so what they take off the variance does.
    share = np.divide(mean, final.mean, out=np.zeros_like(mean), where=final.mean > 0)
    count = Count(mean=mean, variance=mean - (final.mean - final.variance) * share**2)
    return count if stream is None else count + stream.hires(situation, step)


def pace(situation: Situation, stream: Inflow, see: PhaseNeeds) -> Pace:
    """Say how likely the goal is at this pace, and when it would be reached."""
    total = hires_by(situation, stream, situation.timeline.steps.last)
    return Pace(
        weekly=estimate(stream.daily * _WEEK),
        hires=counted(total, situation.hired),
        chance=float(odds.at_least(situation.left, total)),
        when=tuple(_when(situation, stream, see, one) for one in situation.certainties),
    )


def _when(
    situation: Situation, stream: Inflow, see: PhaseNeeds, certainty: float
) -> When:
    cut = situation.timeline.steps
    extra = see.at(certainty).extra
    begin = _first(situation, certainty, _started(situation, stream))
    reached = _first(
        situation, certainty, lambda step: hires_by(situation, stream, step)
    )
    return When(
        certainty=certainty,
        weekly_needed=None if extra is None else extra / situation.days * _WEEK,
        start_by=(
            None
            if begin is None
            else situation.day(situation.days - begin * cut.width - 1e-6)
        ),
        reached_on=None if reached is None else situation.day(reached * cut.width),
    )


def _started(situation: Situation, stream: Inflow) -> Callable[[int], Count]:
    """Count hires by the date had the inflow begun so many steps before it."""
    in_hand = hires_by(situation, None, situation.timeline.steps.last)
    return lambda step: in_hand + stream.hires(situation, step)


def _first(
    situation: Situation, certainty: float, count_at: Callable[[int], Count]
) -> int | None:
    """Find the first step with enough certainty; None where the last has not."""

    def enough(step: int) -> bool:
        chance = odds.at_least(situation.left, count_at(step))
        return bool(chance >= certainty)

    low, high = -1, situation.timeline.steps.days.size - 1
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def fan(situation: Situation, stream: Inflow) -> tuple[FanPoint, ...]:
    """Draw the hires over time at this pace, from now until the date."""
    last = situation.timeline.steps.last
    at = sorted({round(one) for one in np.linspace(0, last, _FAN_POINTS)})
    return tuple(_fan_point(situation, stream, step) for step in at)


def _fan_point(situation: Situation, stream: Inflow, step: int) -> FanPoint:
    count = hires_by(situation, stream, step)
    low, middle, high = (
        (odds.quantile(one, count) if step else 0) + situation.hired
        for one in (0.05, 0.5, 0.95)
    )
    days = min(step * situation.timeline.steps.width, situation.days - 1e-6)
    return FanPoint(on=situation.day(days), low=low, middle=middle, high=high)


def hired_since(history: PhaseHistory, since: float, now: float) -> int:
    """Count hires between two moments, in seconds since 1970."""
    track = history.track(Edge.DO_HIRE)
    hits = [
        people
        for passed, people in zip(track.passed, track.people, strict=True)
        if since <= passed <= now
    ]
    return sum(hits)
