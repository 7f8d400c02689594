"""What campaign actions do to a contact, and what conditions ask about it."""

from collections.abc import Callable
from typing import Any

from plugin.sandbox.mautic import contacts, editing, hooks, mail, segments
from plugin.sandbox.mautic.contacts import Save
from plugin.sandbox.mautic.model import NOBODY, ApiError, Contact, Item
from plugin.sandbox.mautic.payloads import Origin
from plugin.sandbox.mautic.state import State

CRON = Save(NOBODY, Origin.CONSOLE)


def _change_tags(state: State, event: Item, contact: Contact) -> str | None:
    properties = event["properties"]
    add, remove = properties.get("add_tags") or [], properties.get("remove_tags") or []
    if contacts.change_tags(state, contact, add, remove):
        contacts.save(state, contact, CRON)
    return None


def _send_email(state: State, event: Item, contact: Contact) -> str | None:
    email = state.tables["emails"].get(int(event["properties"].get("email") or 0))
    if email is None or not email["isPublished"]:
        return "The email is not there or not published."
    marketing = event["properties"].get("email_type", "marketing") == "marketing"
    if marketing and mail.refuses(contact):
        return "Contact is on the do not contact list."
    event |= {"channel": "email", "channelId": email["id"]}
    sent = mail.send(state, email, contact, ("campaign.event", event["id"]))
    return None if sent else "The contact has no email address."


def _change_points(state: State, event: Item, contact: Contact) -> str | None:
    log = {
        "type": "campaign",
        "event_name": f"{event['id']}: {event['name']}",
        "action_name": "campaign",
    }
    delta = int(event["properties"].get("points") or 0)
    contacts.add_points(state, contact, delta, log, CRON)
    return None


def _change_stage(state: State, event: Item, contact: Contact) -> str | None:
    if contacts.set_stage(state, contact, int(event["properties"]["stage"])):
        contacts.save(state, contact, CRON)
    return None


def _update_contact(state: State, event: Item, contact: Contact) -> str | None:
    try:
        edit = editing.read(state, event["properties"])
    except ApiError as error:
        return error.message
    if contacts.set_values(state, contact, edit.values):
        contacts.save(state, contact, CRON)
    return None


def _change_segments(state: State, event: Item, contact: Contact) -> str | None:
    for name, change in (
        ("addToLists", segments.add),
        ("removeFromLists", segments.remove),
    ):
        for number in event["properties"].get(name) or []:
            change(state, state.tables["segments"][int(number)], contact, manual=True)
    return None


def _send_webhook(state: State, event: Item, contact: Contact) -> str | None:
    properties = event["properties"]
    data = {
        row["label"]: _token(contact, row["value"])
        for row in _rows(properties, "additional_data")
    }
    headers = {
        row["label"].lower(): _token(contact, row["value"])
        for row in _rows(properties, "headers")
    }
    method = str(properties.get("method") or "post").upper()
    state.pending.append(
        hooks.Request(method, _token(contact, properties["url"]), data, headers)
    )
    return None


def _rows(properties: Item, name: str) -> list[Item]:
    return list((properties.get(name) or {}).get("list") or [])


def _token(contact: Contact, text: Any) -> str:
    found = str(text)
    values = {"id": contact.id} | contact.values
    for alias, value in values.items():
        found = found.replace(f"{{contactfield={alias}}}", str(value or ""))
    return found


Action = Callable[[State, Item, Contact], str | None]
ACTIONS: dict[str, Action] = {
    "lead.changetags": _change_tags,
    "email.send": _send_email,
    "lead.changepoints": _change_points,
    "stage.change": _change_stage,
    "lead.updatelead": _update_contact,
    "lead.changelist": _change_segments,
    "campaign.sendwebhook": _send_webhook,
}


def _has_tag(state: State, contact: Contact, properties: Item) -> bool:
    names = {state.tables["tags"][number]["tag"] for number in contact.tags}
    return bool(names & set(properties.get("tags") or []))


def _has_value(state: State, contact: Contact, properties: Item) -> bool:
    item = {
        "glue": "and",
        "field": properties.get("field"),
        "operator": properties.get("operator", "="),
        "properties": {"filter": properties.get("value")},
    }
    return segments.fits(state, contact, [item])


CONDITIONS: dict[str, Callable[[State, Contact, Item], bool]] = {
    "lead.tags": _has_tag,
    "lead.field_value": _has_value,
}
