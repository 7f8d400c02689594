"""Simulated firms whose true conversions and lags are known, for the planner."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plugin.mappings.audiences import Edge
from plugin.planning.model import EDGES, Track
from plugin.planning.priors import BENCHMARKS

DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One edge as it really is."""

    conversion: float
    median_days: float
    shape: float


@dataclass(frozen=True, kw_only=True)
class Firm:
    #: What the planner may see: everything until day 0.
    tracks: dict[Edge, Track]
    truth: dict[Edge, Truth]
    #: Hires after day 0, in days, of people who were in hand then.
    later: np.ndarray


def plausible(rng: np.random.Generator) -> dict[Edge, Truth]:
    """Conversions of 5 to 30 %, lags around the benchmarks', shapes around one."""
    return {
        edge: Truth(
            conversion=float(np.exp(rng.uniform(np.log(0.05), np.log(0.3)))),
            median_days=BENCHMARKS[edge].median_days
            * float(np.exp(rng.normal(0, 0.5))),
            shape=float(rng.uniform(0.8, 1.5)),
        )
        for edge in EDGES
    }


def walk(
    people: np.ndarray, truth: dict[Edge, Truth], rng: np.random.Generator
) -> Iterator[tuple[Edge, np.ndarray, np.ndarray]]:
    """Let people enter See at these days; for each edge when who began and passed."""
    for edge in EDGES:
        real = truth[edge]
        passes = rng.random(people.size) < real.conversion
        lags = real.median_days * rng.weibull(real.shape, people.size)
        lags /= np.log(2) ** (1 / real.shape)
        passed = np.where(passes, people + lags, np.nan)
        yield edge, people, passed
        people = passed[passes]


def firm(rng: np.random.Generator, truth: dict[Edge, Truth], people: int) -> Firm:
    """Let so many people enter over two years until day 0."""
    tracks = {}
    later = np.zeros(0)
    for edge, entered, passed in walk(rng.uniform(-730, 0, people), truth, rng):
        known = entered <= 0
        tracks[edge] = Track(
            entered=tuple(entered[known] * DAY),
            passed=tuple(passed[known] * DAY),
            gone=(float("nan"),) * int(known.sum()),
            people=(1,) * int(known.sum()),
        )
        later = passed[passed > 0]
    return Firm(tracks=tracks, truth=truth, later=later)


def hires(
    rng: np.random.Generator, truth: dict[Edge, Truth], people: int, days: float
) -> int:
    """Let so many new people enter evenly, and count the hires in time."""
    *_, (_, _, passed) = walk(rng.uniform(0, days, people), truth, rng)
    return int((passed <= days).sum())
