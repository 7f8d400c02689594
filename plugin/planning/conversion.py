"""What share of people pass an edge in the end, and how long they take.

A person passes with some chance p; who passes does so after a Weibull time. Somebody
who is under way for a days has not passed *yet*, which says 1 - p W(a), not 1 - p: the
share seen so far is not taken for the share there will be. The posterior of p, the
median and the shape of W is computed on a grid, without any chance in it, and handed
on as draws. Where everybody was watched long enough it is the Beta distribution that
everybody knows: passed + prior, stayed + prior.
"""

from dataclasses import dataclass, replace

import numpy as np

from plugin.mappings.audiences import Prior
from plugin.planning import odds
from plugin.planning.survival import Floats, Observed

#: The prior of the Weibull's shape is log-normal around a lag that is a bit more
#: regular than chance; that of its median around the audience's, give or take half.
_SHAPE, _SHAPE_SPREAD = 1.1, 0.35
_MEDIAN_SPREAD = 0.7

_LOG2 = float(np.log(2))

#: Differences of log evidence beyond which a corner of the grid does not matter.
_NEGLIGIBLE = 10.0

_SHAPES, _MEDIANS, _CONVERSIONS, _AGES = 9, 15, 96, 40
_ZOOMS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Lags to consider: log shapes (rows) by log medians (columns)."""

    log_shapes: Floats
    log_medians: Floats

    @property
    def shapes(self) -> Floats:
        """The shapes as a column."""
        return np.asarray(np.exp(self.log_shapes)[:, None])

    @property
    def medians(self) -> Floats:
        """The medians in days as a row."""
        return np.asarray(np.exp(self.log_medians)[None, :])


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What is believed of an edge: draws from the posterior, all of equal weight."""

    #: Share who pass at once, having skipped the phase.
    instant: Floats
    #: Share of the others who pass in the end.
    later: Floats
    #: Days after which half of these have passed.
    median_days: Floats
    shape: Floats
    #: How many people watched to the end the own data are worth.
    effective: float

    @property
    def total(self) -> Floats:
        """Share of all who enter that passes in the end."""
        return np.asarray(self.instant + (1 - self.instant) * self.later)

    def passed_by(self, days: Floats) -> Floats:
        """Compute the share that passed by each of these times (draws x times)."""
        done = share_by(days[None, :], self.median_days[:, None], self.shape[:, None])
        later = ((1 - self.instant) * self.later)[:, None] * done
        return np.asarray(np.where(days < 0, 0.0, self.instant[:, None] + later))


def share_by(days: Floats, median: Floats, shape: Floats) -> Floats:
    """Compute the share of those who pass that has passed after so many days."""
    # A power by way of logarithms: several times as fast, and 0 days stay 0.
    log_days = np.log(np.maximum(days, 1e-12))
    return np.asarray(-np.expm1(-_LOG2 * np.exp(shape * (log_days - np.log(median)))))


def learn(
    seen: Observed, prior: Prior, draws: int, rng: np.random.Generator
) -> Conversion:
    """Weigh a prior by what was seen.

    The draws are stratified over the conversion and come in random order, so that
    the draws of two edges pair up at random; the same generator gives the same ones.
    """
    folded = _folded(seen)
    grid = _zoomed(folded, prior)
    later, cells = _drawn(folded, prior, grid, draws, rng)
    order = rng.permutation(draws)
    shapes, medians = np.broadcast_arrays(grid.shapes, grid.medians)
    median, shape = medians.ravel()[cells][order], shapes.ravel()[cells][order]
    watched = share_by(folded.ages[:, None], median[None, :], shape[None, :])
    open_people = float((folded.age_people @ watched).mean()) if seen.waiting else 0.0
    return Conversion(
        instant=_instant(seen, draws, rng),
        later=later[order],
        median_days=median,
        shape=shape,
        effective=seen.passed + seen.gone + open_people,
    )


def _folded(seen: Observed) -> Observed:
    """Gather people under way into a few groups of like age: W is smooth."""
    if seen.ages.size <= _AGES:
        return seen
    order = np.argsort(seen.ages)
    ages, people = seen.ages[order], seen.age_people[order]
    group = np.minimum((np.sqrt(ages / ages[-1]) * _AGES).astype(int), _AGES - 1)
    total = np.bincount(group, weights=people, minlength=_AGES).astype(float)
    mean = np.bincount(group, weights=people * ages, minlength=_AGES)
    kept = total > 0
    return replace(seen, ages=mean[kept] / total[kept], age_people=total[kept])


def _instant(seen: Observed, draws: int, rng: np.random.Generator) -> Floats:
    """Draw the share that skips the phase; none where nobody ever did."""
    if not seen.instant:
        return np.zeros(draws)
    steps = (np.arange(draws) + 0.5) / draws
    others = np.asarray(seen.entered - seen.instant + 1)
    return rng.permutation(odds.beta_quantile(np.asarray(seen.instant), others, steps))


def _zoomed(seen: Observed, prior: Prior) -> Grid:
    """Lay the grid where the evidence is, beginning with where the prior is."""
    middle = np.log(prior.median_days)
    grid = Grid(
        log_shapes=np.linspace(-1.2, 1.4, 2 * _SHAPES),
        log_medians=middle + np.linspace(-3, 3, 3 * _MEDIANS),
    )
    for _ in range(_ZOOMS):
        evidence = _rough(seen, prior, grid)
        near = evidence > evidence.max() - _NEGLIGIBLE
        grid = Grid(
            log_shapes=_around(grid.log_shapes, near.any(axis=1), _SHAPES),
            log_medians=_around(grid.log_medians, near.any(axis=0), _MEDIANS),
        )
    return grid


def _around(nodes: Floats, near: np.ndarray, size: int) -> Floats:
    index = np.flatnonzero(near)
    low, high = max(index[0] - 1, 0), min(index[-1] + 1, nodes.size - 1)
    return np.linspace(nodes[low], nodes[high], size)


def _rough(seen: Observed, prior: Prior, grid: Grid) -> Floats:
    """Compute the log evidence of each lag, the conversion being integrated out.

    Takes 1 - p W for (1 - p)^W, which makes it a Beta integral: good enough to find
    the place, not to stay there.
    """
    watched = _watched(seen, grid)
    exposure = np.tensordot(seen.age_people, watched, axes=1)
    passed = prior.passed + seen.lag_people.sum()
    stayed = prior.stayed + seen.gone + exposure
    return odds.log_beta(passed, stayed) + _log_lags(seen, prior, grid)


def _watched(seen: Observed, grid: Grid) -> Floats:
    """Compute W at each age (ages x shapes x medians)."""
    return share_by(seen.ages[:, None, None], grid.medians, grid.shapes)


def _log_lags(seen: Observed, prior: Prior, grid: Grid) -> Floats:
    """Compute log prior and log density of the observed lags for each W."""
    shape, log_median = grid.shapes, grid.log_medians[None, :]
    count = seen.lag_people.sum()
    log_sum = float((seen.lag_people * np.log(seen.lags)).sum())
    powers = (seen.lags[None, :] ** shape) @ seen.lag_people
    density = (
        count * (np.log(_LOG2) + np.log(shape) - shape * log_median)
        + (shape - 1) * log_sum
        - _LOG2 * powers[:, None] * np.exp(-shape * log_median)
    )
    of_shape = (grid.log_shapes[:, None] - np.log(_SHAPE)) / _SHAPE_SPREAD
    of_median = (log_median - np.log(prior.median_days)) / _MEDIAN_SPREAD
    return np.asarray(density - (of_shape**2 + of_median**2) / 2)


def _drawn(
    seen: Observed,
    prior: Prior,
    grid: Grid,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, np.ndarray]:
    """Draw conversions, stratified, and for each a lag as the index of a grid cell."""
    nodes = _nodes(seen, prior, grid)
    weights = _posterior(seen, prior, grid, nodes)
    density = weights.sum(axis=1)
    heights = (density[1:] + density[:-1]) / 2
    steps = np.concatenate([[0.0], np.cumsum(heights)])
    places = np.interp(
        (np.arange(draws) + 0.5) / draws * steps[-1], steps, np.arange(nodes.size)
    )
    rows = np.minimum(np.rint(places).astype(int), nodes.size - 1)
    reached = np.cumsum(weights, axis=1)[rows]
    cells = (reached < rng.random(draws)[:, None] * reached[:, -1:]).sum(axis=1)
    logit = np.interp(places, np.arange(nodes.size), nodes)
    return np.asarray(1 / (1 + np.exp(-logit))), np.minimum(cells, reached.shape[1] - 1)


def _nodes(seen: Observed, prior: Prior, grid: Grid) -> Floats:
    """Lay logits of the conversion over all that the likely lags allow."""
    evidence = _rough(seen, prior, grid)
    near = evidence > evidence.max() - _NEGLIGIBLE
    exposure = np.tensordot(seen.age_people, _watched(seen, grid), axes=1)[near]
    passed = np.asarray(prior.passed + seen.lag_people.sum())
    stayed = np.array([exposure.min(), exposure.max()]) + prior.stayed + seen.gone
    low = odds.beta_quantile(passed, stayed[1], 1e-5)
    high = odds.beta_quantile(passed, stayed[0], 1 - 1e-7)
    ends = np.clip([low, high], 1e-9, 1 - 1e-6)
    first, last = np.log(ends / (1 - ends))
    return np.linspace(first, last, _CONVERSIONS)


def _posterior(seen: Observed, prior: Prior, grid: Grid, nodes: Floats) -> Floats:
    """Compute the weight of each conversion (rows) and lag (columns)."""
    conversion = 1 / (1 + np.exp(-nodes))
    passed = prior.passed + seen.lag_people.sum()
    stayed = prior.stayed + seen.gone
    # The Beta density over logits, hence p^a (1-p)^b without the ones taken off.
    log_weight = passed * np.log(conversion) + stayed * np.log1p(-conversion)
    total = log_weight[:, None] + _log_lags(seen, prior, grid).ravel()[None, :]
    cells = grid.shapes.size * grid.medians.size
    watched = _watched(seen, grid).reshape(seen.ages.size, cells)
    for people, share in zip(seen.age_people, watched, strict=True):
        total += people * np.log1p(-conversion[:, None] * share[None, :])
    return np.asarray(np.exp(total - total.max()))
