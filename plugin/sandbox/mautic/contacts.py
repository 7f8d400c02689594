"""What can happen to a contact, and the events each of those things causes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.sandbox.mautic import hooks, payloads, php
from plugin.sandbox.mautic.model import NOBODY, Actor, Contact, Item
from plugin.sandbox.mautic.payloads import Origin
from plugin.sandbox.mautic.state import State

#: The creator of a contact that a visitor's browser started.
NOBODY_YET = Actor(None, None)
STATUSES = {0: "contactable", 1: "unsubscribed", 2: "bounced", 3: "manual"}
#: History that follows a contact into a merge; UTM rows of the loser do not.
FOLLOWING = [
    "page_hits",
    "email_stats",
    "form_submissions",
    "asset_downloads",
    "video_hits",
    "lead_stages_change_log",
    "lead_points_change_log",
    "lead_event_log",
    "lead_devices",
    "campaign_lead_event_log",
]


@dataclass(frozen=True)
class Save:
    """How one save shows itself in its events.

    `points` is (old, new) when points changed; with `stale` the contact in the
    payload still has the old ones. `shown` replaces field values in memory.
    """

    actor: Actor
    origin: Origin = Origin.DATABASE
    points: tuple[int, int] | None = None
    stale: bool = False
    shown: Mapping[str, Any] | None = None
    source: str = "api-single"


@dataclass(frozen=True)
class Refusal:
    """A wish not to be contacted; reason 0 lifts it, 3 is set by hand."""

    channel: str
    reason: int
    comments: str = ""


def create(state: State, actor: Actor) -> Contact:
    """Add an empty contact; nothing is sent before something names it."""
    number = state.next("contacts")
    contact = Contact(number, state.now(), actor)
    state.contacts[number] = contact
    state.audit(actor, "lead", number, "create")
    return contact


def save(state: State, contact: Contact, how: Save, *, new: bool = False) -> None:
    """Stamp the contact and send points_change and save_new or save_update."""
    identified = contact.date_identified is None and not contact.anonymous
    if identified:
        contact.date_identified = state.now()
    if not new:
        contact.date_modified = state.now()
        contact.modified_by = how.actor
        state.audit(how.actor, "lead", contact.id, "update")
    announce(state, contact, how, identified=identified)


def announce(
    state: State, contact: Contact, how: Save, *, identified: bool = False
) -> None:
    """Send what one save of a contact causes, points first."""
    if how.points is not None:
        old, fresh = how.points
        change = {"points": {"old_points": old, "new_points": fresh}}
        hooks.emit(
            state,
            "lead_points_change",
            lambda: {"contact": _seen(state, contact, how)} | change,
        )
    if contact.anonymous:
        return
    if identified:
        _log_identified(state, contact, how)
    name = "lead_post_save_new" if identified else "lead_post_save_update"
    hooks.emit(state, name, lambda: {"contact": _seen(state, contact, how)})


def _seen(state: State, contact: Contact, how: Save) -> Item:
    shown = dict(how.shown or {})
    if how.stale and how.points is not None:
        shown["points"] = how.points[0]
    item = payloads.details(state, contact, how.origin, shown)
    if "points" in shown:
        item["points"] = shown["points"]
    return item


def _log_identified(state: State, contact: Contact, how: Save) -> None:
    described = {"object_description": (how.actor.name or "").strip() or how.source}
    state.log(
        "lead_event_log",
        lead_id=contact.id,
        bundle="lead",
        object=how.source,
        action="identified_contact",
        date_added=php.sql(state.now()),
        properties=json.dumps(described),
    )


def set_values(state: State, contact: Contact, values: Mapping[str, Any]) -> bool:
    """Store field values by alias; tell whether any of them is new."""
    changed = {k: v for k, v in values.items() if contact.values.get(k) != v}
    if "email" in changed:
        _unindex(state, contact)
        if changed["email"]:
            state.by_email[str(changed["email"]).lower()] = contact.id
    contact.values.update(changed)
    return bool(changed)


def _unindex(state: State, contact: Contact) -> None:
    old = str(contact.values.get("email") or "").lower()
    if state.by_email.get(old) == contact.id:
        del state.by_email[old]


def find(state: State, values: Mapping[str, Any]) -> Contact | None:
    """Find the contact one of these unique fields belongs to."""
    email = str(values.get("email") or "").lower()
    if email in state.by_email:
        return state.contacts[state.by_email[email]]
    unique = [
        f.alias
        for f in state.fields.values()
        if f.unique and f.alias != "email" and values.get(f.alias)
    ]
    for alias in unique:
        for contact in state.contacts.values():
            if contact.values.get(alias) == values[alias]:
                return contact
    return None


def change_tags(
    state: State, contact: Contact, add: Iterable[str], remove: Iterable[str] = ()
) -> bool:
    """Add and remove tags by name; tell whether that changed anything."""
    before = list(contact.tags)
    for name in add:
        tag = state.tag(name)
        if tag["id"] not in contact.tags:
            contact.tags.append(tag["id"])
    for name in remove:
        row = state.tables["tags"].first(tag=name)
        if row is not None and row["id"] in contact.tags:
            contact.tags.remove(row["id"])
    return before != contact.tags


def set_stage(
    state: State, contact: Contact, stage: int | None, action: str = "Stage changed"
) -> bool:
    """Put the contact in a stage or out of it; tell whether it moved."""
    if contact.stage == stage and action == "Stage changed":
        return False
    row = state.tables["stages"].get(stage or contact.stage or 0)
    if action == "Manually Removed":
        stage = None
    contact.stage = stage
    if row is not None:
        gap = "" if action == "Stage changed" else " "
        state.log(
            "lead_stages_change_log",
            lead_id=contact.id,
            stage_id=row["id"],
            event_name=f"{row['id']}:{gap}{row['name']}",
            action_name=action,
            date_added=php.sql(state.now()),
        )
    return True


def add_points(
    state: State, contact: Contact, delta: int, log: Mapping[str, str], how: Save
) -> None:
    """Add points (or take them) with a row in the points log, and save."""
    if not delta:
        return
    old = contact.points
    contact.points = old + delta
    state.log(
        "lead_points_change_log",
        lead_id=contact.id,
        ip_id=state.ip("127.0.0.1"),
        type=log["type"],
        event_name=log["event_name"],
        action_name=log["action_name"],
        delta=abs(delta),
        date_added=php.sql(state.now()),
    )
    points = (old, contact.points)
    save(
        state,
        contact,
        Save(how.actor, how.origin, points, stale=True, shown=how.shown),
    )


def subscribe(state: State, contact: Contact, refusal: Refusal, actor: Actor) -> bool:
    """Set do-not-contact for a channel, or lift it with reason 0.

    Tells whether a record was there. Setting it with another reason reports
    the old status as contactable, which is wrong and what Mautic does.
    """
    channel, reason = refusal.channel, refusal.reason
    row = next((row for row in contact.dnc if row["channel"] == channel), None)
    if (row["reason"] if row else 0) == reason:
        return row is not None
    old = STATUSES[row["reason"]] if row and not reason else "contactable"
    if row and not reason:
        contact.dnc.remove(row)
    elif row:
        row |= _record(state, refusal, row["id"])
    else:
        number = state.next("lead_donotcontact")
        contact.dnc.append(_record(state, refusal, number))
    _announce_subscription(state, contact, channel, (old, STATUSES[reason]), actor)
    return row is not None


def _record(state: State, refusal: Refusal, number: int) -> Item:
    return {
        "id": number,
        "dateAdded": php.iso(state.now()),
        "reason": refusal.reason,
        "comments": refusal.comments,
        "channel": refusal.channel,
        "channelId": None,
    }


def _announce_subscription(
    state: State,
    contact: Contact,
    channel: str,
    change: tuple[str, str],
    actor: Actor,
) -> None:
    contact.date_modified = state.now()
    contact.modified_by = actor
    old, new = change
    hooks.emit(
        state,
        "lead_channel_subscription_changed",
        lambda: {
            "contact": payloads.details(state, contact),
            "channel": channel,
            "old_status": old,
            "new_status": new,
        },
    )
    announce(state, contact, Save(actor))


def add_utm(
    state: State, contact: Contact, tags: Item, at: datetime | None = None
) -> None:
    """Keep a set of UTM tags: keys as the columns of lead_utmtags."""
    columns = ["query", "referer", "remote_host", "url", "user_agent"]
    columns += [f"utm_{n}" for n in ["campaign", "content", "medium", "source", "term"]]
    row: Item = {name: tags.get(name) for name in columns}
    row |= {"lead_id": contact.id, "date_added": php.sql(at or state.now())}
    contact.utm.append(state.log("lead_utmtags", **row))


def delete(state: State, contact: Contact, actor: Actor = NOBODY) -> None:
    """Delete a contact; its id stays outside the payload's contact."""
    state.audit(actor, "lead", contact.id, "delete")
    _unindex(state, contact)
    del state.contacts[contact.id]
    for key in [key for key in state.members if key[1] == contact.id]:
        del state.members[key]
    for key in [key for key in state.campaigners if key[1] == contact.id]:
        del state.campaigners[key]
    hooks.emit(
        state,
        "lead_post_delete",
        lambda: {
            "id": contact.id,
            "contact": payloads.details(state, contact) | {"id": None},
        },
    )


def merge(state: State, winner: Contact, loser: Contact, actor: Actor = NOBODY) -> None:
    """Merge two contacts: the winner is saved, then the loser deleted.

    Nothing in the events links them; a GET of the loser's id finds the winner.
    The winner's fields in the payload are those from before the merge.
    """
    shown = {f.alias: payloads.value(f, winner) for f in state.custom_fields()}
    values = {k: v for k, v in loser.values.items() if v not in (None, "")}
    missing = {k: v for k, v in values.items() if not winner.values.get(k)}
    points = (winner.points, winner.points + loser.points) if loser.points else None
    known = winner.date_identified is not None
    _take_over(state, winner, loser)
    _unindex(state, loser)
    set_values(state, winner, missing)
    winner.date_modified, winner.modified_by = state.now(), actor
    how = Save(actor, points=points, stale=True, shown=shown)
    announce(state, winner, how, identified=not known and not winner.anonymous)
    winner.points += loser.points
    delete(state, loser, actor)
    state.merged[loser.id] = winner.id


def _take_over(state: State, winner: Contact, loser: Contact) -> None:
    dates = [d for d in (winner.date_identified, loser.date_identified) if d]
    winner.date_identified = min(dates, default=None)
    winner.owner = winner.owner or loser.owner
    winner.tags += [tag for tag in loser.tags if tag not in winner.tags]
    winner.ips += [ip for ip in loser.ips if ip not in winner.ips]
    channels = {row["channel"] for row in winner.dnc}
    winner.dnc += [row for row in loser.dnc if row["channel"] not in channels]
    _move_history(state, winner.id, loser.id)


def _move_history(state: State, winner: int, loser: int) -> None:
    for table in FOLLOWING:
        for row in state.logs[table]:
            if row.get("lead_id") == loser:
                row["lead_id"] = winner
    state.logs["lead_utmtags"] = [
        row for row in state.logs["lead_utmtags"] if row["lead_id"] != loser
    ]
    for (event, contact, rotation), row in list(state.journeys.items()):
        if contact == loser:
            state.journeys[event, winner, rotation] = row
    for cookie, contact in state.devices.items():
        if contact == loser:
            state.devices[cookie] = winner
    for members in (state.members, state.campaigners):
        for group, contact in [key for key in members if key[1] == loser]:
            row = members.pop((group, contact))
            members.setdefault((group, winner), row | {"lead_id": winner})
