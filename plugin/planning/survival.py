"""Who passed after how long, and who is still under way: nothing assumed.

The cumulative incidence of Aalen and Johansen, which is one minus Kaplan and Meier's
curve where nobody is lost for good.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from plugin.planning.model import Track

Floats = NDArray[np.float64]

_DAY = 86_400.0

#: Who passes sooner than this did so in the same session: they skipped the phase.
INSTANT_DAYS = 1 / 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One edge as known at a moment; times in days, with how many people each."""

    #: People who passed at once.
    instant: float
    #: Others who passed: how long it took them.
    lags: Floats
    lag_people: Floats
    #: Who have not passed: how long they are under way.
    ages: Floats
    age_people: Floats
    #: Who were lost for good: after how long.
    exits: Floats
    exit_people: Floats

    @property
    def passed(self) -> float:
        """People who passed."""
        return self.instant + float(self.lag_people.sum())

    @property
    def waiting(self) -> float:
        """People who are under way."""
        return float(self.age_people.sum())

    @property
    def gone(self) -> float:
        """People who were lost."""
        return float(self.exit_people.sum())

    @property
    def entered(self) -> float:
        """Everybody who began."""
        return self.passed + self.waiting + self.gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The share of people who passed, by days since they began."""

    days: Floats
    share: Floats

    def at(self, days: float) -> float:
        """Read the share after so many days; 0 before anybody passed."""
        index = int(np.searchsorted(self.days, days, side="right")) - 1
        return float(self.share[index]) if index >= 0 else 0.0

    @property
    def plateau(self) -> float:
        """Where the curve ends; 0 where nobody passed."""
        return float(self.share[-1]) if self.share.size else 0.0


def observe(track: Track, as_of: datetime) -> Observed:
    """See a track as it was known at a moment: what came later has not happened."""
    now = as_of.timestamp()
    entered = np.asarray(track.entered, dtype=float)
    known = entered <= now
    entered = entered[known]
    people = np.asarray(track.people, dtype=float)[known]
    passed = np.asarray(track.passed, dtype=float)[known]
    gone = np.asarray(track.gone, dtype=float)[known]
    is_passed = passed <= now
    is_gone = ~is_passed & (gone <= now)
    is_open = ~is_passed & ~is_gone
    lags = np.maximum(0.0, passed - entered) / _DAY
    at_once = is_passed & (lags < INSTANT_DAYS)
    later = is_passed & ~at_once
    return Observed(
        instant=float(people[at_once].sum()),
        lags=lags[later],
        lag_people=people[later],
        ages=(now - entered[is_open]) / _DAY,
        age_people=people[is_open],
        exits=np.maximum(0.0, gone - entered)[is_gone] / _DAY,
        exit_people=people[is_gone],
    )


def incidence(seen: Observed) -> Curve:
    """Estimate the share that passes within t days, t being each observed time.

    Who is under way counts as long as they were watched; who was lost can no more
    pass, which is not the same as being watched for a short time.
    """
    at_once = np.full(1 if seen.instant else 0, seen.instant)
    passes = np.concatenate([np.zeros_like(at_once), seen.lags])
    counts = np.concatenate([at_once, seen.lag_people])
    days = np.unique(np.concatenate([passes, seen.exits]))
    events = _at(days, passes, counts)
    lost = _at(days, seen.exits, seen.exit_people)
    at_risk = _from(days, seen.ages, seen.age_people) + _left(events + lost)
    staying = np.cumprod(1 - (events + lost) / at_risk)
    before = np.concatenate([[1.0], staying[:-1]])
    return Curve(days=days, share=np.cumsum(before * events / at_risk))


def _at(days: Floats, times: Floats, people: Floats) -> Floats:
    """Count the people of each day."""
    index = np.searchsorted(days, times)
    return np.bincount(index, weights=people, minlength=days.size).astype(float)


def _from(days: Floats, times: Floats, people: Floats) -> Floats:
    """Count the people of each day or later."""
    order = np.argsort(times)
    before = np.searchsorted(times[order], days, side="left")
    sums = np.concatenate([[0.0], np.cumsum(people[order])])
    return np.asarray(sums[-1] - sums[before])


def _left(people: Floats) -> Floats:
    """Sum up from each day to the last."""
    return np.asarray(np.cumsum(people[::-1])[::-1])
