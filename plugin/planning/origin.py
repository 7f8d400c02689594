"""How somebody came: on which day, and by which channel. Pure."""

from datetime import date
from typing import NamedTuple

from plugin.history.model import Person
from plugin.history.utm import with_utm
from plugin.mappings.model import Channel, Mappings
from plugin.scoring.rulebook import channel_of
from webhooks.events import Event, EventType

#: What tells where somebody came from; the rest are what systems did.
_ACTS = frozenset(
    {
        EventType.EMAIL_CLICKED,
        EventType.PAGE_VISITED,
        EventType.FORM_SUBMITTED,
        EventType.ASSET_DOWNLOADED,
        EventType.VIDEO_WATCHED,
    }
)


class Origin(NamedTuple):
    """How somebody came."""

    #: Day (UTC) of their first event.
    on: date
    #: Where they first did something of their own; None where they did nothing yet,
    #: as who was imported.
    channel: Channel | None


def origin(person: Person, mappings: Mappings) -> Origin | None:
    """Say how somebody came; None of whom nothing is known to have happened."""
    past = person.past
    if past is not None:
        return Origin(past.began.date(), past.came_by or _first(person, mappings))
    if not person.events:
        return None
    return Origin(person.events[0].occurred_at.date(), _first(person, mappings))


def _first(person: Person, mappings: Mappings) -> Channel | None:
    first = next((one for one in person.events if one.type in _ACTS), None)
    return None if first is None else channel_of(_whole(first, person), mappings)


def _whole(first: Event, person: Person) -> Event:
    """Give a form the UTM values that Mautic keeps apart from it."""
    if first.type is not EventType.FORM_SUBMITTED or first.utm:
        return first
    kept = [one for one in person.events if one.type is EventType.UTM_ADDED]
    return with_utm([first, *kept])[0]
