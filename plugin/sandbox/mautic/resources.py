"""Tags, stages, categories, notes, hooks, roles and users."""

import re
from typing import Any

from plugin.sandbox.mautic import payloads, php
from plugin.sandbox.mautic.crud import Resource, by_name, truth
from plugin.sandbox.mautic.hooks import PREFIX
from plugin.sandbox.mautic.model import Call, Item, crash, invalid
from plugin.sandbox.mautic.state import State

NOTE_TYPES = ("general", "email", "call", "meeting")
#: trigger -> label, description; as GET /api/hooks/triggers answers
TRIGGERS = {
    "company_post_save": (
        "Company Create/Update Event",
        "Triggered when a company is created/updated",
    ),
    "company_post_delete": (
        "Company Deleted Event",
        "Triggered when a company is deleted",
    ),
    "lead_channel_subscription_changed": (
        "Contact Channel Subscription Change Event",
        "Triggered when a contact's channel subscription status changes.",
    ),
    "lead_company_change": (
        "Contact Company Subscription Change Event",
        "Triggered when a commpany is added or removed to/from contact",
    ),
    "lead_post_delete": (
        "Contact Deleted Event",
        "Triggered when a contact is deleted.",
    ),
    "lead_post_save_new": (
        "Contact Identified Event",
        "Triggered when a contact is identified.",
    ),
    "lead_points_change": (
        "Contact Points Changed Event",
        "Triggered when a contact's points are modified.",
    ),
    "lead_list_change": (
        "Contact Segment Membership Change Event",
        "Triggered when a contact segment membership is changed",
    ),
    "lead_post_save_update": (
        "Contact Updated Event",
        "Triggered when a contact is updated.",
    ),
    "email_on_open": ("Email Open Event", "mautic.email.webhook.event.open_desc"),
    "email_on_send": ("Email Send Event", "mautic.email.webhook.event.send_desc"),
    "form_on_submit": (
        "Form Submit Event",
        "mautic.form.webhook.event.form.submit_desc",
    ),
    "page_on_hit": ("Page Hit Event", "mautic.page.webhook.event.hit_desc"),
    "sms_on_send": ("Text Send Event", "mautic.sms.webhook.event.send_desc"),
}


def triggers(state: State | None = None) -> Item:
    """List what a hook can subscribe to in this version; None is the newest."""
    return {
        PREFIX + name: {"label": label, "description": text}
        for name, (label, text) in TRIGGERS.items()
        if state is None or state.is_since(*SINCE.get(name, (4, 0)))
    }


#: Triggers that came later -> the version that brought them.
SINCE = {"lead_list_change": (5, 0)}


def slug(text: str, taken: set[str]) -> str:
    """Clean an alias with dashes and number it when it is taken."""
    base = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")
    alias, number = base, 0
    while alias in taken:
        number += 1
        alias = f"{base}{number}"
    return alias


def category_of(state: State, row: Item) -> Item | None:
    """Show the category of an entity, or null."""
    found = state.tables["categories"].get(row.get("category") or 0)
    return found and {
        "createdByUser": found["createdByUser"],
        "modifiedByUser": found["modifiedByUser"],
    } | _category(state, found)


def _category(_state: State, row: Item) -> Item:
    keys = ["id", "title", "alias", "description", "color", "bundle"]
    return {key: row[key] for key in keys}


def _check_category(state: State, _call: Call, body: Item, row: Item | None) -> Item:
    if row is not None:
        return {}
    if not body.get("bundle"):
        raise invalid({"bundle": "This value should not be blank."})
    bundle = body["bundle"]
    rows = state.tables["categories"].values()
    taken = {other["alias"] for other in rows if other["bundle"] == bundle}
    return {"alias": slug(str(body.get("alias") or body["title"]), taken)}


def _check_tag(_state: State, _call: Call, body: Item, row: Item | None) -> Item:
    if row is None and not body.get("tag"):
        raise crash()
    return {}


def _tag(_state: State, row: Item) -> Item:
    return {key: row[key] for key in ("id", "tag", "description")}


def _forget_tag(state: State, _call: Call, row: Item) -> None:
    for contact in state.contacts.values():
        if row["id"] in contact.tags:
            contact.tags.remove(row["id"])


def with_category(state: State, row: Item) -> Item:
    """Show a row with its category written out."""
    return row | {"category": category_of(state, row)}


def _check_hook(state: State, call: Call, body: Item, row: Item | None) -> Item:
    url = body.get("webhookUrl", row["webhookUrl"] if row else "")
    if not re.match(r"https?://[^\s/]+", str(url)):
        raise invalid({"webhookUrl": "A valid URL is required."})
    before = list(row["triggers"]) if row and call.method == "PATCH" else []
    # PATCH adds triggers, PUT sets them; nobody checks whether they exist.
    added = [name for name in body.get("triggers") or [] if name not in before]
    columns: Item = {"triggers": before + added}
    if row is None or call.method == "PUT":
        number = state.next("hook secrets")
        columns["secret"] = body.get("secret") or state.token("hook", number, length=64)
    return columns


def _check_note(state: State, _call: Call, body: Item, row: Item | None) -> Item:
    kind = body.get("type", row["type"] if row else "general")
    if kind not in NOTE_TYPES:
        raise invalid({"type": "This value is not valid."})
    if row is not None:
        return {}
    contact = state.contact(int(body.get("lead") or 0))
    if contact is None:
        raise invalid({"lead": "This value should not be blank."})
    return {"lead": contact.id, "type": kind, "dateTime": _moment(body.get("dateTime"))}


def _moment(value: Any) -> str | None:
    return php.iso(php.read_date(value))


def _note(state: State, row: Item) -> Item:
    keys = ["id", "text", "type", "dateTime"]
    contact = state.contact(row["lead"])
    shown = payloads.lead(state, contact) if contact else {}
    return {key: row[key] for key in keys} | {"lead": shown}


def _check_role(_state: State, _call: Call, body: Item, row: Item | None) -> Item:
    kept = row["isAdmin"] if row else False
    return {"isAdmin": truth(body.get("isAdmin", kept))}


def _user(state: State, row: Item) -> Item:
    shown = payloads.user(state, row["id"]) or {}
    return {key: value for key, value in row.items() if key != "password"} | shown


TAGS = Resource(
    path="tags",
    one="tag",
    many="tags",
    table="tags",
    keyed=True,
    stamped=False,
    columns={"tag": None, "description": None},
    check=_check_tag,
    shape=_tag,
    before_delete=_forget_tag,
)
STAGES = Resource(
    path="stages",
    one="stage",
    many="stages",
    table="stages",
    columns={
        "name": None,
        "category": None,
        "weight": 0,
        "description": None,
        "publishUp": None,
        "publishDown": None,
    },
    required={"name": "A name is required."},
    shape=with_category,
)
CATEGORIES = Resource(
    path="categories",
    one="category",
    many="categories",
    table="categories",
    columns={
        "title": None,
        "alias": None,
        "description": None,
        "color": None,
        "bundle": None,
    },
    required={"title": "A title is required."},
    check=_check_category,
    shape=_category,
    order=by_name,
)
HOOKS = Resource(
    path="hooks",
    one="hook",
    many="hooks",
    table="hooks",
    keyed=True,
    columns={
        "name": None,
        "description": None,
        "webhookUrl": None,
        "secret": None,
        "eventsOrderbyDir": None,
        "category": None,
        "triggers": [],
    },
    required={"name": "A name is required."},
    check=_check_hook,
    order=by_name,
)
NOTES = Resource(
    path="notes",
    one="note",
    many="notes",
    table="notes",
    stamped=False,
    columns={"text": None, "type": "general", "dateTime": None, "lead": None},
    required={"text": "This value should not be blank."},
    check=_check_note,
    shape=_note,
)
ROLES = Resource(
    path="roles",
    one="role",
    many="roles",
    table="roles",
    columns={
        "name": None,
        "description": None,
        "isAdmin": False,
        "rawPermissions": None,
    },
    required={"name": "A name is required."},
    check=_check_role,
)
USERS = Resource(
    path="users",
    one="user",
    many="users",
    table="users",
    columns={
        "username": None,
        "firstName": "",
        "lastName": "",
        "email": "",
        "position": None,
        "role": None,
        "password": "",
    },
    required={"username": "A username is required."},
    shape=_user,
)
