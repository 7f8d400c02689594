"""Rates that may be looked at every day: tests and intervals that stay honest. Pure.

Everything rests on betting scores (e-values): how much more likely the data are under
what is feared than under what was usual. Their chance of ever exceeding 1 / alpha is
at most alpha where nothing changed, however often one looks (Ville's inequality).

What was usual is not known exactly, only from so many people; it is taken into account
by a Beta(1/2, 1/2) prior updated with them, so a short history finds little, rather
than too much. Sources: Robbins, Ann. Math. Statist. 41 (1970), 1397-1409, for the
mixture; Howard, Ramdas, McAuliffe, Sekhon, Ann. Statist. 49 (2021), 1055-1080.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, lgamma, log

#: Jeffreys' prior: knows nothing, and is the same for the share that did not.
_PRIOR = 0.5
#: Falls that are looked for, as shares of the usual rate, and how likely they are held.
FALLS = ((0.9, 0.15), (0.8, 0.5), (0.65, 0.25), (0.5, 0.1))
_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """People who did something, out of so many; both may be fractions of people."""

    hits: float
    people: float

    def __post_init__(self) -> None:
        """Refuse what is no rate."""
        if not 0 <= self.hits <= self.people:
            message = f"{self.hits} of {self.people} is no rate"
            raise ValueError(message)

    def __add__(self, other: "Rate") -> "Rate":
        """Take two groups of people together."""
        return Rate(self.hits + other.hits, self.people + other.people)

    @property
    def share(self) -> float:
        """Hits per person, 0..1; 0 for nobody."""
        return self.hits / self.people if self.people else 0.0

    def thinned(self, times: float) -> "Rate":
        """Count for less what varies more than chance does."""
        return Rate(self.hits / times, self.people / times)


NOBODY = Rate(0, 0)


def total(rates: Iterable[Rate]) -> Rate:
    """Take groups of people together."""
    found = NOBODY
    for one in rates:
        found += one
    return found


def fallen(usual: Rate, since: Rate) -> float:
    """Give the log of the evidence that a rate is lower than it used to be.

    As `since` grows, exp of it is an e-process; more than log(1 / alpha) is an alarm.
    """
    usual_a, usual_b = _prior(usual)
    bets = [
        log(weight) + _marginal(*_shrunk(usual_a, usual_b, fall), since)
        for fall, weight in FALLS
    ]
    return _log_sum(bets) - _marginal(usual_a, usual_b, since)


def not_fallen_to(usual: Rate, since: Rate, fall: float) -> float:
    """Give the log of the evidence that a rate did not fall to such a share of it."""
    usual_a, usual_b = _prior(usual)
    feared = _marginal(*_shrunk(usual_a, usual_b, fall), since)
    return _marginal(usual_a, usual_b, since) - feared


def interval(rate: Rate, alpha: float = 0.05) -> tuple[float, float]:
    """Give bounds of a rate that hold at all times together, but for `alpha`."""
    if not rate.people:
        return 0.0, 1.0
    least = _marginal(_PRIOR, _PRIOR, rate) + log(alpha)

    def is_likely(share: float) -> bool:
        return _likelihood(rate, share) >= least

    return _edge(0.0, rate.share, is_likely), _edge(1.0, rate.share, is_likely)


def overdispersion(rates: Sequence[Rate]) -> float:
    """Say how many times more the rates vary than chance does; at least 1.

    From each rate to the next, so that one that fell once and stays there counts once
    (von Neumann's mean square successive difference). With fewer than five rates nobody
    can tell, and it is 1.
    """
    counted = [one for one in rates if one.people]
    if len(counted) < 5:  # noqa: PLR2004 -- said above
        return 1.0
    steps = [_step(one, other) for one, other in pairwise(counted)]
    return max(1.0, sum(steps) / len(steps))


def _step(one: Rate, other: Rate) -> float:
    """Give the squared difference of two rates, 1 on average by chance alone."""
    share = (one + other).share
    variance = share * (1 - share) * (1 / one.people + 1 / other.people)
    return (one.share - other.share) ** 2 / variance if variance else 0.0


def _prior(usual: Rate) -> tuple[float, float]:
    return usual.hits + _PRIOR, usual.people - usual.hits + _PRIOR


def _shrunk(a: float, b: float, fall: float) -> tuple[float, float]:
    """Move a Beta distribution to a share of its mean, as uncertain as it was."""
    mean = fall * a / (a + b)
    return a, a / mean - a


def _marginal(a: float, b: float, seen: Rate) -> float:
    """Give the log likelihood of what was seen, over a Beta distribution of rates."""
    missed = seen.people - seen.hits
    return _log_beta(a + seen.hits, b + missed) - _log_beta(a, b)


def _likelihood(seen: Rate, share: float) -> float:
    missed = seen.people - seen.hits
    return _times_log(seen.hits, share) + _times_log(missed, 1 - share)


def _times_log(times: float, share: float) -> float:
    if not times:
        return 0.0
    return times * log(share) if share > 0 else -inf


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_sum(logs: Sequence[float]) -> float:
    most = max(logs)
    return most + log(sum(exp(one - most) for one in logs))


def log_mean(logs: Sequence[float], weights: Sequence[float]) -> float:
    """Give the log of a weighted mean, from logs; the weights add up to 1."""
    return _log_sum(
        [one + log(weight) for one, weight in zip(logs, weights, strict=True) if weight]
    )


def _edge(outside: float, inside: float, is_likely: Callable[[float], bool]) -> float:
    """Find where likely becomes unlikely between two shares, by halving."""
    if is_likely(outside):
        return outside
    for _ in range(_ROUNDS):
        middle = (outside + inside) / 2
        if is_likely(middle):
            inside = middle
        else:
            outside = middle
    return inside
