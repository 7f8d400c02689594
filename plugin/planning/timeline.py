"""Hires over time: what those in hand and those to come give, and when.

Time is cut into equal steps on which the planned day lies exactly. Mass is put on the
nearest step, so a sum of three lags is not shifted. Sums of lags are convolutions and
computed by FFT for all draws at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plugin.mappings.audiences import Edge
from plugin.mappings.model import Phase
from plugin.planning.conversion import Conversion
from plugin.planning.model import EDGES, start_of
from plugin.planning.odds import Count
from plugin.planning.survival import Floats, Observed

#: Steps in all; a number the FFT likes when doubled.
_STEPS = 192
#: Steps until the planned day: at least, at most; days covered if possible.
_FEWEST, _MOST = 16, 64
_COVERED_DAYS = 730.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How time is cut."""

    #: Days per step.
    width: float
    #: The step of the planned day.
    last: int

    @property
    def days(self) -> Floats:
        """The days from now of each step."""
        return np.asarray(np.arange(_STEPS) * self.width)

    @property
    def oldest(self) -> int:
        """Who has waited longer is taken to have waited so many steps."""
        return _STEPS - 1 - self.last


def steps(days: float) -> Steps:
    """Cut time so that a day lies on a step, and go well beyond it."""
    last = int(np.clip(round(_STEPS * days / _COVERED_DAYS), _FEWEST, _MOST))
    return Steps(width=days / last, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What those on their way over one edge give."""

    people: float
    #: Expected hires by each step (draws x steps).
    expected: Floats
    #: Sums over the people, at the planned day, of their chance and of its square.
    chances: Floats
    squares: Floats

    @property
    def count(self) -> Count:
        """Their hires by the planned day."""
        return Count(mean=self.chances, variance=self.chances - self.squares)

    def scaled(self, factor: Floats) -> Count:
        """Their hires if every chance were that many times as good."""
        mean = self.chances * factor
        return Count(mean=mean, variance=mean - self.squares * factor**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All that depends on lags, worked out once."""

    steps: Steps
    #: Chance that who enters the phase now is hired by each step (draws x steps).
    hired_by: Mapping[Phase, Floats]
    #: The same for who enters evenly from now until that step.
    spread: Mapping[Phase, Floats]
    stock: Mapping[Edge, Stock]

    def even(self, phase: Phase) -> Floats:
        """Compute the chance of who enters evenly until the planned day."""
        return np.asarray(self.spread[phase][:, self.steps.last])


def timeline(
    learned: Mapping[Edge, Conversion], seen: Mapping[Edge, Observed], days: float
) -> Timeline:
    """Work out chances over time, from now until well beyond a planned day."""
    cut = steps(days)
    beyond: Floats | None = None
    stock: dict[Edge, Stock] = {}
    hired_by: dict[Phase, Floats] = {}
    for edge in reversed(EDGES):
        ahead = _ahead(learned[edge], cut)
        stock[edge] = _stock(seen[edge], ahead, beyond, cut)
        beyond = ahead.mass if beyond is None else _folded(ahead.mass, beyond)
        hired_by[start_of(edge)] = _by(beyond)
    spread = {phase: _spread(chance) for phase, chance in hired_by.items()}
    return Timeline(steps=cut, hired_by=hired_by, spread=spread, stock=stock)


def _spread(chance: Floats) -> Floats:
    """Average a chance over all times to go, from a step back to none."""
    area = np.cumsum((chance[:, 1:] + chance[:, :-1]) / 2, axis=1)
    return np.concatenate([chance[:, :1], area / np.arange(1, _STEPS)], axis=1)


def _folded(one: Floats, other: Floats) -> Floats:
    size = 2 * _STEPS
    product = np.fft.rfft(one, size) * np.fft.rfft(other, size)
    return np.asarray(np.fft.irfft(product, size)[:, :_STEPS])


def _matched(weights: Floats, shifted: Floats) -> Floats:
    """Compute the sum over i of weights[i] x shifted[i + x] for each x."""
    size = 2 * _STEPS
    product = np.conj(np.fft.rfft(weights, size)) * np.fft.rfft(shifted, size)
    return np.asarray(np.fft.irfft(product, size)[:, :_STEPS])


def _by(mass: Floats) -> Floats:
    """Sum mass up to each step; of the mass around a step half has come by it."""
    whole = np.cumsum(mass, axis=1) - mass / 2
    whole[:, 0] = mass[:, 0]
    return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """How one edge is passed, over the steps from entering it (draws x steps)."""

    #: Share that has not passed by a step.
    left: Floats
    #: Share that passes around a step, and within the half step after it.
    mass: Floats
    half: Floats


def _ahead(learned: Conversion, cut: Steps) -> _Ahead:
    halves = learned.passed_by((np.arange(2 * _STEPS + 1) - 1) * cut.width / 2)
    by_now, by_end = halves[:, 1::2], halves[:, 2::2]
    return _Ahead(
        left=np.maximum(1 - by_now, 1e-9),
        mass=np.diff(halves[:, ::2], axis=1),
        half=by_end - by_now,
    )


def _stock(seen: Observed, ahead: _Ahead, beyond: Floats | None, cut: Steps) -> Stock:
    """Follow those under way: the longer they are, the less is left to hope for."""
    ages = np.minimum(np.rint(seen.ages / cut.width).astype(int), cut.oldest)
    people = np.bincount(ages, weights=seen.age_people, minlength=_STEPS)
    waiting = people / ahead.left
    passing = _matched(waiting, ahead.mass)
    passing[:, 0] = (waiting * ahead.half).sum(axis=1)
    each = _each(ahead, beyond, cut)
    return Stock(
        people=seen.waiting,
        expected=_by(passing if beyond is None else _folded(passing, beyond)),
        chances=each @ people,
        squares=each**2 @ people,
    )


def _each(ahead: _Ahead, beyond: Floats | None, cut: Steps) -> Floats:
    """Compute the chance to be hired by the planned day after i steps of waiting."""
    window = np.zeros_like(ahead.mass)
    if beyond is None:
        window[:, : cut.last] = 1.0
        window[:, cut.last] = 0.5
    else:
        window[:, : cut.last + 1] = _by(beyond)[:, cut.last :: -1]
    now = window[:, :1] * (ahead.half - ahead.mass)
    return (_matched(window, ahead.mass) + now) / ahead.left
