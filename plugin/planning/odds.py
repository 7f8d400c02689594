"""Chances of counts: so many hires at least, out of so many people.

The only module that knows scipy. A count is told by its mean and variance and taken
for a Binomial with these, its number of people not being whole: exact for one group
of people with one chance, and close for a sum over groups with several.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from plugin.planning.survival import Floats

#: Below this a Binomial is as good as a Poisson distribution.
_LEAST_CHANCE = 1e-6
_MOST_CHANCE = 1 - 1e-9

#: More people than there are: whoever needs more needs too many.
_WORLD = 10.0**10

_ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Hires as a random count, one mean and variance per draw of what is unknown.

    The first axis are the draws; further axes, if any, are dates.
    """

    mean: Floats
    variance: Floats

    def __add__(self, other: "Count") -> "Count":
        """Add two counts that do not depend on each other, given the draw."""
        return Count(
            mean=self.mean + other.mean, variance=self.variance + other.variance
        )


def nothing(draws: int) -> Count:
    """Give a count that is zero for sure."""
    return Count(mean=np.zeros(draws), variance=np.zeros(draws))


def out_of(people: float | Floats, chance: Floats) -> Count:
    """Count successes among people who each have the draw's chance."""
    mean = people * chance
    return Count(mean=mean, variance=mean * (1 - chance))


def at_least(hires: float | Floats, count: Count) -> Floats:
    """Compute the chance of that many or more, over all draws (first axis)."""
    if np.ndim(hires) == 0 and hires <= 0:
        return np.ones(count.mean.shape[1:])
    mean = np.maximum(count.mean, 1e-12)
    share = np.clip(1 - count.variance / mean, _LEAST_CHANCE, _MOST_CHANCE)
    people = mean / share
    room = people - hires + 1
    tail = special.betainc(hires, np.maximum(room, 1e-9), share)
    return np.asarray(np.where(room > 0, tail, 0.0).mean(axis=0))


def quantile(level: float, count: Count) -> int:
    """Find the least number of hires that is not exceeded with this chance."""
    low, high = -1, 1
    while at_least(high + 1, count) > 1 - level:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if at_least(middle + 1, count) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def least(
    certainty: float, chance_of: Callable[[float], float], start: float
) -> int | None:
    """Find the least number of people whose chance reaches a certainty.

    `chance_of` must not fall as its argument rises. None where no number would do.
    Regula falsi on probits over logarithms, where such curves are all but straight.
    """
    goal = float(special.ndtri(certainty))

    def short(people: float) -> float:
        chance = min(max(chance_of(people), 1e-12), 1 - 1e-12)
        return float(special.ndtri(chance)) - goal

    if chance_of(0.0) >= certainty:
        return 0
    high = max(start, 1.0)
    while (above := short(high)) < 0:
        high *= 4
        if high > _WORLD:
            return None
    low = max(start, 1.0)
    while (below := short(low)) >= 0:
        if low <= 1:
            return 1
        low = max(1.0, low / 4)
    return _between(short, (low, below), (high, above))


def _between(
    short: Callable[[float], float],
    low: tuple[float, float],
    high: tuple[float, float],
) -> int:
    """Close in on the first whole number that is enough (the Illinois method)."""
    (a, at_a), (b, at_b) = low, high
    last = 0
    for _ in range(_ROUNDS):
        if np.floor(a) == np.floor(b) or b - a <= a * 1e-5:
            break
        x, y = np.log(a), np.log(b)
        middle = float(np.exp(x - at_a * (y - x) / (at_b - at_a)))
        found = short(middle)
        side = -1 if found < 0 else 1
        if side < 0:
            a, at_a = middle, found
            at_b /= 2 if last == side else 1
        else:
            b, at_b = middle, found
            at_a /= 2 if last == side else 1
        last = side
    return int(np.ceil(b))


def log_beta(passed: Floats, stayed: Floats) -> Floats:
    """Compute the logarithm of the Beta function."""
    return np.asarray(special.betaln(passed, stayed))


def beta_quantile(passed: Floats, stayed: Floats, level: float | Floats) -> Floats:
    """Compute a quantile of the Beta distribution."""
    return np.asarray(special.betaincinv(passed, stayed, level))
