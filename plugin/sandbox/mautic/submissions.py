"""Form submissions: who the visitor turns out to be, and the burst that follows.

The tracked contact survives a merge here: an anonymous visitor who fills in a
known e-mail address keeps the anonymous id, and the known contact is deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.sandbox.mautic import (
    campaign_run,
    contacts,
    content,
    editing,
    hooks,
    payloads,
    php,
    tracking,
)
from plugin.sandbox.mautic.contacts import Save
from plugin.sandbox.mautic.model import NOBODY, ApiError, Contact, Item
from plugin.sandbox.mautic.state import State
from plugin.sandbox.mautic.tracking import Browser

BUTTONS = ("button", "captcha", "freetext", "freehtml", "pagebreak")


@dataclass(frozen=True)
class Entry:
    """One filled-in form: by whom, and what of the contact its payload shows."""

    contact: Contact
    shown: Item | None
    referer: str
    results: Item


def missing(form: Item, values: Mapping[str, Any]) -> list[str]:
    """List the labels of required fields that were left blank."""
    return [
        field["label"]
        for field in form["fields"]
        if field["isRequired"] and not str(values.get(field["alias"]) or "").strip()
    ]


def submit(
    state: State,
    browser: Browser,
    form: Item,
    values: Mapping[str, Any],
    referer: str = "",
) -> Item:
    """Store a submission; gives its row of form_submissions."""
    mapped = {
        field["mappedField"]: values[field["alias"]]
        for field in form["fields"]
        if field["mappedField"] in state.fields and values.get(field["alias"])
    }
    contact, shown = _identify(state, browser, mapped, form)
    _act(state, contact, form, shown)
    entry = Entry(contact, shown, referer, _results(form, values))
    return _store(state, browser, form, entry)


def _identify(
    state: State, browser: Browser, mapped: Item, form: Item
) -> tuple[Contact, Item | None]:
    tracked = tracking.visitor(state, browser)
    existing = contacts.find(state, mapped)
    if existing is not None and existing is not tracked and tracked.anonymous:
        return _merge(state, tracked, existing, mapped)
    contact = existing or tracked
    if existing is None and _is_other(tracked, mapped):
        contact = contacts.create(state, contacts.NOBODY_YET)
        contact.image = "gravatar"
        contact.ips.append(state.ip(browser.ip))
    if contact is not tracked:
        state.devices[browser.cookie] = contact.id
    contacts.set_values(state, contact, _clean(state, mapped))
    contact.last_active = contact.last_active or state.now()
    contacts.save(state, contact, Save(NOBODY, source=form["name"]))
    contact.last_active = state.now()
    return contact, None


def _is_other(tracked: Contact, mapped: Item) -> bool:
    email = str(tracked.values.get("email") or "").lower()
    return bool(email) and email != str(mapped.get("email") or email).lower()


def _merge(
    state: State, tracked: Contact, existing: Contact, mapped: Item
) -> tuple[Contact, Item]:
    before = {f.alias: payloads.value(f, tracked) for f in state.custom_fields()}
    tracked.last_active = state.now()
    contacts.merge(state, tracked, existing)
    cleaned = _clean(state, mapped)
    contacts.set_values(state, tracked, cleaned)
    # The entity in memory knows what the form set, but not its e-mail address:
    # that came with the merge. Every event of this burst lacks it.
    visible = {k: v for k, v in cleaned.items() if not state.fields[k].unique}
    shown = before | visible
    contacts.save(state, tracked, Save(NOBODY, shown=shown))
    return tracked, shown


def _clean(state: State, mapped: Item) -> Item:
    cleaned: Item = {}
    for name, value in mapped.items():
        try:
            cleaned |= editing.read(state, {name: value}).values
        except ApiError:
            continue  # the form validates on its own; a bad value is left out
    return cleaned


def _act(state: State, contact: Contact, form: Item, shown: Item | None) -> None:
    for action in form["actions"]:
        properties = action["properties"]
        if action["type"] != "lead.pointschange":
            continue
        sign = -1 if properties.get("operator") == "minus" else 1
        log = {
            "type": "form",
            "event_name": f"{form['id']}:{form['name']}",
            "action_name": str(action["name"]),
        }
        delta = sign * int(properties.get("points") or 0)
        contacts.add_points(state, contact, delta, log, Save(NOBODY, shown=shown))


def _store(
    state: State,
    browser: Browser,
    form: Item,
    entry: Entry,
) -> Item:
    row = state.log(
        "form_submissions",
        form_id=form["id"],
        ip_id=state.ip(browser.ip),
        lead_id=entry.contact.id,
        tracking_id=browser.cookie,
        date_submitted=php.sql(state.now()),
        referer=entry.referer,
        results=entry.results,
    )
    hooks.emit(
        state,
        "form_on_submit",
        lambda: {"submission": _submission(state, form, entry, row)},
    )
    campaign_run.decide(state, entry.contact, "form.submit", form["id"])
    return row


def _results(form: Item, values: Mapping[str, Any]) -> Item:
    return {
        field["alias"]: values.get(field["alias"], "")
        for field in form["fields"]
        if field["type"] not in BUTTONS and field["saveResult"]
    }


def _submission(state: State, form: Item, entry: Entry, row: Item) -> Item:
    about = {key: form[key] for key in ("id", "name", "alias")}
    return {
        "id": row["id"],
        "ipAddress": payloads.address(state, row["ip_id"]),
        "form": about | {"category": content.stripped(form)},
        "lead": payloads.lead(state, entry.contact, entry.shown),
        "trackingId": row["tracking_id"],
        "dateSubmitted": php.iso(state.now()),
        "referer": row["referer"],
        "page": None,
        "results": row["results"],
    }
