"""REST of contacts."""

from collections.abc import Callable
from typing import Any

from plugin.sandbox.mautic import contacts, crud, editing, payloads, php, search
from plugin.sandbox.mautic.contacts import Refusal, Save
from plugin.sandbox.mautic.crud import body_of, missing_item, php_array
from plugin.sandbox.mautic.model import (
    Answer,
    ApiError,
    Call,
    Contact,
    Item,
    crash,
    not_found,
)
from plugin.sandbox.mautic.payloads import Origin
from plugin.sandbox.mautic.state import State

OPERATORS: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "plus": ("add (+)", lambda have, by: have + by),
    "minus": ("subtract (-)", lambda have, by: have - by),
    "times": ("multiply (x)", lambda have, by: have * by),
    "divide": ("divide (/)", lambda have, by: have // by if by else have),
}
CREATED = 201


def require(state: State, contact_id: int) -> Contact:
    """Find a contact, or the winner it was merged into, or raise the 404."""
    contact = state.contact(contact_id)
    if contact is None:
        raise not_found()
    return contact


def index(state: State, call: Call) -> Answer:
    """List contacts; `total` is text, an empty list is an empty object."""
    found = search.find_contacts(state, call.query)
    short = crud.truth(call.query.get("minimal", False))
    shown = {
        str(contact.id): payloads.minimal(state, contact)
        if short
        else payloads.rest(state, contact, boolean=str)
        for contact in search.page(found, call.query)
    }
    return 200, {"total": str(len(found)), "contacts": shown}, {}


def show(state: State, _call: Call, entity_id: int) -> Answer:
    """Answer with one contact; a merged-away id answers with the winner."""
    contact = require(state, entity_id)
    return 200, {"contact": payloads.rest(state, contact)}, {}


def create(state: State, call: Call) -> Answer:
    """Create a contact, or edit the one a unique field belongs to."""
    status, shown = _create(state, call, body_of(call))
    headers = {"Location": f"/api/contacts/{shown['id']}"} if status == CREATED else {}
    return status, {"contact": shown}, headers


def _create(state: State, call: Call, body: Item) -> tuple[int, Item]:
    existing = contacts.find(state, body)
    if existing is not None:
        editing.patch(state, existing, body, call.actor)
        return 200, payloads.rest(state, existing)
    contact = editing.create(state, body, call.actor, put=call.method == "PUT")
    return 201, payloads.rest(state, contact, Origin.FRESH, bool)


def edit(state: State, call: Call, entity_id: int) -> Answer:
    """Edit a contact; PUT of a missing id creates one with another id."""
    contact = state.contact(entity_id)
    body = body_of(call)
    if contact is None and call.method == "PUT":
        made = editing.create(state, body, call.actor, put=True)
        headers = {"Location": f"/api/contacts/{made.id}"}
        return 201, {"contact": payloads.rest(state, made, Origin.FRESH, bool)}, headers
    if contact is None:
        raise not_found()
    _change(state, call, contact, body)
    return 200, {"contact": payloads.rest(state, contact, boolean=bool)}, {}


def _change(state: State, call: Call, contact: Contact, body: Item) -> None:
    if call.method == "PUT":
        editing.put(state, contact, body, call.actor)
    else:
        editing.patch(state, contact, body, call.actor)


def delete(state: State, call: Call, entity_id: int) -> Answer:
    """Delete a contact; the answer shows it with a null id."""
    contact = state.contacts.get(entity_id)
    if contact is None:
        raise not_found()
    shown = payloads.rest(state, contact) | {"id": None}
    shown["fields"]["all"]["id"] = None
    contacts.delete(state, contact, call.actor)
    return 200, {"contact": shown}, {}


def batch_create(state: State, call: Call) -> Answer:
    """Create up to 200 contacts; each item has its own status."""
    items = crud.batch_items(call)
    answer = crud.batch("contacts", items, lambda body: _create(state, call, body))
    return 201, answer, {}


def batch_edit(state: State, call: Call) -> Answer:
    """Edit up to 200 contacts; one refused value fails the whole batch with 500."""
    items = crud.batch_items(call)
    _check_batch(state, items)

    def one(body: Item) -> tuple[int, Item]:
        # A merged-away id is not followed here: the item is a 404.
        contact = state.contacts.get(search.number(body.get("id"), 0))
        if contact is None:
            raise missing_item()
        editing.patch(state, contact, body, call.actor, batch=True)
        return 200, payloads.rest(state, contact, boolean=bool)

    return 200, crud.batch("contacts", items, one), {}


def _check_batch(state: State, items: list[Item]) -> None:
    for body in items:
        if search.number(body.get("id"), 0) in state.contacts:
            try:
                editing.read(state, body)
            except ApiError:
                raise crash() from None


def batch_delete(state: State, call: Call) -> Answer:
    """Delete contacts by `ids`."""
    shown: dict[int, Item] = {}
    for position, text in enumerate(search.listed(call.query.get("ids"))):
        contact = state.contacts.get(search.number(text, 0))
        if contact is not None:
            shown[position] = payloads.rest(state, contact)
            contacts.delete(state, contact, call.actor)
    return 200, {"contacts": php_array(shown)}, {}


def points(
    state: State, call: Call, entity_id: int, operator: str, amount: int
) -> Answer:
    """Change points with a row in the points log."""
    contact = require(state, entity_id)
    if operator not in OPERATORS:
        raise ApiError(400, "Invalid operator.")
    label, apply = OPERATORS[operator]
    body = body_of(call)
    log = {
        "type": "API",
        "event_name": str(body.get("eventName") or label),
        "action_name": str(body.get("actionName") or "API"),
    }
    delta = int(apply(contact.points, amount)) - contact.points
    contacts.add_points(state, contact, delta, log, Save(call.actor))
    return 200, {"success": 1}, {}


def dnc_add(state: State, call: Call, entity_id: int, channel: str) -> Answer:
    """Set do-not-contact; without a reason it is 3, manual."""
    contact = require(state, entity_id)
    body = body_of(call)
    reason = search.number(body.get("reason"), 3)
    if reason not in (1, 2, 3):
        raise ApiError(400, "Invalid reason.")
    comments = str(body.get("comments") or "")
    contacts.subscribe(state, contact, Refusal(channel, reason, comments), call.actor)
    return 200, {"contact": payloads.sparse(state, contact)}, {}


def dnc_remove(state: State, call: Call, entity_id: int, channel: str) -> Answer:
    """Lift do-not-contact and tell whether it was set."""
    contact = require(state, entity_id)
    found = contacts.subscribe(state, contact, Refusal(channel, 0), call.actor)
    shown = payloads.sparse(state, contact)
    return 200, {"recordFound": found, "contact": shown}, {}


def utm_add(state: State, call: Call, entity_id: int) -> Answer:
    """Add a set of UTM tags; `lastActive` dates it."""
    contact = require(state, entity_id)
    body = body_of(call)
    at = php.read_date(body.get("lastActive"))
    tags = body | {
        "remote_host": body.get("remotehost"),
        "user_agent": body.get("useragent"),
    }
    contacts.add_utm(state, contact, tags, at)
    contact.last_active = at or contact.last_active
    contacts.save(state, contact, Save(call.actor))
    return 200, {"contact": payloads.sparse(state, contact)}, {}


def segments(state: State, _call: Call, entity_id: int) -> Answer:
    """List the segments a contact is in."""
    contact = require(state, entity_id)
    shown = {
        str(segment): _membership(state.tables["segments"][segment], row)
        for (segment, member), row in state.members.items()
        if member == contact.id and not row["manually_removed"]
    }
    return 200, {"total": len(shown), "lists": shown or []}, {}


def _membership(segment: Item, row: Item) -> Item:
    return {
        "id": segment["id"],
        "name": segment["name"],
        "alias": segment["alias"],
        "dateAdded": php.iso(php.read_date(row["date_added"])),
        "manuallyRemoved": bool(row["manually_removed"]),
        "manuallyAdded": bool(row["manually_added"]),
    }


def campaigns(state: State, _call: Call, entity_id: int) -> Answer:
    """List the campaigns a contact is in."""
    contact = require(state, entity_id)
    shown: dict[str, Any] = {}
    for (campaign_id, member), row in state.campaigners.items():
        campaign = state.tables["campaigns"].get(campaign_id)
        if member == contact.id and campaign and not row["manually_removed"]:
            shown[str(campaign_id)] = {
                "id": campaign_id,
                "name": campaign["name"],
                "listMembership": list(campaign["lists"]),
                "dateAdded": php.iso(php.read_date(row["date_added"])),
                "manuallyRemoved": False,
                "manuallyAdded": bool(row["manually_added"]),
            }
    return 200, {"total": len(shown), "campaigns": shown or []}, {}


def notes(state: State, call: Call, entity_id: int) -> Answer:
    """List a contact's notes, newest first; the contact in them is empty."""
    contact = require(state, entity_id)
    rows = [
        row
        for row in reversed(state.tables["notes"].values())
        if row["lead"] == contact.id
    ]
    keys = ["id", "text", "type", "dateTime"]
    shown = [
        {key: row[key] for key in keys if row[key] is not None} | {"lead": {}}
        for row in search.page(rows, call.query)
    ]
    return 200, {"total": len(rows), "notes": shown}, {}


def devices(state: State, _call: Call, entity_id: int) -> Answer:
    """List a contact's devices."""
    contact = require(state, entity_id)
    shown = [
        {
            "id": row["id"],
            "lead": {},
            "device": row["device"],
            "deviceBrand": "",
            "deviceModel": "",
        }
        for row in state.logs["lead_devices"]
        if row["lead_id"] == contact.id
    ]
    return 200, {"total": len(shown), "devices": shown}, {}


def owners(state: State, _call: Call) -> Answer:
    """List who can own a contact."""
    keys = ("id", "firstName", "lastName")
    users = state.tables["users"].values()
    return 200, [{key: user[key] for key in keys} for user in users], {}


def stage_add(state: State, call: Call, entity_id: int, contact_id: int) -> Answer:
    """Put a contact in a stage; always writes a row in the stage log."""
    return _stage(state, call, entity_id, contact_id, "Manually Added")


def stage_remove(state: State, call: Call, entity_id: int, contact_id: int) -> Answer:
    """Take a contact out of a stage."""
    return _stage(state, call, entity_id, contact_id, "Manually Removed")


def _stage(
    state: State, call: Call, entity_id: int, contact_id: int, action: str
) -> Answer:
    contact = require(state, contact_id)
    if entity_id not in state.tables["stages"]:
        raise not_found()
    contacts.set_stage(state, contact, entity_id, action)
    contacts.save(state, contact, Save(call.actor))
    return 200, {"success": 1}, {}
