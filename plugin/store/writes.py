"""A write, as it is wanted and as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class OutboxState(StrEnum):
    """Where a write stands."""

    PENDING = "pending"
    #: A worker has it, until its lease is over.
    CLAIMED = "claimed"
    DONE = "done"
    #: Needs a person: `last_error` says why.
    PARKED = "parked"
    #: Overtaken by a newer one, or discarded by a person.
    DROPPED = "dropped"


#: Kinds that wait for older writes of the same person, and hold up only each other:
#: a note must not stand there without what it tells of, but what it tells of must not
#: wait for the note.
FOLLOWERS = ("note",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxWrite:
    """A write as it is wanted."""

    #: "mautic", or "ats:<connection>".
    destination: str
    kind: str
    payload: Mapping[str, Any]
    #: Asked for twice under the same key, it is done once, for as long as the
    #: finished write is kept.
    key: str
    person_id: int | None = None
    contact_id: int | None = None
    #: Replaces the waiting write that supersedes the same, in its place.
    supersedes: str | None = None
    #: Not to be sent before; at once when None.
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A write as it stands in the outbox."""

    id: int
    destination: str
    kind: str
    person_id: int | None
    contact_id: int | None
    payload: dict[str, Any]
    key: str
    supersedes: str | None
    state: OutboxState
    #: Since it was wanted or replayed; counts the one under way.
    attempts: int
    #: How often a worker took it, ever: tells one claim from the next.
    claims: int
    created_at: datetime
    #: When it is due: after a back-off, or when the lease is over.
    due_at: datetime | None
    done_at: datetime | None
    last_error: str | None
    result: Any


def merged_into(person_id: int | str) -> str:
    """Say why a wish for the state of who lost a merge was dropped."""
    return f"merged into {person_id}"
