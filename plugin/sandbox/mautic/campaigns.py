"""Campaigns over REST: events need a canvas, ids are replaced, PUT needs them all."""

import copy
from typing import Any

from plugin.sandbox.mautic import crud, php
from plugin.sandbox.mautic.crud import Resource, by_name
from plugin.sandbox.mautic.model import (
    Answer,
    ApiError,
    Call,
    Contact,
    Item,
    crash,
    not_found,
)
from plugin.sandbox.mautic.resources import with_category
from plugin.sandbox.mautic.search import listed, page
from plugin.sandbox.mautic.state import State

NO_EVENTS = (
    "At least one event is required. Use the Launch Campaign Builder button to add one."
)
NO_SOURCE = "At least one contact source is required."
EVENT: Item = {
    "name": None,
    "description": None,
    "type": None,
    "eventType": None,
    "channel": None,
    "channelId": None,
    "order": 1,
    "properties": [],
    "triggerDate": None,
    "triggerInterval": 0,
    "triggerIntervalUnit": None,
    "triggerHour": None,
    "triggerRestrictedStartHour": None,
    "triggerRestrictedStopHour": None,
    "triggerRestrictedDaysOfWeek": [],
    "triggerMode": None,
    "decisionPath": None,
    "parent": None,
    "children": [],
}


def _check(state: State, call: Call, body: Item, row: Item | None) -> Item:
    events, lists = listed(body.get("events")), _ids(body.get("lists"))
    whole = row is None or call.method == "PUT"
    if whole and not events:
        raise ApiError(400, NO_EVENTS)
    if whole and not (lists or body.get("forms")):
        raise ApiError(400, NO_SOURCE)
    if any(number not in state.tables["segments"] for number in lists):
        raise crash()
    columns: Item = (
        {"allowRestart": crud.truth(body["allowRestart"])}
        if ("allowRestart" in body)
        else {}
    )
    if "lists" in body:
        columns["lists"] = lists
    if "forms" in body:
        columns["forms"] = _ids(body["forms"])
    # Without a canvas Mautic drops the events and says nothing.
    if events and body.get("canvasSettings"):
        columns |= _build(state, call, events, body["canvasSettings"], row)
    return columns


def _ids(value: Any) -> list[int]:
    rows = listed(value)
    return [int(row["id"] if isinstance(row, dict) else row) for row in rows]


def _build(
    state: State, call: Call, events: list[Item], canvas: Item, row: Item | None
) -> Item:
    known = {event["id"]: event for event in row["events"]} if row else {}
    if call.method == "PUT":
        _require_ids(events)
        _forget_events(state, set(known) - {_real(item["id"]) for item in events})
    renamed: dict[str, int] = {}
    built = []
    for item in events:
        if item.get("triggerDate"):
            raise crash()  # text into a DateTime column
        number = _real(item["id"])
        number = number if number in known else state.next("campaign_events")
        renamed[str(item["id"])] = number
        given = {key: item[key] for key in EVENT if key in item}
        # What is not sent of an event that is there stays as it was.
        before = known.get(number, EVENT)
        built.append(copy.deepcopy(dict(before)) | given | {"id": number})
    settings = _rename(canvas, renamed)
    _wire(built, settings["connections"])
    return {"events": built, "canvasSettings": settings}


def _require_ids(events: list[Item]) -> None:
    for position, item in enumerate(events):
        if item.get("id") is None:
            raise ApiError(400, f'$campaign[events][{position}]["id"] is missing')


def _forget_events(state: State, gone: set[int]) -> None:
    """Take away what a PUT left out: whoever waited for one of them waits no more."""
    for log in state.logs["campaign_lead_event_log"]:
        if log["event_id"] in gone:
            log["is_scheduled"] = 0


def _real(value: Any) -> int:
    return int(value) if str(value).isdigit() else 0


def _rename(canvas: Item, renamed: dict[str, int]) -> Item:
    def name(value: Any) -> str:
        return str(renamed.get(str(value), value))

    nodes = [node | {"id": name(node["id"])} for node in canvas.get("nodes", [])]
    connections = [
        {
            "sourceId": name(line["sourceId"]),
            "targetId": name(line["targetId"]),
            "anchors": dict(line["anchors"]),
        }
        for line in canvas.get("connections", [])
    ]
    return {"nodes": nodes, "connections": connections}


def _wire(events: list[Item], connections: list[Item]) -> None:
    by_id = {str(event["id"]): event for event in events}
    for event in events:
        event |= {"parent": None, "children": [], "decisionPath": None, "order": 1}
    for line in connections:
        child, parent = by_id.get(line["targetId"]), by_id.get(line["sourceId"])
        if child is None or parent is None:
            continue
        path = line["anchors"].get("source")
        child["parent"] = parent["id"]
        child["decisionPath"] = path if path in ("yes", "no") else None
        parent["children"].append(child["id"])
    for event in events:
        event["order"] = _depth(event, by_id)


def _depth(event: Item, by_id: dict[str, Item]) -> int:
    depth = 1
    while event["parent"] is not None and depth <= len(by_id):
        event, depth = by_id[str(event["parent"])], depth + 1
    return depth


def _shape(state: State, row: Item) -> Item:
    by_id = {event["id"]: event for event in row["events"]}
    segments = state.tables["segments"]
    keys = ["id", "name", "publicName", "alias", "description", "category"]
    lists = [
        {"createdByUser": s["createdByUser"], "modifiedByUser": s["modifiedByUser"]}
        | {key: s[key] for key in keys}
        for s in (segments[number] for number in row["lists"] if number in segments)
    ]
    events = [_event(event, by_id) for event in row["events"]]
    return with_category(state, row) | {"events": events, "lists": lists}


def _event(event: Item, by_id: dict[int, Item]) -> Item:
    parent = by_id.get(event["parent"])
    children = [_brief(by_id[number]) for number in event["children"]]
    return event | {"parent": parent and _brief(parent), "children": children}


def _brief(event: Item) -> Item:
    keys = [
        "id",
        "name",
        "description",
        "type",
        "eventType",
        "channel",
        "channelId",
        "order",
    ]
    return {key: event[key] for key in keys}


def _stamp(_state: State, call: Call, row: Item) -> None:
    row["modifiedBy"], row["modifiedByUser"] = call.actor.id, call.actor.name


CAMPAIGNS = Resource(
    path="campaigns",
    one="campaign",
    many="campaigns",
    table="campaigns",
    keyed=True,
    columns={
        "name": None,
        "category": None,
        "description": None,
        "allowRestart": False,
        "publishUp": None,
        "publishDown": None,
        "events": [],
        "forms": [],
        "lists": [],
        "canvasSettings": [],
    },
    required={"name": "A name is required."},
    computed=frozenset({"events", "lists", "forms", "canvasSettings"}),
    check=_check,
    shape=_shape,
    order=by_name,
    after=_stamp,
)


def join(state: State, campaign: Item, contact: Contact, *, manual: bool) -> bool:
    """Put a contact in a campaign; tell whether it (re-)entered."""
    key = (campaign["id"], contact.id)
    row = state.campaigners.get(key)
    if row is not None and not row["manually_removed"]:
        return False
    if row is not None and not campaign["allowRestart"]:
        return False
    state.campaigners[key] = {
        "campaign_id": campaign["id"],
        "lead_id": contact.id,
        "date_added": php.sql(state.now()),
        "manually_added": int(manual),
        "manually_removed": 0,
        "rotation": row["rotation"] + 1 if row else 1,
        "removed_by_hand": 0,
    }
    return True


def leave(state: State, campaign: Item, contact: Contact, *, manual: bool) -> None:
    """Take a contact out: the row stays, marked as removed."""
    row = state.campaigners.get((campaign["id"], contact.id))
    if row is None or row["manually_removed"]:
        return
    row["manually_removed"] = 1
    row["date_last_exited"] = php.sql(state.now())
    row["removed_by_hand"] = int(manual)
    for log in state.logs["campaign_lead_event_log"]:
        mine = log["lead_id"] == contact.id and log["campaign_id"] == campaign["id"]
        if mine and log["is_scheduled"]:
            log["is_scheduled"] = 0


def contact_add(state: State, _call: Call, entity_id: int, contact_id: int) -> Answer:
    """Add a contact by hand; success also when that is refused."""
    campaign, contact = _both(state, entity_id, contact_id)
    join(state, campaign, contact, manual=True)
    return 200, {"success": 1}, {}


def contact_remove(
    state: State, _call: Call, entity_id: int, contact_id: int
) -> Answer:
    """Remove a contact by hand; the segment does not bring it back."""
    campaign, contact = _both(state, entity_id, contact_id)
    leave(state, campaign, contact, manual=True)
    return 200, {"success": 1}, {}


def members(state: State, call: Call, entity_id: int) -> Answer:
    """List who is in a campaign, as database rows of text."""
    crud.require(state, CAMPAIGNS, entity_id)
    rows = [
        {key: str(row[key]) for key in MEMBER}
        for (campaign, _), row in state.campaigners.items()
        if campaign == entity_id and not row["manually_removed"]
    ]
    shown = page(rows, {"limit": 100} | call.query)
    return 200, {"total": str(len(rows)), "contacts": shown}, {}


MEMBER = [
    "campaign_id",
    "lead_id",
    "date_added",
    "manually_removed",
    "manually_added",
    "rotation",
]


def events(state: State, call: Call) -> Answer:
    """List every event of every campaign."""
    shown = []
    for campaign in state.tables["campaigns"].values():
        by_id = {event["id"]: event for event in campaign["events"]}
        keys = ("id", "name", "category", "description")
        about = {key: campaign[key] for key in keys}
        shown += [_event(e, by_id) | {"campaign": about} for e in campaign["events"]]
    return 200, {"total": len(shown), "events": page(shown, call.query)}, {}


def _both(state: State, campaign_id: int, contact_id: int) -> tuple[Item, Contact]:
    campaign = state.tables["campaigns"].get(campaign_id)
    contact = state.contact(contact_id)
    if campaign is None or contact is None:
        raise not_found()
    return campaign, contact
