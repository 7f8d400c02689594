"""What a raw delivery says of one person, and the delivery without it.

For the rights of access and of erasure. One delivery of Mautic's is about many
people, item by item; what concerns others must come through untouched.
"""

import json
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson

from webhooks.errors import Malformed
from webhooks.events import Event
from webhooks.sources.base import Hint, Parsed
from webhooks.sources.body import read_object
from webhooks.sources.mautic_events import TRIGGERS, deleted
from webhooks.sources.mautic_fields import Unfit, number, profile

#: Under what an item of Mautic's delivery has its contact.
CONTACT_KEYS = ("contact", "lead")
#: What stands where an address stood in what is about somebody else.
ERASED = "[erased]"
#: Signs that a URL writes as they are.
PLAIN = frozenset(string.ascii_letters + string.digits + "._-")
#: Where an address may begin and end, so that neither joanna@ nor @x.org.uk is it; in
#: a URL it begins after = or %20.
BEFORE = r"(?:(?<![\w.!#$%*+^`|~-])|(?<=%[0-9A-F]{2}))"
AFTER = r"(?![\w-]|\.\w)"
#: Reads a delivery of an ATS; raises only Malformed.
Parse = Callable[[bytes], Parsed]
#: A snapshot is only read for its address.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Someone:
    """A person as deliveries name them."""

    contact_ids: frozenset[int]
    #: Addresses that are theirs alone, in lower case.
    emails: frozenset[str] = frozenset()
    #: What we wrote into an ATS to find them again, and the ATS's own ids.
    markers: frozenset[str] = frozenset()
    refs: frozenset[str] = frozenset()

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Find one of the addresses in a text, also as a URL writes it."""
        forms = sorted(_form(one) for one in self.emails)
        if not forms:
            return None
        return re.compile(f"{BEFORE}(?:{'|'.join(forms)}){AFTER}", re.IGNORECASE)

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """List what at least one of must be in the bytes of what mentions them."""
        names = {str(one) for one in self.contact_ids} | self.markers | self.refs
        told = {one.encode().lower() for one in names | self.pieces}
        # a marker has the contact's id in it: looking for that is enough
        shortest = [one for one in told if not any(two in one for two in told - {one})]
        return tuple(sorted(shortest))

    @property
    def pieces(self) -> set[str]:
        """List a piece of each address that is written the same everywhere.

        Before the @, because many have the same domain; URLs and PHP's JSON write the
        signs between pieces otherwise.
        """
        found = set()
        for local, _, domain in (one.partition("@") for one in self.emails):
            mine = re.split(r"[^a-z0-9.]", local)
            found.add(max(mine, key=len) or max(domain.split("."), key=len))
        return found - {""}

    def has(self, text: str) -> bool:
        """Say whether a text has an address or a marker of theirs."""
        if any(one in text for one in self.markers):
            return True
        return bool(self.pattern and self.pattern.search(text))


@dataclass(frozen=True, slots=True)
class Mention:
    """What a delivery says of somebody."""

    #: The items about them, as they came; the text of what cannot be read. None where
    #: only an item about somebody else names them.
    items: tuple[Any, ...]
    #: The delivery without them; None when nothing is left of it.
    rest: bytes | None


def find(body: bytes, who: Someone, parse: Parse | None = None) -> Mention | None:
    """Find what a delivery says of somebody; None when it does not name them.

    `parse` is given for an ATS, whose deliveries are about one candidate each: one
    that names them is theirs as a whole. So is one that cannot be read: nobody can
    say which part of it is whose.
    """
    if not _may_name(body, who):
        return None
    try:
        told = read_object(body)
    except Malformed:
        text = body.decode("utf-8", "replace")
        return Mention((text,), None) if _is_in_ruins(text, who) else None
    if parse is not None:
        return Mention((told,), None) if _is_theirs(body, told, who, parse) else None
    return _in_mautics(told, who)


def _may_name(body: bytes, who: Someone) -> bool:
    """Look quickly: most deliveries are about others."""
    lowered = body.lower()
    return any(one in lowered for one in who.needles)


def _is_in_ruins(text: str, who: Someone) -> bool:
    """Whether what is no JSON names them: an address, or a contact's id."""
    ids = "|".join(str(one) for one in sorted(who.contact_ids))
    contact = rf'"(?:{"|".join(CONTACT_KEYS)})"\s*:\s*\{{\s*"id"\s*:\s*"?(?:{ids})\b'
    is_named = bool(ids) and re.search(contact, text) is not None
    return is_named or who.has(text.replace("\\/", "/"))


def _is_theirs(
    body: bytes, told: Mapping[str, Any], who: Someone, parse: Parse
) -> bool:
    try:
        parsed = parse(body)
    except Malformed:
        parsed = Parsed()
    news: list[Event | Hint] = [*parsed.events, *parsed.hints]
    if any(_concerns(one, who) for one in news):
        return True
    return any(who.has(text) for text in _texts(told))


def _concerns(news: Event | Hint, who: Someone) -> bool:
    if isinstance(news, Hint):
        return news.ref in who.refs
    return news.contact_id in who.contact_ids or news.data.get("ref") in who.refs


def _in_mautics(told: Mapping[str, Any], who: Someone) -> Mention | None:
    items: list[Any] = []
    rest: dict[str, Any] = {}
    for name, value in told.items():
        left = _of_trigger(name, value, who, items)
        if left is not None:
            rest[name] = left
    if not items and rest == told:
        return None
    is_left = any(isinstance(one, list | dict) for one in rest.values())
    return Mention(tuple(items), _written(rest) if is_left else None)


def _of_trigger(name: str, value: Any, who: Someone, items: list[Any]) -> Any:
    """Take one trigger's items about them out; None when none is left."""
    if isinstance(value, dict) and value and all(map(str.isdecimal, value)):
        # PHP writes a list with a gap as an object of numbers
        return dict(_kept(name, value.items(), who, items)) or None
    if isinstance(value, list):
        found = [one for _, one in _kept(name, enumerate(value), who, items)]
        return found if found or not value else None
    if isinstance(value, dict):
        return next((one for _, one in _kept(name, [(0, value)], who, items)), None)
    return value


def _kept(
    trigger: str, given: Any, who: Someone, items: list[Any]
) -> Iterator[tuple[Any, Any]]:
    for at, item in given:
        if _is_about(trigger, item, who):
            items.append(item)
            continue
        yield at, without(item, who)


def _is_about(trigger: str, item: Any, who: Someone) -> bool:
    """Whether the contact that an item is about is theirs."""
    if not isinstance(item, dict):
        return False
    known = TRIGGERS.get(trigger)
    # in a delete the contact's own id is already null; the item has it
    is_delete = known is not None and known.read is deleted
    if is_delete and number(item.get("id")) in who.contact_ids:
        return True
    contact = _contact(item)
    if contact is None:
        return False
    return _id_of(contact) in who.contact_ids or _has_their_address(contact, who)


def _contact(item: dict[str, Any]) -> Any:
    """Find the contact an item is about: the one that is least deep in it."""
    level: list[Any] = [item]
    while level:
        objects = [one for one in level if isinstance(one, dict)]
        for one in objects:
            for key in CONTACT_KEYS:
                if one.get(key):
                    return one[key]
        level = [value for one in objects for value in one.values()]
    return None


def _id_of(contact: Any) -> int | None:
    return number(contact.get("id") if isinstance(contact, dict) else contact)


def _has_their_address(contact: Any, who: Someone) -> bool:
    """Whether a contact of another id is them: it has an address of theirs alone."""
    if not isinstance(contact, dict) or not who.emails:
        return False
    try:
        seen = profile(contact, _id_of(contact) or 0, _NEVER)
    except Unfit:
        return False
    return seen is not None and (seen.email or "").lower() in who.emails


def without(value: Any, who: Someone) -> Any:
    """Write JSON that is about somebody else without this person; pure."""
    if isinstance(value, str):
        return _scrubbed(value, who)
    if isinstance(value, list):
        return [without(one, who) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        _scrubbed(key, who): None
        if key in CONTACT_KEYS and _id_of(one) in who.contact_ids
        else without(one, who)
        for key, one in value.items()
    }


def _scrubbed(text: str, who: Someone) -> str:
    return who.pattern.sub(ERASED, text) if who.pattern else text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _form(email: str) -> str:
    """Write an address as a pattern; in a URL its signs are written as %40, %2B."""
    return "".join(re.escape(one) if one in PLAIN else _either(one) for one in email)


def _either(sign: str) -> str:
    coded = "".join(f"%{byte:02X}" for byte in sign.encode())
    return f"(?:{re.escape(sign)}|{coded})"


def _written(rest: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(rest)
    except TypeError:  # half a surrogate pair, or a number that no machine word holds
        return json.dumps(rest).encode()
