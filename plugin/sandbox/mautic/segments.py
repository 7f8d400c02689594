"""Segments: REST, filters, membership and the cron that rebuilds them."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from plugin.sandbox.mautic import hooks, payloads, php
from plugin.sandbox.mautic.crud import Resource, by_name, truth
from plugin.sandbox.mautic.model import (
    Answer,
    ApiError,
    Call,
    Contact,
    Item,
    invalid,
    not_found,
)
from plugin.sandbox.mautic.resources import slug, with_category
from plugin.sandbox.mautic.search import column, listed
from plugin.sandbox.mautic.state import State

#: Filters on what is no contact field.
STATIC = frozenset(
    [
        "points",
        "date_added",
        "date_modified",
        "date_identified",
        "last_active",
        "owner_id",
        "hit_url",
        "hit_url_count",
        "hit_url_date",
        "sessions",
        "email_id",
        "redirect_id",
        "page_id",
        "lead_email_received",
        "lead_email_sent",
        "lead_email_read_count",
        "lead_asset_download",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
        "source",
        "source_id",
        "referer",
        "url_title",
        "dnc_bounced",
        "dnc_unsubscribed",
        "dnc_manual_email",
        "email_clicked_link_date",
        "lead_email_read_date",
    ]
)
#: Filters whose values are ids: field -> table.
LINKED = {
    "tags": "tags",
    "stage": "stages",
    "leadlist": "segments",
    "campaign": "campaigns",
}


#: Words for days, in days from today.
NAMED_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def _check(state: State, _call: Call, body: Item, row: Item | None) -> Item:
    columns: Item = {}
    if row is None or body.get("alias"):
        rows = state.tables["segments"].values()
        taken = {other["alias"] for other in rows if other is not row}
        wanted = str(body.get("alias") or body.get("name") or "")
        columns["alias"] = slug(wanted, taken)
    if row is None and not body.get("publicName"):
        columns["publicName"] = body["name"]
    if "filters" in body:
        columns["filters"] = [_filter(state, item) for item in listed(body["filters"])]
    if row is not None and not truth(body.get("isPublished", True)):
        _check_unused(state, row)
    for name in ("isGlobal", "isPreferenceCenter"):
        if name in body:
            columns[name] = truth(body[name])
    return columns


def _check_unused(state: State, row: Item) -> None:
    users = [c for c in state.tables["campaigns"].values() if row["id"] in c["lists"]]
    if users:
        raise ApiError(422, f"This segment is used in {users[0]['name']}.")


def _filter(state: State, item: Item) -> Item:
    properties = item.get("properties") or {"filter": item.get("filter")}
    shown = {
        "glue": item.get("glue", "and"),
        "field": item.get("field"),
        "object": item.get("object", "lead"),
        "type": item.get("type"),
        "operator": item.get("operator"),
        "properties": properties,
    }
    if not _is_valid(state, shown):
        raise invalid({"filters": "This value is not valid."})
    return shown


def _is_valid(state: State, item: Item) -> bool:
    name, wanted = item["field"], listed(item["properties"].get("filter"))
    if item["operator"] not in OPERATORS:
        return False
    if item["operator"] in ("empty", "!empty"):
        return name in state.fields or name in LINKED or name in STATIC
    if name in LINKED:
        return all(int(value) in state.tables[LINKED[name]] for value in wanted)
    found = state.fields.get(name)
    if (
        found is not None
        and found.type == "select"
        and "regexp" not in item["operator"]
    ):
        return all(str(value) in found.options for value in wanted)
    return found is not None or name in STATIC


SEGMENTS = Resource(
    path="segments",
    one="list",
    many="lists",
    table="segments",
    keyed=True,
    columns={
        "name": None,
        "publicName": None,
        "alias": None,
        "description": None,
        "category": None,
        "filters": [],
        "isGlobal": True,
        "isPreferenceCenter": False,
    },
    required={"name": "A name is required."},
    check=_check,
    shape=with_category,
    order=by_name,
)


def _text(have: Any) -> str:
    return str("" if have is None else have).lower()


def _ranked(have: Any, want: Any) -> tuple[Any, Any]:
    try:
        return float(have), float(want)
    except (TypeError, ValueError):
        return _text(have), _text(want)


def _equal(have: Any, want: Any) -> bool:
    left, right = _ranked(have, want)
    return have is not None and left == right


def _compared(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda have, want: have is not None and test(*_ranked(have, want))


def _like(have: Any, want: Any) -> bool:
    parts = (re.escape(part) for part in _text(want).split("%"))
    return re.fullmatch(".*".join(parts), _text(have), re.DOTALL) is not None


def _in(have: Any, want: Any) -> bool:
    return bool(set(_text(have).split("|")) & {_text(item) for item in listed(want)})


def _regexp(have: Any, want: Any) -> bool:
    return re.search(str(want), str(have or ""), re.IGNORECASE) is not None


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": _equal,
    "!=": lambda have, want: not _equal(have, want),
    "gt": _compared(lambda left, right: bool(left > right)),
    "gte": _compared(lambda left, right: bool(left >= right)),
    "lt": _compared(lambda left, right: bool(left < right)),
    "lte": _compared(lambda left, right: bool(left <= right)),
    "empty": lambda have, _want: have in (None, ""),
    "!empty": lambda have, _want: have not in (None, ""),
    "like": _like,
    "!like": lambda have, want: not _like(have, want),
    "in": _in,
    "!in": lambda have, want: not _in(have, want),
    "regexp": _regexp,
    "!regexp": lambda have, want: not _regexp(have, want),
    "startsWith": lambda have, want: _text(have).startswith(_text(want)),
    "endsWith": lambda have, want: _text(have).endswith(_text(want)),
    "contains": lambda have, want: _text(want) in _text(have),
}


def fits(state: State, contact: Contact, filters: list[Item]) -> bool:
    """Evaluate filters: groups of `and`, joined by `or`."""
    groups: list[list[Item]] = [[]]
    for item in filters:
        if item["glue"] == "or" and groups[-1]:
            groups.append([])
        groups[-1].append(item)
    return any(all(_holds(state, contact, item) for item in group) for group in groups)


def _holds(state: State, contact: Contact, item: Item) -> bool:
    test = OPERATORS[item["operator"]]
    have = _value(state, contact, str(item["field"]))
    want = item["properties"].get("filter")
    if item.get("type") in ("date", "datetime"):
        return test(have, _moment(state, str(want), str(item["type"])))
    return test(have, want)


def _moment(state: State, text: str, kind: str) -> str:
    """Read a date, which may be relative: today, -7 days."""
    shift = re.fullmatch(r"([+-]?\d+) days?", text)
    days = int(shift[1]) if shift else NAMED_DAYS.get(text)
    if days is None:
        return text
    day = (state.now() + timedelta(days=days)).date().isoformat()
    return day if kind == "date" else f"{day} 00:00:00"


def _value(state: State, contact: Contact, name: str) -> Any:
    if name == "tags":
        return "|".join(map(str, contact.tags)) or None
    if name == "stage":
        return contact.stage
    if name in ("leadlist", "campaign"):
        rows = state.members if name == "leadlist" else state.campaigners
        joined = [
            g
            for (g, c), r in rows.items()
            if c == contact.id and not r["manually_removed"]
        ]
        return "|".join(map(str, joined)) or None
    if name.startswith("dnc_"):
        return _dnc(contact, name)
    if name in state.fields or name in (
        "date_added",
        "date_modified",
        "date_identified",
        "owner_id",
    ):
        return column(state, contact, name)
    return _behaviour(state, contact, name)


def _dnc(contact: Contact, name: str) -> int:
    reason = {"dnc_unsubscribed": 1, "dnc_bounced": 2, "dnc_manual_email": 3}[name]
    return int(
        any(
            row["channel"] == "email" and row["reason"] == reason for row in contact.dnc
        )
    )


def _behaviour(state: State, contact: Contact, name: str) -> Any:
    rows = {
        "hit_url": ("page_hits", "url"),
        "lead_email_received": ("email_stats", "email_id"),
    }
    table, of = rows.get(name, ("lead_utmtags", name))
    found = [row.get(of) for row in state.logs[table] if row["lead_id"] == contact.id]
    return "|".join(str(value) for value in found if value) or None


def add(state: State, segment: Item, contact: Contact, *, manual: bool) -> bool:
    """Put a contact in a segment; tell whether it was new there."""
    row = state.members.get((segment["id"], contact.id))
    if row is not None and not row["manually_removed"]:
        row["manually_added"] = row["manually_added"] or int(manual)
        return False
    state.members[segment["id"], contact.id] = {
        "leadlist_id": segment["id"],
        "lead_id": contact.id,
        "date_added": php.sql(state.now()),
        "manually_added": int(manual),
        "manually_removed": 0,
    }
    _announce(state, segment, contact, "added")
    return True


def remove(state: State, segment: Item, contact: Contact, *, manual: bool) -> bool:
    """Take a contact out; by hand out of a filter keeps it out for ever."""
    key = (segment["id"], contact.id)
    row = state.members.get(key)
    if row is None or row["manually_removed"]:
        return False
    if manual and not row["manually_added"]:
        row["manually_removed"] = 1
    else:
        del state.members[key]
    _announce(state, segment, contact, "removed")
    return True


def _announce(state: State, segment: Item, contact: Contact, action: str) -> None:
    state.log(
        "lead_event_log",
        lead_id=contact.id,
        bundle="lead",
        object="segment",
        action=action,
        object_id=segment["id"],
        date_added=php.sql(state.now()),
        properties=json.dumps({"object_description": segment["name"]}),
    )
    hooks.emit(
        state,
        "lead_list_change",
        lambda: {
            "contact": payloads.full(state, contact),
            "segment": with_category(state, segment),
            "action": action,
        },
    )


def update(state: State) -> int:
    """Rebuild every published segment with filters; tell how many moves it took."""
    moves = 0
    for segment in list(state.tables["segments"].values()):
        if segment["isPublished"] and segment["filters"]:
            moves += _rebuild(state, segment)
    return moves


def _rebuild(state: State, segment: Item) -> int:
    moves = 0
    for contact in list(state.contacts.values()):
        row = state.members.get((segment["id"], contact.id))
        wanted = fits(state, contact, segment["filters"])
        if wanted and row is None:
            moves += add(state, segment, contact, manual=False)
        elif not wanted and row is not None and not row["manually_added"]:
            moves += remove(state, segment, contact, manual=False)
    return moves


def contact_add(state: State, _call: Call, entity_id: int, contact_id: int) -> Answer:
    """Add a contact by hand: it then stays, whatever the filters say."""
    segment, contact = _both(state, entity_id, contact_id)
    add(state, segment, contact, manual=True)
    return 200, {"success": 1}, {}


def contact_remove(
    state: State, _call: Call, entity_id: int, contact_id: int
) -> Answer:
    """Remove a contact by hand."""
    segment, contact = _both(state, entity_id, contact_id)
    remove(state, segment, contact, manual=True)
    return 200, {"success": 1}, {}


def contacts_add(state: State, call: Call, entity_id: int) -> Answer:
    """Add contacts by hand: `ids`."""
    ids = call.body.get("ids") if isinstance(call.body, dict) else None
    if ids is None:
        raise ApiError(400, "The parameter ids is missing.")
    details = {}
    for number in listed(ids):
        contact = state.contacts.get(int(number))
        if contact is not None:
            add(state, state.tables["segments"][entity_id], contact, manual=True)
        details[str(number)] = {"success": contact is not None}
    return 200, {"success": 1, "details": details}, {}


def _both(state: State, segment_id: int, contact_id: int) -> tuple[Item, Contact]:
    segment = state.tables["segments"].get(segment_id)
    contact = state.contact(contact_id)
    if segment is None or contact is None:
        raise not_found()
    return segment, contact


def choices(state: State, _call: Call) -> Answer:
    """List segments as /api/contacts/list/segments does."""
    rows = sorted(state.tables["segments"].values(), key=by_name)
    keys = ("id", "name", "alias")
    return 200, {str(row["id"]): {key: row[key] for key in keys} for row in rows}, {}
