"""From which day a person should hear from us, by their audience's rhythm. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from plugin.history.model import Person
from plugin.mappings.audiences import Audience, Cadence
from plugin.mappings.model import Mappings, Phase
from plugin.phases.model import Decision
from plugin.planning.rhythm import Heard, Reason, Touch, Why, next_touch
from webhooks.events import EventType

#: The channel of Mautic's do-not-contact that closes the mailbox.
_MAIL = "email"

#: What is said where no audience has a rhythm.
NO_RHYTHM = Touch(on=None, reasons=(Reason(why=Why.NO_RHYTHM),))


class Due(NamedTuple):
    """From which day somebody is due, and by whose rhythm."""

    touch: Touch
    #: Key of the audience; empty for the calmest, None where none holds.
    rhythm: str | None


class Rhythm(NamedTuple):
    """The rhythm that holds for somebody, and of which audience."""

    #: Key; empty for who belongs to none and gets the calmest.
    audience: str
    cadence: Cadence


def due_of(person: Person, decision: Decision, mappings: Mappings) -> Due:
    """Say from which day they are due, and by which rules.

    Rests on what they were sent and did, never on today: it changes when something
    happens, not by the passing of time.
    """
    topics = [one.topic for one in decision.score.interests]
    rhythm = rhythm_for(mappings.audiences.values(), topics, decision.phase)
    if rhythm is None:
        return Due(NO_RHYTHM, None)
    heard = _heard(person, decision, mappings)
    return Due(next_touch(heard, decision.phase, rhythm.cadence), rhythm.audience)


def rhythm_for(
    audiences: Iterable[Audience], topics: Iterable[str], phase: Phase
) -> Rhythm | None:
    """Find the rhythm for somebody with these interests, strongest first.

    Who belongs to no audience gets the calmest rhythm there is for the phase. None
    where no audience has a rhythm for it.
    """
    timed = [one for one in audiences if phase in one.cadence.every_days]
    for topic in topics:
        for one in timed:
            if topic in one.topics:
                return Rhythm(one.key, one.cadence)
    if not timed:
        return None
    calmest = max((one.cadence for one in timed), key=lambda one: one.every_days[phase])
    return Rhythm("", calmest)


def audiences_of(decision: Decision, mappings: Mappings) -> tuple[str, ...]:
    """List the audiences somebody belongs to, by their strongest interest first."""
    found = (
        one.key
        for interest in decision.score.interests
        for one in mappings.audiences.values()
        if interest.topic in one.topics
    )
    return tuple(dict.fromkeys(found))


def cadence_for(
    audiences: Iterable[Audience], topics: Iterable[str], phase: Phase
) -> Cadence | None:
    """Find the rhythm alone, as `rhythm_for` does."""
    found = rhythm_for(audiences, topics, phase)
    return found.cadence if found else None


_SENT = EventType.EMAIL_SENT
_SPEAKING = frozenset({EventType.FORM_SUBMITTED})
_SIGNS = frozenset(EventType) - {EventType.EMAIL_OPENED}


def _heard(person: Person, decision: Decision, mappings: Mappings) -> Heard:
    return Heard(
        sent=[one.occurred_at for one in person.events if one.type is _SENT],
        # An open is no sign: mail programs open mail by themselves.
        last_sign=max(_moments(decision, mappings, _SIGNS), default=None),
        spoke_at=max(_moments(decision, mappings, _SPEAKING), default=None),
        spoke_before=[
            one.occurred_at for one in person.events if one.type in _SPEAKING
        ],
        since=_known_since(person, decision),
        left=tuple(
            (move.at, move.before)
            for move in decision.moves
            if move.before is not None and move.before is not move.after
        ),
        refuses=_MAIL in person.profile.do_not_contact,
        has_address=bool(person.profile.email),
    )


def _known_since(person: Person, decision: Decision) -> datetime:
    """Say when they came into view: before anybody knew them nothing was sent."""
    past = person.past
    if past is not None and past.identified_at is not None:
        return past.identified_at
    known = (
        one.occurred_at
        for one in person.events
        if one.type is EventType.CONTACT_IDENTIFIED
    )
    seen = person.events[0].occurred_at if person.events else decision.since
    return next(known, past.began if past is not None else seen)


def _moments(
    decision: Decision, mappings: Mappings, events: frozenset[EventType]
) -> Iterator[datetime]:
    """Yield the last moment of each kind of act that only people do."""
    counted = {one.id for one in mappings.scoring.rules if one.event in events}
    for one in decision.score.reasons:
        if one.rule in counted:
            yield one.last_at
