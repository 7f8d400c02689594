"""Plan a funnel: so many hires by a day, from what the firm knows of itself."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time

import numpy as np

from plugin.mappings.audiences import Audience, Edge, Prior
from plugin.mappings.model import Phase
from plugin.planning import market, needs
from plugin.planning import pace as paces
from plugin.planning.conversion import Conversion, learn
from plugin.planning.model import EDGES, Goal, PhaseHistory
from plugin.planning.plan import CERTAINTIES, EdgeReport, FunnelPlan
from plugin.planning.priors import prior_of
from plugin.planning.situation import Situation, counted, estimate
from plugin.planning.survival import Floats, Observed, incidence, observe
from plugin.planning.timeline import timeline

#: Values that stand for what is not known. They are stratified, so these few give a
#: chance to within half a point.
_DRAWS = 512
_SEED = 20_241

#: Days at which the observed curve is compared with the assumed one.
_COMPARED = 40


def plan_funnel(
    goal: Goal, history: PhaseHistory, audience: Audience, *, as_of: datetime
) -> FunnelPlan:
    """Answer what a goal takes, with how much certainty.

    The same arguments give the same plan: what is not known is drawn from a generator
    with a fixed seed. Nothing after `as_of` is looked at. Raises ValueError where
    the goal lies in the past or is none.
    """
    situation, seen, rng = assess(goal, history, audience, as_of=as_of)
    return _answered(situation, history, seen, rng)


def assess(
    goal: Goal, history: PhaseHistory, audience: Audience, *, as_of: datetime
) -> tuple[Situation, dict[Edge, Observed], np.random.Generator]:
    """Learn all that a plan rests on; raises ValueError as `plan_funnel` does."""
    rng = np.random.default_rng(_SEED)
    days = goal.days_from(as_of)
    seen = {edge: observe(history.track(edge), as_of) for edge in EDGES}
    learned = {
        edge: learn(seen[edge], prior_of(audience, edge), _DRAWS, rng) for edge in EDGES
    }
    situation = Situation(
        goal=goal,
        as_of=as_of,
        audience=audience,
        now=history.now,
        hired=_hired(goal, history, as_of),
        days=days,
        certainties=tuple(sorted({*CERTAINTIES, goal.certainty})),
        learned=learned,
        timeline=timeline(learned, seen, days),
    )
    return situation, seen, rng


def _answered(
    situation: Situation,
    history: PhaseHistory,
    seen: Mapping[Edge, Observed],
    rng: np.random.Generator,
) -> FunnelPlan:
    audience = situation.audience
    stream = paces.inflow(situation, history, rng)
    phases = tuple(needs.phase_needs(situation, rng))
    see = next(one for one in phases if one.phase is Phase.SEE)
    return FunnelPlan(
        audience=audience.key,
        label=audience.label,
        as_of=situation.as_of,
        goal=situation.goal,
        hired=situation.hired,
        edges=tuple(
            _edge(edge, seen[edge], situation.learned[edge], prior_of(audience, edge))
            for edge in EDGES
        ),
        phases=phases,
        in_hand=counted(situation.in_hand()),
        spreadsheet=needs.spreadsheet(situation, seen),
        ceiling=market.ceiling(situation),
        levers=market.levers(situation, stream),
        pace=paces.pace(situation, stream, see),
        fan=paces.fan(situation, stream),
        weakest=market.weakest(situation),
    )


def _hired(goal: Goal, history: PhaseHistory, as_of: datetime) -> int:
    if goal.since is None:
        return 0
    since = datetime.combine(goal.since, time(), UTC)
    return paces.hired_since(history, since.timestamp(), as_of.timestamp())


def _edge(edge: Edge, seen: Observed, learned: Conversion, prior: Prior) -> EdgeReport:
    curve = incidence(seen)
    known = learned.effective + prior.people
    return EdgeReport(
        edge=edge,
        entered=round(seen.entered),
        passed=round(seen.passed),
        waiting=round(seen.waiting),
        gone=round(seen.gone),
        conversion=estimate(learned.total),
        seen_share=seen.passed / seen.entered if seen.entered else 0.0,
        observed_share=curve.plateau,
        median_days=estimate(learned.median_days),
        effective=learned.effective,
        prior=prior,
        own_weight=learned.effective / known,
        # The width goes with one over the root of the people: half takes four times.
        halved_by=math.ceil(3 * known),
        misfit=_misfit(curve.days, curve.share, learned),
    )


def _misfit(days: Floats, share: Floats, learned: Conversion) -> float:
    """Find the greatest distance between the curve seen and the curve believed."""
    if not days.size:
        return 0.0
    at = np.unique(np.linspace(0, days.size - 1, _COMPARED).astype(int))
    believed = learned.passed_by(days[at]).mean(axis=0)
    return float(np.abs(believed - share[at]).max())
