"""How many people it takes, for each phase and each certainty."""

from collections.abc import Callable, Mapping

import numpy as np

from plugin.mappings.audiences import Edge
from plugin.mappings.model import Phase
from plugin.planning import odds
from plugin.planning.model import EDGES, STARTS
from plugin.planning.odds import Count
from plugin.planning.plan import Need, PhaseNeeds, Spreadsheet
from plugin.planning.situation import Situation
from plugin.planning.survival import Floats, Observed


def people_needed(
    situation: Situation, certainty: float, chance: Floats, in_hand: Count | None = None
) -> int | None:
    """Find the least number of people, each hired with the draw's chance.

    None where no number would do: the day is too near for anybody new.
    """
    beside = odds.nothing(situation.draws) if in_hand is None else in_hand
    return odds.least(
        certainty,
        chance_of_goal(situation, chance, beside),
        start=situation.left / max(float(chance.mean()), 1e-9),
    )


def chance_of_goal(
    situation: Situation, chance: Floats, beside: Count
) -> Callable[[float], float]:
    """Give the chance of the goal as a function of people."""

    def of(people: float) -> float:
        count = odds.out_of(people, chance) + beside
        return float(odds.at_least(situation.left, count))

    return of


def phase_needs(situation: Situation, rng: np.random.Generator) -> list[PhaseNeeds]:
    """Answer for each phase how many people must come to it."""
    return [_phase(situation, phase, rng) for phase in STARTS]


def _phase(situation: Situation, phase: Phase, rng: np.random.Generator) -> PhaseNeeds:
    ever, even = situation.ever(phase), situation.timeline.even(phase)
    in_hand = situation.in_hand()
    needs = tuple(
        Need(
            certainty=certainty,
            ever=people_needed(situation, certainty, ever),
            by_date=people_needed(situation, certainty, even),
            extra=people_needed(situation, certainty, even, in_hand),
        )
        for certainty in situation.certainties
    )
    median, slow = np.quantile(_lags(situation, phase, rng), (0.5, 0.9))
    return PhaseNeeds(
        phase=phase,
        now=situation.now.get(phase, 0),
        median_days=float(median),
        slow_days=float(slow),
        needs=needs,
    )


def _lags(situation: Situation, phase: Phase, rng: np.random.Generator) -> Floats:
    """Draw how long it takes those who are hired in the end."""
    days = np.zeros(situation.draws)
    for edge in EDGES[STARTS.index(phase) :]:
        learned = situation.learned[edge]
        chance = rng.random((2, situation.draws))
        late = (-np.log(chance[0]) / np.log(2)) ** (1 / learned.shape)
        skips = chance[1] * learned.total < learned.instant
        days += np.where(skips, 0.0, learned.median_days * late)
    return days


def spreadsheet(
    situation: Situation, seen: Mapping[Edge, Observed]
) -> Spreadsheet | None:
    """Work out the usual single number: the goal over the product of the ratios.

    None where an edge was never passed: a spreadsheet would divide by zero.
    """
    shares = [one.passed / one.entered if one.entered else 0.0 for one in seen.values()]
    whole = float(np.prod(shares))
    if not whole:
        return None
    people = round(situation.left / whole)
    nobody = odds.nothing(situation.draws)
    ever = chance_of_goal(situation, situation.ever(Phase.SEE), nobody)
    even = chance_of_goal(situation, situation.timeline.even(Phase.SEE), nobody)
    return Spreadsheet(
        people=people, chance_ever=ever(people), chance_by_date=even(people)
    )
