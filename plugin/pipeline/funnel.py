"""What a plan is made from: the phase history of an audience, read from the store."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from plugin.mappings.audiences import Audience
from plugin.mappings.model import Mappings
from plugin.planning.journeys import Journey, history
from plugin.planning.model import Goal, PhaseHistory
from plugin.planning.plan import FunnelPlan
from plugin.planning.planner import plan_funnel
from plugin.store import Store, Unit

#: The audience of who asks for none: everybody, of no known market.
EVERYBODY = Audience(key="", label={"nl": "iedereen", "en": "everybody"})


#: How long a page plans from the same history.
LASTS = timedelta(minutes=10)


def plan(store: Store, audience: Audience, goal: Goal, as_of: datetime) -> FunnelPlan:
    """Plan a goal from what the store knows; raises what `plan_funnel` does."""
    with store.view() as unit:
        known = phase_history(unit, audience, as_of)
    return plan_funnel(goal, known, audience, as_of=as_of)


class Remembered:
    """Phase histories as read lately: to read everybody's takes a second or more.

    A plan rests on months, so it may be some minutes behind. Threads may ask at once.
    """

    def __init__(self, lasts: timedelta = LASTS) -> None:
        """Remember nothing yet, and each for so long."""
        self._lasts = lasts
        self._known: dict[tuple[str, str], tuple[datetime, PhaseHistory]] = {}

    def plan(
        self,
        store: Store,
        mappings: Mappings,
        audience: Audience,
        goal: Goal,
        as_of: datetime,
    ) -> FunnelPlan:
        """Plan as `plan` does, from a history that may be remembered."""
        key = (mappings.version, audience.key)
        read_at, known = self._known.get(key, (None, None))
        if known is None or read_at is None or as_of - read_at > self._lasts:
            with store.view() as unit:
                known = phase_history(unit, audience, as_of)
            self._known[key] = (as_of, known)
        return plan_funnel(goal, known, audience, as_of=as_of)


def phase_history(unit: Unit, audience: Audience, as_of: datetime) -> PhaseHistory:
    """Read who passed from phase to phase when, of one audience or of everybody.

    To an audience belongs who has one of its interests now. Who was deleted or merged
    has none any more, and so counts for everybody only.
    """
    members = _members(unit, audience)
    return history(_journeys(unit, members), as_of=as_of)


def _members(unit: Unit, audience: Audience) -> set[int] | None:
    if not audience.topics:
        return None
    return unit.people.caring(audience.topics)


def _journeys(unit: Unit, members: Collection[int] | None) -> Iterator[Journey]:
    for person_id, moves, gone_at in unit.people.every_journey():
        if members is None or person_id in members:
            yield Journey(moves=moves, gone_at=gone_at)
