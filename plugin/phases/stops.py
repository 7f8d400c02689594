"""What moves a person, in the order in which it counts. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from plugin.history.clicks import micros
from plugin.scoring.contributions import Contribution, Counted, SignUp
from webhooks.events import Event, EventType

#: What the ATS tells that moves a person: kept for good, a phase may rest on it.
NEWS = frozenset(
    {
        EventType.CANDIDATE_HIRED,
        EventType.CANDIDATE_UNHIRED,
        EventType.CANDIDATE_REJECTED,
        EventType.CANDIDATE_WITHDRAWN,
        EventType.ASSIGNMENT_ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment at which something counts."""

    at: int
    #: When it happened: before `at` where it waited, or where that was forgotten.
    happened: int
    key: str
    earned: Contribution | None = None
    sign_up: SignUp | None = None
    event: Event | None = None


def stops(counted: Counted) -> list[Stop]:
    """Merge what counts into one order; a sign-up stands with its own points.

    What is older than the moment up to which all was forgotten, as of somebody who
    became one with them, counts from there on.
    """
    floor = counted.floor
    sign_ups = {one.key: one for one in counted.sign_ups}
    found = [
        *(
            Stop(one.counts_from, one.at, one.key, one, sign_ups.pop(one.key, None))
            for one in counted.contributions
        ),
        *(
            Stop(max(one.at, floor), one.at, one.key, sign_up=one)
            for one in sign_ups.values()
        ),
        *(
            Stop(max(at, floor), at, one.key, event=one)
            for one in _told(counted)
            for at in (micros(one.occurred_at),)
        ),
    ]
    return sorted(found, key=lambda stop: _place(stop, floor))


def _place(stop: Stop, floor: int) -> tuple[int, int, str, bool]:
    then = stop.happened if stop.at == floor else stop.at
    return stop.at, then, stop.key, stop.earned is None


def _told(counted: Counted) -> Iterator[Event]:
    """Yield the first event, with which a journey starts, and the ATS's."""
    past = counted.past
    for index, event in enumerate(counted.events):
        is_new = event.type in NEWS and (past is None or event.key not in past.news)
        if is_new or (index == 0 and past is None):
            yield event
