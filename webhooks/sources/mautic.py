"""Mautic's deliveries: `{trigger: [item, ...], ...}`, read item by item."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webhooks import signature
from webhooks.errors import InvalidSignature
from webhooks.events import Event
from webhooks.sources.base import Parsed, ProfileSeen, Unreadable, header
from webhooks.sources.body import bounded, read_object, storable
from webhooks.sources.mautic_events import TRIGGERS, Item, Trigger, deleted
from webhooks.sources.mautic_fields import (
    Unfit,
    identity,
    kind_of,
    mapping,
    moment,
    profile,
)


@dataclass(slots=True)
class _Read:
    """What has been read of a delivery so far."""

    received_at: datetime
    events: list[Event] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    profiles: list[ProfileSeen] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)

    def trigger(self, name: str, value: Any) -> None:
        """Read all items of one trigger; count them when there is no word for it."""
        where = storable(name)
        known = TRIGGERS.get(name)
        if known is None:
            self.unknown[where] += len(value) if isinstance(value, list) else 1
            return
        try:
            items = _items(value)
        except Unfit as unfit:
            self._refuse(where, str(unfit), value)
            return
        for index, raw in enumerate(items):
            self.item(known, f"{where}[{index}]", raw)

    def item(self, trigger: Trigger, where: str, raw: Any) -> None:
        """Read one item, or say why it cannot be: its neighbours go on."""
        try:
            item = _item(trigger, raw, self.received_at)
            event, seen = trigger.read(item), _seen(trigger, item)
        except Unfit as unfit:
            self._refuse(where, str(unfit), raw)
        except Exception as error:  # noqa: BLE001 - a bug here must not cost neighbours
            self._refuse(where, f"our bug, replay after mending: {error!r}", raw)
        else:
            self.events.extend([event] if event else [])
            self.profiles.extend([seen] if seen else [])

    def _refuse(self, where: str, reason: str, raw: Any) -> None:
        one = Unreadable(where=where, reason=reason, raw=bounded(raw))
        self.unreadable.append(one)


@dataclass(frozen=True, slots=True)
class MauticSource:
    """Deliveries of one Mautic, signed with any of these secrets."""

    secrets: Sequence[bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse an empty secret: with it anybody could sign."""
        if not self.secrets or not all(self.secrets):
            raise ValueError("a webhook secret is missing or empty")

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise `InvalidSignature` unless Mautic signed these bytes."""
        given = header(headers, signature.HEADER)
        if not given:
            raise InvalidSignature(f"{signature.HEADER} is missing")
        signature.verify(body, given, self.secrets)

    def parse(self, body: bytes, received_at: datetime) -> Parsed:
        """Read every item that can be read; raise only `Malformed`."""
        delivery = read_object(body)
        # Only "Send Test Payload" has a time for the whole. Its contacts are of 2017
        # and invented, but their ids may be real people's here: one is deleted.
        if isinstance(delivery.get("timestamp"), str):
            return Parsed(is_test=True)
        read = _Read(received_at)
        for name, value in delivery.items():
            read.trigger(name, value)
        return Parsed(
            events=tuple(read.events),
            unreadable=tuple(read.unreadable),
            profiles=tuple(read.profiles),
            unknown=dict(read.unknown),
        )


def _items(value: Any) -> Sequence[Any]:
    """Take the items of a trigger: a list, or what PHP makes of one."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping):
        raise Unfit(f"expected a list of items, found {kind_of(value)}")
    # A PHP list with a gap becomes an object of numbers; old Mautics send one item.
    if value and all(name.isdecimal() for name in value):
        return list(value.values())
    return [value]


def _item(trigger: Trigger, raw: Any, received_at: datetime) -> Item:
    if not isinstance(raw, Mapping):
        raise Unfit(f"expected an object, found {kind_of(raw)}")
    name = trigger.subject
    subject = mapping(raw.get(name), name) if name else raw
    # The contact is `lead` in hit, stat and submission, and in all of Mautic 2.
    contact = mapping(subject.get("contact") or subject.get("lead"), "the contact")
    contact_id: int | None = None
    if trigger.has_contact:
        # In a delete the contact's own id is already null; the item has it.
        outer = raw.get("id") if trigger.read is deleted else None
        contact_id = identity(outer or contact.get("id"), "the contact's id")
    at = moment(raw.get("timestamp")) or received_at
    return Item(raw=subject, contact=contact, contact_id=contact_id, at=at)


def _seen(trigger: Trigger, item: Item) -> ProfileSeen | None:
    # A deleted contact's last picture must not bring it back.
    if item.contact_id is None or trigger.read is deleted:
        return None
    return profile(item.contact, item.contact_id, item.at)
