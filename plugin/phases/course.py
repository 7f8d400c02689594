"""The score over time: what it was, and what it comes to if nothing happens. Pure.

Each point is decided anew as of its moment, by the rules and with the history of
today: no approximation, and no memory of what was once shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase
from plugin.phases.decide import decide

#: How far ahead is looked, unless something that time alone does comes later.
AHEAD = timedelta(days=60)
#: Nobody looks further ahead.
FURTHEST = timedelta(days=365)
#: Even steps through the past, acts looked at besides (the last ones), steps ahead.
STEPS, ACTS, STEPS_AHEAD = 24, 16, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where somebody stood, or will stand, at one moment."""

    at: datetime
    #: 1..100, as Mautic shows it.
    shown: int
    phase: Phase
    #: Whether it is what comes if nothing happens.
    is_ahead: bool


def course(
    person: Person,
    mappings: Mappings,
    catalogue: Catalogue,
    *,
    as_of: datetime,
    until: datetime | None = None,
) -> list[Point]:
    """Follow a score from the first event through `as_of` to what comes, in order.

    What is no longer kept is not on it. `until` is a moment ahead that must be on
    it, as the next fall. Empty before anything has happened.
    """
    happened = [one.occurred_at for one in person.events if one.occurred_at <= as_of]
    if person.past is not None:
        happened = [one for one in happened if one >= person.past.until]
        happened.append(min(person.past.until, as_of))
    if not happened:
        return []
    begins = min(happened)
    moments = {begins, as_of, *_even(begins, as_of, STEPS), *sorted(happened)[-ACTS:]}
    ends = as_of + AHEAD
    if until is not None and until > ends:
        ends = min(until + timedelta(days=7), as_of + FURTHEST)
    ahead = {*_even(as_of, ends, STEPS_AHEAD), ends}
    if until is not None and as_of < until <= ends:
        ahead.add(until)
    return [
        _point(person, mappings, catalogue, at, as_of) for at in sorted(moments | ahead)
    ]


def _point(
    person: Person,
    mappings: Mappings,
    catalogue: Catalogue,
    at: datetime,
    as_of: datetime,
) -> Point:
    known = person if at < as_of else _until(person, as_of)
    decision = decide(known, mappings, catalogue, as_of=at)
    return Point(
        at=at,
        shown=decision.score.shown,
        phase=decision.phase,
        is_ahead=at > as_of,
    )


def _until(person: Person, as_of: datetime) -> Person:
    """Leave out what a clock that runs ahead says will happen."""
    if all(one.occurred_at <= as_of for one in person.events):
        return person
    known = tuple(one for one in person.events if one.occurred_at <= as_of)
    return replace(person, events=known)


def _even(begins: datetime, ends: datetime, steps: int) -> Iterator[datetime]:
    step = (ends - begins) / steps
    for number in range(1, steps):
        yield begins + step * number
