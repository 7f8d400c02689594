"""The pieces Mautic's payloads are made of: values, moments, contacts, links.

The same value comes typed differently from the web, the database and the command
line (14, "14"; true, 1, "1"), and PHP writes every empty object as `[]`.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from webhooks.events import Json
from webhooks.sources.base import ProfileSeen
from webhooks.sources.body import storable

#: What a database keeps as a whole number.
LARGEST_ID = 2**63 - 1
_WHOLE = re.compile(r"-?[0-9]{1,19}")
#: base64 of a PHP array always starts so; a site's own parameter `ct` stays.
_CLICKTHROUGH = re.compile(r"([?&])ct=YTo[^&#]*(&?)")
#: Outside these years a date is a mistake (PHP's zero date is in the year -1).
PLAUSIBLE_YEARS = range(2000, 2100)
#: `email_on_send` has the contact as one flat map. When a whole segment is mailed
#: it is the database row, with these columns that are no fields of the contact.
NOT_FIELDS = frozenset(
    {
        "checked_out",
        "checked_out_by",
        "checked_out_by_user",
        "companies",
        "created_by",
        "created_by_user",
        "date_added",
        "date_identified",
        "date_modified",
        "generated_email_domain",
        "id",
        "internal",
        "is_published",
        "modified_by",
        "modified_by_user",
        "owner_id",
        "preferred_profile_image",
        "social_cache",
        "stage_id",
    }
)


class Unfit(Exception):
    """One item cannot be read; the message says why."""


def mapping(value: Any, what: str) -> Json:
    """Take a JSON object; `[]` and null are the empty one; raise `Unfit` otherwise."""
    if isinstance(value, dict):
        return value
    if value is None or value == []:
        return {}
    raise Unfit(f"{what} is not an object but {kind_of(value)}")


def kind_of(value: Any) -> str:
    """Name a JSON type for a person: "null", "a list", "str"."""
    if value is None:
        return "null"
    return "a list" if isinstance(value, list) else type(value).__name__


def text(value: Any) -> str | None:
    """Write a value as storable text, true as "1"; None for blank and for objects.

    A list is written as Mautic writes a multiselect: "a|b".
    """
    if isinstance(value, list):
        return "|".join(part for one in value if (part := _scalar(one))) or None
    return _scalar(value)


def _scalar(value: Any) -> str | None:
    if isinstance(value, str):
        return storable(value).strip() or None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int | float) else None


def number(value: Any) -> int | None:
    """Read a whole number, also one in a string; None if it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) <= LARGEST_ID else None


def truth(value: Any) -> bool:
    """Read a boolean, which comes as true, 1 or "1"."""
    return value in (True, 1, "1", "true", "yes", "on")


def identity(value: Any, what: str) -> int:
    """Read an id, a positive whole number; raise `Unfit` if it is none."""
    found = number(value)
    if found is None or found < 1:
        shown = storable(repr(value))[:40]
        raise Unfit(f"{what} is not an id but {shown}")
    return found


def moment(value: Any) -> datetime | None:
    """Read a time as aware UTC; None if it is none. Without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return utc if utc.year in PLAUSIBLE_YEARS else None


def address(value: Any) -> str | None:
    """Read a URL without the `ct` that Mautic adds to the links in an e-mail.

    It names the contact and the e-mail, so with it one page would have another
    address for everybody who came by mail.
    """
    url = text(value)
    if url is None:
        return None
    return _CLICKTHROUGH.sub(lambda found: found[1] if found[2] else "", url)


def utm(url: str | None, query: Any = None) -> dict[str, str]:
    """Collect utm_* without the prefix; an own parameter overrides the address.

    Mautic adds an e-mail's utm tags to `query` only, never to `url`.
    """
    pairs = _parameters(url) if url and "?" in url else ()
    given = query if isinstance(query, Mapping) else {}
    return {
        storable(name).removeprefix("utm_"): value
        for name, found in [*pairs, *given.items()]
        if name.startswith("utm_") and (value := text(found))
    }


@lru_cache(maxsize=4_000)
def _parameters(url: str) -> Sequence[tuple[str, str]]:
    """Read an address's parameters, remembering them: the same pages come again."""
    try:
        return tuple(parse_qsl(urlsplit(url).query))
    except ValueError:
        return ()


def profile(contact: Json, contact_id: int, seen_at: datetime) -> ProfileSeen | None:
    """Read a contact, nested or flat; None when it came without its fields.

    `fields` is empty when Mautic did not load them, which says nothing at all.
    """
    fields = _fields(contact)
    if fields is None:
        return None
    owner = contact.get("owner")
    owned = owner.get("id") if isinstance(owner, Mapping) else contact.get("owner_id")
    seen = ProfileSeen(
        contact_id=contact_id,
        seen_at=seen_at,
        key="",
        email=fields.get("email"),
        first_name=fields.get("firstname"),
        last_name=fields.get("lastname"),
        owner_id=number(owned),
        fields=fields,
        tags=tuple(sorted(set(_named(contact.get("tags"), "tag")))),
        do_not_contact=frozenset(_named(contact.get("doNotContact"), "channel")),
        complete="doNotContact" in contact,
        modified_by=text(contact.get("modifiedByUser")) or "",
    )
    return replace(seen, key=_tie_break(seen, text(contact.get("dateModified")) or ""))


_write = json.JSONEncoder(sort_keys=True, ensure_ascii=True, default=str).encode


def digest(value: Any) -> str:
    """Hash a JSON value, the same for the same content."""
    return hashlib.sha256(_write(value).encode("ascii")).hexdigest()[:32]


def _hash(value: Any) -> str:
    """Hash texts and numbers of ours; quicker than `digest`, and as lasting."""
    written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(written).hexdigest()[:32]


def _tie_break(seen: ProfileSeen, modified: str) -> str:
    """Order the snapshots of one second: the fullest is the latest.

    While a form is submitted Mautic sends the contact five times, at first
    without the e-mail address; and a do-not-contact must not get lost.
    """
    channels = sorted(seen.do_not_contact)
    return ":".join(
        (
            "1" if seen.email else "0",
            f"{len(seen.fields):04d}",
            f"{len(channels):02d}",
            "1" if seen.complete else "0",
            modified,
            _hash([seen.fields, seen.tags, channels, seen.owner_id, seen.modified_by]),
        )
    )


def _fields(contact: Json) -> dict[str, str] | None:
    """Read alias and value of all that is filled in; None where no field came at all.

    From the groups of a nested contact, or from a flat one.
    """
    groups = contact.get("fields")
    if groups is None:
        flat = {name: one for name, one in contact.items() if name not in NOT_FIELDS}
        return _filled(flat, {}) if flat else None
    found: dict[str, str] = {}
    came = False
    for group in groups.values() if isinstance(groups, Mapping) else ():
        if isinstance(group, dict):
            came = came or any(alias != "id" for alias in group)
            _filled(group, found)
    return found if came else None


def _filled(group: Mapping[str, Any], found: dict[str, str]) -> dict[str, str]:
    """Add what is filled in, which is little: most of a contact's fields are blank."""
    for alias, field in group.items():
        if alias == "id":
            continue
        value = _value(field) if isinstance(field, dict) else field
        written = None if value is None else text(value)
        if written:
            found[storable(alias)] = written
        elif alias in found:  # of the same field in two groups the last one speaks
            del found[alias]
    return found


def _value(field: Mapping[str, Any]) -> Any:
    """Take a field's value out of what describes the field."""
    value = field.get("value")
    if value is not None and value != "" and field.get("type") == "boolean":
        return truth(value)
    return value


def listed(value: Any) -> list[Any]:
    """Give what is in a list, or in the map that PHP may send instead of one."""
    entries = list(value.values()) if isinstance(value, Mapping) else value
    return entries if isinstance(entries, list) else []


def _named(value: Any, name: str) -> Iterator[str]:
    """Yield the names in a list or map of `{name: ...}`; PHP sends either."""
    for entry in listed(value):
        found = text(entry.get(name) if isinstance(entry, Mapping) else entry)
        if found:
            yield found
