"""What every source of deliveries offers, and what reading one delivery gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from webhooks.events import Event

#: How a source sees the `?token=` of an address, or what a proxy put there.
TOKEN_HEADER = "X-Webhook-Token"  # noqa: S105 -- a name, not a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """One item of a delivery that could not be read; its neighbours could."""

    #: Where it stood: "mautic.page_on_hit[3]".
    where: str
    #: What is wrong with it, for a person.
    reason: str
    #: The item as it came, but cut where it is nested beyond all sense.
    raw: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSeen:
    """What a contact looked like at a moment; the latest moment wins.

    Order by (seen_at, key). A snapshot that is not `complete` says nothing of
    owner, tags and do-not-contact: it must not wipe what a complete one said.
    """

    contact_id: int
    #: When the sender took the snapshot, aware UTC.
    seen_at: datetime
    #: Breaks ties: Mautic's clock ticks in seconds and one form sends five of these.
    key: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    #: Mautic user id of the owner.
    owner_id: int | None = None
    #: Alias -> value as text, blank ones left out; true is "1", lists are "a|b".
    fields: Mapping[str, str] = field(default_factory=dict)
    #: Sorted, each once.
    tags: tuple[str, ...] = ()
    #: Channels that must not be used ("email", "sms").
    do_not_contact: frozenset[str] = frozenset()
    #: Whether owner, tags and do-not-contact were told at all.
    complete: bool = False
    #: Who saved the contact last, in Mautic's words; empty for visitors and cron.
    modified_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A record changed at the sender's: read it again, do not believe the body."""

    #: The sender's id of the record.
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """All that one delivery says."""

    events: tuple[Event, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    profiles: tuple[ProfileSeen, ...] = ()
    hints: tuple[Hint, ...] = ()
    #: Trigger we have no word for -> how many items it had; the body is kept.
    unknown: Mapping[str, int] = field(default_factory=dict)
    #: A person tried the connection out: invented data, so nothing of it counts.
    is_test: bool = False


class Source(Protocol):
    """Somebody who sends us deliveries."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise `InvalidSignature` unless these bytes are from the sender.

        Raise `Trial` for what anybody may send to see whether the address answers.
        """
        ...

    def parse(self, body: bytes, received_at: datetime) -> Parsed:
        """Read a delivery; raise only `Malformed`, when no part of it can be read."""
        ...


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Find a header however its sender or server wrote its name."""
    if (exact := headers.get(name)) is not None:
        return exact
    wanted = name.lower()
    return next((text for key, text in headers.items() if key.lower() == wanted), None)
