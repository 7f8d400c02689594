"""What the market allows, and which conversion is worth improving."""

import math
from collections.abc import Callable

import numpy as np

from plugin.mappings.audiences import Edge
from plugin.mappings.model import Phase
from plugin.planning import odds
from plugin.planning.model import EDGES
from plugin.planning.needs import people_needed
from plugin.planning.odds import Count
from plugin.planning.pace import Inflow
from plugin.planning.plan import Ceiling, Lever, Must
from plugin.planning.situation import Situation
from plugin.planning.survival import Floats

#: A lever is a conversion that gains one point of a hundred.
_POINT = 1.0

#: No conversion becomes more than this many times what it is.
_MOST_TIMES = 10_000.0

_Improved = dict[Edge, Floats]


def ceiling(situation: Situation) -> Ceiling | None:
    """Compare the need with the people there are; None where nobody counted them."""
    market = situation.audience.market
    if market is None:
        return None
    known = sum(situation.now.values())
    room = max(0, market.reachable - known)
    possible = _chance(situation, room, {}) >= situation.goal.certainty
    return Ceiling(
        size=market.size,
        latent=market.latent,
        active=market.active,
        reachable=market.reachable,
        known=known,
        room=room,
        possible=possible,
        possible_ever=possible or _possible_ever(situation, room),
        most_hires=_most_hires(situation, room) + situation.hired,
        musts=() if possible else tuple(_must(situation, room, one) for one in EDGES),
        together=None if possible else _together(situation, room),
        source=market.source,
        measured_on=market.measured_on,
    )


def _count(situation: Situation, people: float, improved: _Improved) -> Count:
    return situation.in_hand(improved) + situation.coming(people, improved)


def _chance(situation: Situation, people: float, improved: _Improved) -> float:
    count = _count(situation, people, improved)
    return float(odds.at_least(situation.left, count))


def _possible_ever(situation: Situation, room: int) -> bool:
    """Tell whether everybody there is would do, were there all the time."""
    stock = [situation.timeline.stock[edge].expected[:, -1] for edge in EDGES]
    mean = np.asarray(sum(stock))
    count = Count(mean=mean, variance=mean) + odds.out_of(
        room, situation.ever(Phase.SEE)
    )
    chance = odds.at_least(situation.left, count)
    return bool(chance >= situation.goal.certainty)


def _most_hires(situation: Situation, room: int) -> int:
    """Find how many hires are that certain: the other tail of the count."""
    count = _count(situation, room, {})
    hires = odds.quantile(1 - situation.goal.certainty, count)
    enough = odds.at_least(hires, count) >= situation.goal.certainty
    return hires if enough else hires - 1


def _must(situation: Situation, room: int, edge: Edge) -> Must:
    """Find what one conversion would have to become, the others being as they are."""
    now = situation.learned[edge].total

    def improved(times: float) -> _Improved:
        return situation.multiplied(edge, times)

    times = _times(situation, room, improved)
    must = None if times is None else float((now * improved(times)[edge]).mean())
    return Must(edge=edge, now=float(now.mean()), must=must)


def _together(situation: Situation, room: int) -> float | None:
    """Find the factor that would do if every conversion got that much better."""

    def improved(times: float) -> _Improved:
        every: _Improved = {}
        for edge in EDGES:
            every |= situation.multiplied(edge, times)
        return every

    return _times(situation, room, improved)


def _times(
    situation: Situation, room: int, improved: Callable[[float], _Improved]
) -> float | None:
    """Close in on the factor that just makes the goal certain enough."""
    goal = situation.goal.certainty

    def short(times: float) -> bool:
        return _chance(situation, room, improved(times)) < goal

    low, high = 1.0, _MOST_TIMES
    if short(high):
        return None
    while high / low > 1.001:  # noqa: PLR2004 -- a tenth of a percent
        middle = math.sqrt(low * high)
        low, high = (middle, high) if short(middle) else (low, middle)
    return high


def levers(situation: Situation, stream: Inflow) -> tuple[Lever, ...]:
    """Compare a point more on each edge, the most for its effort first."""
    even = situation.timeline.even(Phase.SEE)
    need = people_needed(situation, situation.goal.certainty, even, situation.in_hand())
    found = [_lever(situation, stream, edge, need) for edge in EDGES]
    found.sort(key=lambda one: one.chance_gained / one.effort, reverse=True)
    return tuple(sorted(found, key=lambda one: one.per_effort, reverse=True))


def _lever(situation: Situation, stream: Inflow, edge: Edge, need: int | None) -> Lever:
    improved = situation.raised(edge, _POINT)
    factor = improved[edge]
    better = people_needed(
        situation,
        situation.goal.certainty,
        situation.timeline.even(Phase.SEE) * factor,
        situation.in_hand(improved),
    )
    people = float(stream.daily.mean()) * situation.days
    gained = _chance(situation, people, improved) - _chance(situation, people, {})
    saved = None if need is None or better is None else need - better
    return Lever(
        edge=edge,
        points=_POINT,
        people_saved=saved,
        chance_gained=gained,
        effort=situation.audience.effort_of(edge),
    )


def weakest(situation: Situation) -> Edge:
    """Name the conversion whose uncertainty weighs most in that of the whole."""
    spread = {edge: np.log(situation.learned[edge].total).var() for edge in EDGES}
    return max(EDGES, key=lambda edge: float(spread[edge]))
