"""What is news to somebody, and what is only history that a backfill brought.

A sign-up of last year must hand nobody over today, and a move of long ago is no
note. What was recalled stays silent also later, whenever somebody is decided about
again: only what was heard when it happened, or what follows from it, is announced.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from plugin.content.match import Catalogue
from plugin.history.clicks import BEHAVIOUR, SIGNS_OF_LIFE, acts, in_order, micros
from plugin.history.humans import Around, judge
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase
from plugin.phases.model import Cause, Decision, Move
from plugin.scoring.contributions import count
from plugin.scoring.rulebook import rulebook
from webhooks.events import Event, EventType

#: By what somebody is known of whom all was heard as it happened.
KNOWN_BY = SIGNS_OF_LIFE | {EventType.CONTACT_IDENTIFIED}


class Voice(StrEnum):
    """What may leave when somebody is decided about."""

    #: The contact in Mautic, and whatever is news.
    NORMAL = "normal"
    #: The contact in Mautic, and nothing else.
    SHOW = "show"
    #: Nothing: the decision is kept, for whoever looks here.
    SILENT = "silent"


def is_heard(person: Person, mappings: Mappings, as_of: datetime) -> bool:
    """Whether they did anything by then while somebody listened.

    A newsletter to everybody whom a backfill brought shows nobody to be there; nor
    does the machine that follows its links.
    """
    if person.past and person.past.heard_at:
        return True
    if _all_heard(person):
        return any(one.type in KNOWN_BY for one in person.events)
    heard = list(_heard_events(person))
    told = any(one.type not in BEHAVIOUR for one in heard)
    return told or bool(heard and _by_people(person, mappings, as_of))


def _by_people(person: Person, mappings: Mappings, as_of: datetime) -> bool:
    """Whether any act that was heard counts as a person's."""
    scoring, until = mappings.scoring, micros(as_of)
    events = in_order(person.events, as_of)
    done = acts(events, scoring.same_click_seconds)
    around = Around(domain_bursts=person.domain_bursts)
    return any(
        act.event.type in SIGNS_OF_LIFE
        and act.event.key not in person.recalled
        and verdict.counts_from is not None
        and verdict.counts_from <= until
        for act, verdict in zip(
            done, judge(done, events, scoring.humans, around=around), strict=True
        )
    )


def is_news(move: Move, person: Person) -> bool:
    """Whether a move is worth telling; a journey's start never is.

    Where time alone moved them, it is if something was heard before. What led to a
    move from before all was forgotten is not there any more: that is no news.
    """
    past = person.past
    if move.cause is Cause.STARTED or (past and move.at < past.until):
        return False
    if _all_heard(person):
        return True
    if move.event_key is not None:
        return move.event_key not in person.recalled
    return any(at <= move.at for at in _heard(person))


def is_rising_news(since: datetime, person: Person) -> bool:
    """Whether anything was heard since they began to move."""
    return _all_heard(person) or any(at >= since for at in _heard(person))


def is_handed_over(decision: Decision) -> bool:
    """Whether the candidate asked for it: a score alone hands nobody over."""
    return decision.phase is Phase.DO and decision.cause is Cause.SIGN_UP


def asks_now(
    person: Person, decision: Decision, mappings: Mappings, catalogue: Catalogue
) -> bool:
    """Whether they asked to be handed over, and did so while somebody listened.

    Who signed up long ago asks when they sign up again, though that moves nobody.
    """
    if not is_handed_over(decision):
        return False
    if _all_heard(person):
        return True
    since, past = micros(decision.moves[-1].at), person.past
    if past and past.asked_at and micros(past.asked_at) >= since:
        return True
    counted = count(person, rulebook(mappings, catalogue), decision.score.as_of)
    return any(
        one.at >= since and one.key not in person.recalled for one in counted.sign_ups
    )


def _all_heard(person: Person) -> bool:
    """Whether all was heard as it happened, what was forgotten too."""
    return not (person.recalled or (person.past and person.past.is_recalled))


def _heard(person: Person) -> Iterator[datetime]:
    """Yield when what was heard happened; of what was forgotten, the last."""
    if person.past and person.past.heard_at:
        yield person.past.heard_at
    yield from (one.occurred_at for one in _heard_events(person))


def _heard_events(person: Person) -> Iterator[Event]:
    """Yield what they did while somebody listened."""
    for one in person.events:
        if one.type in SIGNS_OF_LIFE and one.key not in person.recalled:
            yield one
