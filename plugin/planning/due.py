"""From which day a person should hear from us, by their audience's rhythm. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from plugin.history.model import Person
from plugin.mappings.audiences import Audience, Cadence
from plugin.mappings.model import Mappings, Phase
from plugin.phases.model import Decision
from plugin.planning.rhythm import Heard, next_touch
from webhooks.events import EventType


def due_on(person: Person, decision: Decision, mappings: Mappings) -> date | None:
    """Say from which day; None where no rhythm holds for them.

    Rests on what they were sent and did, never on today: it changes when something
    happens, not by the passing of time.
    """
    topics = [one.topic for one in decision.score.interests]
    cadence = cadence_for(mappings.audiences.values(), topics, decision.phase)
    if cadence is None:
        return None
    heard = Heard(
        sent=[one.occurred_at for one in person.events if one.type is _SENT],
        # An open is no sign: mail programs open mail by themselves.
        last_sign=max(_moments(decision, mappings, _SIGNS), default=None),
        spoke_at=max(_moments(decision, mappings, _SPEAKING), default=None),
        since=person.events[0].occurred_at if person.events else decision.since,
    )
    return next_touch(heard, decision.phase, cadence).on


def cadence_for(
    audiences: Iterable[Audience], topics: Iterable[str], phase: Phase
) -> Cadence | None:
    """Find the rhythm for somebody with these interests, strongest first.

    Who belongs to no audience gets the calmest rhythm there is for the phase. None
    where no audience has a rhythm for it.
    """
    timed = [one for one in audiences if phase in one.cadence.every_days]
    for topic in topics:
        for one in timed:
            if topic in one.topics:
                return one.cadence
    return max(
        (one.cadence for one in timed),
        key=lambda cadence: cadence.every_days[phase],
        default=None,
    )


_SENT = EventType.EMAIL_SENT
_SPEAKING = frozenset({EventType.FORM_SUBMITTED})
_SIGNS = frozenset(EventType) - {EventType.EMAIL_OPENED}


def _moments(
    decision: Decision, mappings: Mappings, events: frozenset[EventType]
) -> Iterator[datetime]:
    """Yield the last moment of each kind of act that only people do."""
    counted = {one.id for one in mappings.scoring.rules if one.event in events}
    for one in decision.score.reasons:
        if one.rule in counted:
            yield one.last_at
