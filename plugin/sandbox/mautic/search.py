"""Finding and paging: contact search words, `where`, `order`, `start`, `limit`."""

import re
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from plugin.sandbox.mautic import payloads, php
from plugin.sandbox.mautic.model import Contact, Item, crash
from plugin.sandbox.mautic.state import State

PAGE = 30
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")


def page(found: list[Any], query: Item) -> list[Any]:
    """Cut one page out of a list; limit=0 is no limit, there is no cap."""
    start, limit = number(query.get("start"), 0), number(query.get("limit"), PAGE)
    return found[start : start + limit] if limit else found[start:]


def number(value: Any, default: int) -> int:
    """Read a whole number from a query, or take the default."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def listed(value: Any) -> list[Any]:
    """Read a PHP list from a query: `a[0]`, `a[]` or comma text."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    return [part.strip() for part in str(value).split(",")] if value else []


def snake(name: str) -> str:
    """Turn an ORM property name into its column name."""
    return _CAMEL.sub(r"_\1", name).lower()


def column(state: State, contact: Contact, name: str) -> Any:
    """Read a contact's database column, e.g. date_modified or a field alias."""
    if name in state.fields:
        return payloads.value(state.fields[name], contact)
    readers: dict[str, Any] = {
        "id": contact.id,
        "date_added": php.sql(contact.date_added),
        "date_modified": php.sql(contact.date_modified),
        "date_identified": php.sql(contact.date_identified),
        "last_active": php.sql(contact.last_active),
        "owner_id": contact.owner,
        "stage_id": contact.stage,
    }
    if name not in readers:
        raise crash()
    return readers[name]


def compare(expr: str, have: Any, want: Any) -> bool | None:
    """Compare as MySQL would; None for an expression nobody knows."""
    if expr in ("isNull", "isNotNull"):
        return (have is None) == (expr == "isNull")
    if expr in ("isEmpty", "isNotEmpty"):
        return (have in (None, "")) == (expr == "isEmpty")
    if expr not in _EXPRESSIONS:
        return None
    return have is not None and _EXPRESSIONS[expr](have, want)


def _pair(have: Any, want: Any) -> tuple[Any, Any]:
    if isinstance(have, (int, float)) and not isinstance(have, bool):
        try:
            return have, float(want)
        except (TypeError, ValueError):
            return have, 0.0
    return str(have).lower(), str(want).lower()


def _like(have: Any, want: Any) -> bool:
    parts = [re.escape(part) for part in str(want).lower().split("%")]
    return re.fullmatch(".*".join(parts), str(have).lower(), re.DOTALL) is not None


def _in(have: Any, want: Any) -> bool:
    return str(have) in [str(item) for item in listed(want)]


_EXPRESSIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, want: _pair(have, want)[0] == _pair(have, want)[1],
    "neq": lambda have, want: _pair(have, want)[0] != _pair(have, want)[1],
    "gt": lambda have, want: bool(_pair(have, want)[0] > _pair(have, want)[1]),
    "gte": lambda have, want: bool(_pair(have, want)[0] >= _pair(have, want)[1]),
    "lt": lambda have, want: bool(_pair(have, want)[0] < _pair(have, want)[1]),
    "lte": lambda have, want: bool(_pair(have, want)[0] <= _pair(have, want)[1]),
    "like": _like,
    "notLike": lambda have, want: not _like(have, want),
    "in": _in,
    "notIn": lambda have, want: not _in(have, want),
}


def find_contacts(state: State, query: Item) -> list[Contact]:
    """Find contacts by `search` and `where`, in the order asked for.

    Without one, the most recently active come first. Unknown columns are
    uncaught SQL errors in Mautic, hence an ApiError 500.
    """
    found = [
        c for c in state.contacts.values() if matches(state, c, query.get("search"))
    ]
    for rule in listed(query.get("where")):
        name = snake(str(rule.get("col", "")))
        expr, want = str(rule.get("expr")), rule.get("val")
        found = [
            contact
            for contact in found
            if compare(expr, column(state, contact, name), want) is not False
        ]
    return _ordered(state, found, query)


def _ordered(state: State, found: list[Contact], query: Item) -> list[Contact]:
    orders = [
        (str(rule.get("col", "")), str(rule.get("dir", "ASC")))
        for rule in listed(query.get("order"))
    ]
    if query.get("orderBy"):
        orders.insert(0, (str(query["orderBy"]), str(query.get("orderByDir", "ASC"))))
    if not orders:
        orders = [("last_active", "DESC")]
    for name, direction in reversed(orders):
        keyed = [(_key(column(state, contact, name)), contact) for contact in found]
        keyed.sort(key=itemgetter(0), reverse=direction.upper() == "DESC")
        found = [contact for _, contact in keyed]
    return found


def _key(value: Any) -> tuple[bool, float, str]:
    if isinstance(value, (int, float)):
        return True, float(value), ""
    return value is not None, 0.0, str(value or "").lower()


def matches(state: State, contact: Contact, search: Any) -> bool:
    """Tell whether a contact fits a search text (`tag:x is:anonymous !...`)."""
    alternatives = re.split(r"\s+or\s+", str(search or ""), flags=re.IGNORECASE)
    return any(
        all(_fits(state, contact, word) for word in _words(alternative))
        for alternative in alternatives
    )


def _words(text: str) -> Iterable[str]:
    found = re.findall(r'!?[\w.]+:"[^"]*"|!?"[^"]*"|[^\s()]+', text)
    return [word for word in found if word.lower() != "and"]


def _fits(state: State, contact: Contact, word: str) -> bool:
    if word.startswith("!"):
        return not _fits(state, contact, word[1:])
    name, colon, text = word.partition(":")
    text = text.strip('"')
    if not colon:
        values = [
            contact.values.get(a) for a in ("firstname", "lastname", "email", "company")
        ]
        return any(
            word.strip('"').lower() in str(value or "").lower() for value in values
        )
    strict, text = text.startswith("+"), text.lstrip("+").lower()
    return any(
        value == text if strict else value.startswith(text)
        for value in _searched(state, contact, name.lower(), text)
    )


def _searched(state: State, contact: Contact, name: str, text: str) -> list[str]:
    """List what a search word looks at; those that test give their text back."""
    found: list[Any] = []
    if name in state.fields:
        found = [payloads.value(state.fields[name], contact)]
    elif name == "name":
        found = [contact.values.get(alias) for alias in ("firstname", "lastname")]
    elif name == "tag":
        found = [tag["tag"] for tag in payloads.tags(state, contact)]
    elif name == "stage":
        row = state.tables["stages"].get(contact.stage or 0)
        found = [row["name"]] if row else []
    elif name in _TESTS and _TESTS[name](state, contact, text):
        found = [text]
    return [str(value or "").lower() for value in found]


def _is_member(state: State, contact: Contact, alias: str) -> bool:
    row = state.tables["segments"].first(alias=alias)
    member = row and state.members.get((row["id"], contact.id))
    return bool(member and not member["manually_removed"])


def _is_kind(_state: State, contact: Contact, kind: str) -> bool:
    return kind == "anonymous" and contact.anonymous


def _has_id(_state: State, contact: Contact, ids: str) -> bool:
    return str(contact.id) in listed(ids)


_TESTS: dict[str, Callable[[State, Contact, str], bool]] = {
    "is": _is_kind,
    "ids": _has_id,
    "segment": _is_member,
}
