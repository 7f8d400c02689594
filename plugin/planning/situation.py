"""Everything known before a question is asked: goal, conversions, people in hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from plugin.mappings.audiences import Audience, Edge
from plugin.mappings.model import Phase
from plugin.planning import odds
from plugin.planning.conversion import Conversion
from plugin.planning.model import EDGES, Goal, start_of
from plugin.planning.odds import Count
from plugin.planning.plan import Estimate
from plugin.planning.survival import Floats
from plugin.planning.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The values that all answers are computed from."""

    goal: Goal
    as_of: datetime
    audience: Audience
    #: People per phase now.
    now: Mapping[Phase, int]
    #: Hires that count already.
    hired: int
    days: float
    certainties: tuple[float, ...]
    learned: Mapping[Edge, Conversion]
    timeline: Timeline

    @property
    def left(self) -> int:
        """Hires that must still come."""
        return max(0, self.goal.hires - self.hired)

    @property
    def draws(self) -> int:
        """How many values stand for what is not known."""
        return self.learned[EDGES[0]].later.size

    def day(self, days: float) -> date:
        """Name the day so many days from now."""
        return (self.as_of + timedelta(days=days)).date()

    def ever(self, phase: Phase) -> Floats:
        """Compute the chance to be hired in the end of who is new in a phase."""
        return np.asarray(
            np.prod([self.learned[edge].total for edge in _from(phase)], axis=0)
        )

    def in_hand(self, improved: Mapping[Edge, Floats] | None = None) -> Count:
        """Count hires by the date from the people under way.

        `improved` has the factor by which a conversion is better; people who are on
        that edge already are taken to gain by as much as those before it.
        """
        total = odds.nothing(self.draws)
        for edge in EDGES:
            factor = _factor(start_of(edge), improved or {}, self.draws)
            total += self.timeline.stock[edge].scaled(factor)
        return total

    def coming(
        self, people: float, improved: Mapping[Edge, Floats] | None = None
    ) -> Count:
        """Count hires by the date from people who come to See evenly from now."""
        factor = _factor(Phase.SEE, improved or {}, self.draws)
        return odds.out_of(people, self.timeline.even(Phase.SEE) * factor)

    def raised(self, edge: Edge, points: float) -> dict[Edge, Floats]:
        """Tell the factor of a conversion that gains so many points of a hundred."""
        total = np.maximum(self.learned[edge].total, 1e-9)
        return {edge: np.minimum(1.0, total + points / 100) / total}

    def multiplied(self, edge: Edge, by: float) -> dict[Edge, Floats]:
        """Tell the factor of a conversion that gets so many times as good."""
        total = np.maximum(self.learned[edge].total, 1e-9)
        return {edge: np.minimum(by, 1 / total)}


def _from(phase: Phase) -> tuple[Edge, ...]:
    starts = [start_of(edge) for edge in EDGES]
    return EDGES[starts.index(phase) :]


def _factor(start: Phase, improved: Mapping[Edge, Floats], draws: int) -> Floats:
    factor = np.ones(draws)
    for edge in _from(start):
        factor = factor * improved.get(edge, 1.0)
    return factor


def estimate(values: Floats) -> Estimate:
    """Sum up draws by their mean and the range of the middle 90 %."""
    low, high = np.quantile(values, (0.05, 0.95))
    return Estimate(mean=float(values.mean()), low=float(low), high=float(high))


def counted(count: Count, beside: int = 0) -> Estimate:
    """Sum up a count of hires, so many beside it being certain."""
    return Estimate(
        mean=float(count.mean.mean()) + beside,
        low=odds.quantile(0.05, count) + beside,
        high=odds.quantile(0.95, count) + beside,
    )
