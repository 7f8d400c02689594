"""A contact's write body: what of it is refused, ignored, dropped or stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.sandbox.mautic import contacts, fields, php
from plugin.sandbox.mautic.contacts import Refusal, Save
from plugin.sandbox.mautic.fields import Field
from plugin.sandbox.mautic.model import Actor, Contact, Item, crash, invalid
from plugin.sandbox.mautic.payloads import Origin
from plugin.sandbox.mautic.state import State

#: Stands for "not in the body", which null is not.
ABSENT = object()


@dataclass
class Edit:
    """A validated body: only what it will store."""

    values: Item = field(default_factory=dict)
    points: int | None = None
    owner: Any = ABSENT
    stage: Any = ABSENT
    add_tags: list[str] = field(default_factory=list)
    remove_tags: list[str] = field(default_factory=list)
    #: blanks were asked to overwrite; Mautic's payload then has "" for null
    blanking: bool = False


def read(state: State, body: Mapping[str, Any], *, put: bool = False) -> Edit:
    """Validate a body; raises ApiError 400 with every field that is wrong."""
    if "frequencyRules" in body:
        raise crash()
    problems: dict[str, str] = {}
    edit = Edit(blanking=_truth(body.get("overwriteWithBlank")))
    for name, value in body.items():
        found = state.fields.get(name)
        if found is not None and found.published:
            _read_field(edit, found, value, problems, put=put)
    _read_links(state, edit, body, problems)
    if problems:
        raise invalid(problems)
    edit.add_tags, edit.remove_tags = _tags(body.get("tags"))
    return edit


def _read_field(
    edit: Edit, found: Field, value: Any, problems: dict[str, str], *, put: bool
) -> None:
    if value is None or value in ("", []):
        # "" clears text, number and select; only null clears dates as well.
        clears = edit.blanking and not (
            value == "" and found.type in ("date", "datetime")
        )
        if put or clears:
            edit.values[found.alias] = None
        return
    try:
        cleaned = fields.clean(found, value)
    except fields.BadValueError as error:
        problems[found.alias] = str(error)
        return
    if cleaned is None or (not put and fields.is_dropped(value)):
        return
    if found.alias == "points":
        edit.points = int(cleaned)
    elif found.alias != "last_active":
        edit.values[found.alias] = cleaned


def _read_links(
    state: State, edit: Edit, body: Mapping[str, Any], problems: dict[str, str]
) -> None:
    for name, table in (("owner", "users"), ("stage", "stages")):
        if name not in body:
            continue
        value = body[name]
        number = _number(value)
        if value in (None, ""):
            setattr(edit, name, None)
        elif number in state.tables[table]:
            setattr(edit, name, number)
        else:
            problems[name] = "This value is not valid."


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _truth(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "on")


def _tags(value: Any) -> tuple[list[str], list[str]]:
    names = value.split(",") if isinstance(value, str) else value or []
    cleaned = [str(name).strip() for name in names]
    remove = [name[1:] for name in cleaned if name.startswith("-")]
    return [name for name in cleaned if name and name[0] != "-"], remove


def check_unique(state: State, contact: Contact, edit: Edit) -> None:
    """Refuse unique values of another contact: 5.1.1 answers 422, it does not merge."""
    unique = [f.alias for f in state.fields.values() if f.unique]
    for alias in unique:
        value = edit.values.get(alias)
        other = contacts.find(state, {alias: value}) if value else None
        if other is not None and other is not contact:
            raise invalid({alias: "This field must be unique."}, 422)


def create(
    state: State, body: Mapping[str, Any], actor: Actor, *, put: bool = False
) -> Contact:
    """Create a contact from a body and send what names it."""
    edit = read(state, body, put=put)
    contact = contacts.create(state, actor)
    defaults = {
        f.alias: fields.clean(f, f.default)
        for f in state.fields.values()
        if f.default not in (None, "") and f.alias != "points"
    }
    contacts.set_values(state, contact, defaults)
    _store(state, contact, edit)
    _store_rest(state, contact, body, actor)
    contacts.save(state, contact, Save(actor, Origin.FRESH), new=True)
    return contact


def patch(
    state: State,
    contact: Contact,
    body: Mapping[str, Any],
    actor: Actor,
    *,
    batch: bool = False,
) -> None:
    """Change what the body says; nothing is sent when nothing changed.

    In a batch a contact with points sends points_change (old == new) and
    save_update even then.
    """
    edit = read(state, body)
    check_unique(state, contact, edit)
    old = contact.points
    changed = _store(state, contact, edit)
    changed = _store_rest(state, contact, body, actor) or changed
    points = (old, contact.points) if contact.points != old else None
    if batch and contact.points and points is None:
        points, changed = (old, old), True
    if changed:
        shown = _shown(state, contact, edit)
        contacts.save(state, contact, Save(actor, points=points, shown=shown))


def put(state: State, contact: Contact, body: Mapping[str, Any], actor: Actor) -> None:
    """Set what the body says and blank every other field; points become 0."""
    edit = read(state, body, put=True)
    check_unique(state, contact, edit)
    blank = dict.fromkeys(state.fields)
    edit.values = blank | edit.values
    edit.points = edit.points or 0
    old = contact.points
    changed = _store(state, contact, edit)
    changed = _store_rest(state, contact, body, actor) or changed
    contact.last_active = None
    points = (old, contact.points) if contact.points != old else None
    if changed:
        contacts.save(state, contact, Save(actor, points=points))


def _store(state: State, contact: Contact, edit: Edit) -> bool:
    changed = contacts.set_values(state, contact, edit.values)
    if edit.points is not None and edit.points != contact.points:
        contact.points, changed = edit.points, True
    if edit.owner is not ABSENT and edit.owner != contact.owner:
        contact.owner, changed = edit.owner, True
    if edit.stage is not ABSENT:
        changed = contacts.set_stage(state, contact, edit.stage) or changed
    tagged = contacts.change_tags(state, contact, edit.add_tags, edit.remove_tags)
    return tagged or changed


def _store_rest(
    state: State, contact: Contact, body: Mapping[str, Any], actor: Actor
) -> bool:
    changed = False
    if active := php.read_date(body.get("lastActive")):
        contact.last_active, changed = active, True  # always counts as a change
    if address := body.get("ipAddress"):
        number = state.ip(str(address))
        changed = changed or number not in contact.ips
        contact.ips += [] if number in contact.ips else [number]
    for row in body.get("doNotContact") or []:
        reason = _number(row.get("reason"))
        comments = str(row.get("comments") or "")
        refusal = Refusal(str(row["channel"]), reason, comments)
        contacts.subscribe(state, contact, refusal, actor)
    return changed


def _shown(state: State, contact: Contact, edit: Edit) -> Item:
    shown: Item = {}
    for found in state.custom_fields():
        value = contact.values.get(found.alias)
        if found.type == "boolean" and value is not None:
            shown[found.alias] = bool(value)
        if (
            edit.blanking
            and value is None
            and found.alias not in ("points", "last_active")
        ):
            shown[found.alias] = ""
    return shown
