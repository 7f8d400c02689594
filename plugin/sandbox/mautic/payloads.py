"""Contacts as Mautic writes them: in webhooks, in REST and inside other things.

The same contact looks different by origin. Freshly created, its fields have
integer ids and parsed properties; loaded from the database the ids are text and
the properties PHP-serialized; from the command line every value is text. Empty
objects come as `[]` in webhooks.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from plugin.sandbox.mautic import php
from plugin.sandbox.mautic.fields import GROUPS, Field, normalized
from plugin.sandbox.mautic.model import Contact, Item
from plugin.sandbox.mautic.state import State


class Origin(Enum):
    """Where the contact was before it was written out."""

    FRESH = "created in this request"
    DATABASE = "loaded from the database"
    CONSOLE = "loaded by a cron job"


#: Contact columns that stand beside `fields` when no groups are asked for.
TOP_LEVEL = [
    "title",
    "firstname",
    "lastname",
    "company",
    "position",
    "email",
    "phone",
    "mobile",
    "address1",
    "address2",
    "city",
    "state",
    "zipcode",
    "timezone",
    "country",
]
IP_DETAILS = dict.fromkeys(
    [
        "city",
        "region",
        "zipcode",
        "country",
        "latitude",
        "longitude",
        "isp",
        "organization",
        "timezone",
        "extra",
    ],
    "",
)


def details(
    state: State,
    contact: Contact,
    origin: Origin = Origin.DATABASE,
    shown: Mapping[str, Any] | None = None,
) -> Item:
    """Write the contact of the save, points, DNC and delete webhooks.

    `shown` replaces field values: what the entity in memory held then.
    """
    stage = state.tables["stages"].get(contact.stage or 0)
    return _head(contact) | {
        "fields": grouped(state, contact, origin, shown),
        "lastActive": php.iso(contact.last_active),
        "owner": owner(state, contact),
        "ipAddresses": addresses(state, contact),
        "tags": tags(state, contact),
        "utmtags": None if origin is Origin.FRESH else [[] for _ in contact.utm],
        "stage": stage and _by(stage),
        "dateIdentified": php.iso(contact.date_identified),
        "preferredProfileImage": contact.image,
        "doNotContact": [_dnc(row) for row in contact.dnc],
        "frequencyRules": [],
    }


def rest(
    state: State,
    contact: Contact,
    origin: Origin = Origin.DATABASE,
    boolean: type = int,
) -> Item:
    """Write the contact of a REST answer: with `fields.all`, stage and UTM.

    `boolean` is how booleans come in `all`: 1 when read, true when just
    written, "1" in a list.
    """
    item = details(state, contact, origin)
    item["fields"]["all"] = flat(state, contact, boolean)
    item["stage"] = stage_of(state, contact)
    if origin is not Origin.FRESH:
        item["utmtags"] = [utm(row) for row in contact.utm]
    return item


def minimal(state: State, contact: Contact) -> Item:
    """Write the contact of a list asked for with minimal=1."""
    fields = grouped(state, contact) | {"all": flat(state, contact, str)}
    return _head(contact) | {"fields": fields}


def full(state: State, contact: Contact) -> Item:
    """Write the contact with everything, as webhooks without groups do."""
    item = details(state, contact)
    top = {alias: contact.values.get(alias) for alias in TOP_LEVEL}
    stage = state.tables["stages"].get(contact.stage or 0)
    return (
        _head(contact)
        | top
        | item
        | {
            "owner": user(state, contact.owner),
            "utmtags": [utm(row) for row in contact.utm],
            "stage": stage and whole_stage(stage),
        }
    )


def sparse(state: State, contact: Contact) -> Item:
    """Write the contact of DNC and UTM answers: everything, nulls left out."""
    item = full(state, contact)
    item["doNotContact"] = [
        _dnc(row) | {"dateAdded": row["dateAdded"]} for row in contact.dnc
    ]
    stage = state.tables["stages"].get(contact.stage or 0)
    item["stage"] = stage and dict(stage)
    if item["owner"]:
        item["owner"] |= {"isPublished": True}
        item["owner"]["role"] |= {"isPublished": True}
    cleaned = without_nulls(item)
    assert isinstance(cleaned, dict)  # noqa: S101  # a dict stays one
    return cleaned


def lead(
    state: State,
    contact: Contact,
    shown: Mapping[str, Any] | None = None,
    origin: Origin = Origin.DATABASE,
) -> Item:
    """Write the contact inside a hit, a submission or an e-mail statistic."""
    return {
        "id": contact.id,
        "points": contact.points,
        "color": None,
        "fields": grouped(state, contact, origin, shown),
    }


def value(field: Field, contact: Contact) -> Any:
    """Give one field's value as the database holds it."""
    if field.alias == "points":
        return contact.points
    if field.alias == "last_active":
        return php.sql(contact.last_active)
    found = contact.values.get(field.alias)
    return int(found) if isinstance(found, bool) else found


def flat(state: State, contact: Contact, boolean: type = int) -> Item:
    """Write alias -> value, as `fields.all` and email_on_send do."""
    values = {field.alias: value(field, contact) for field in state.custom_fields()}
    for alias, found in contact.values.items():
        if isinstance(found, bool) and alias in values:
            values[alias] = str(int(found)) if boolean is str else boolean(found)
    return {"id": str(contact.id)} | values


def grouped(
    state: State,
    contact: Contact,
    origin: Origin = Origin.DATABASE,
    shown: Mapping[str, Any] | None = None,
) -> Item:
    """Write `fields`: group -> alias -> field with its value; empty groups `[]`."""
    groups: dict[str, Item] = {group: {} for group in GROUPS}
    for field in state.custom_fields():
        raw = _raw(field, contact, origin)
        if shown is not None and field.alias in shown:
            raw = shown[field.alias]
        groups[field.group][field.alias] = _field(field, raw, origin)
    return {group: found or [] for group, found in groups.items()}


def _raw(field: Field, contact: Contact, origin: Origin) -> Any:
    if origin is Origin.FRESH:
        return contact.values.get(field.alias)
    raw = value(field, contact)
    if origin is Origin.CONSOLE and raw is not None:
        return str(raw)
    return raw


def _field(field: Field, raw: Any, origin: Origin) -> Item:
    if origin is Origin.FRESH:
        head: Item = {
            "id": field.id,
            "group": field.group,
            "label": field.label,
            "alias": field.alias,
            "type": field.type,
            "properties": field.properties or [],
        }
    else:
        head = {
            "id": str(field.id),
            "label": field.label,
            "alias": field.alias,
            "type": field.type,
            "group": field.group,
            "object": "lead",
            "is_fixed": "1" if field.fixed else "0",
            "properties": field.serialized,
            "default_value": field.default,
        }
    return head | {"value": raw, "normalizedValue": normalized(field, raw)}


def owner(state: State, contact: Contact) -> Item | None:
    """Write the owner as the save webhooks and REST do."""
    row = state.tables["users"].get(contact.owner or 0)
    return row and _by(row) | {
        key: row[key] for key in ("id", "username", "firstName", "lastName")
    }


def user(state: State, user_id: int | None) -> Item | None:
    """Write a user with everything but stamps, as webhooks without groups do."""
    row = state.tables["users"].get(user_id or 0)
    if row is None:
        return None
    keys = ["id", "username", "firstName", "lastName", "email", "position"]
    role = state.tables["roles"][row["role"]]
    return (
        _by(row)
        | {key: row[key] for key in keys}
        | {
            "role": _by(role)
            | {
                key: role[key]
                for key in ("id", "name", "description", "isAdmin", "rawPermissions")
            },
            "timezone": "",
            "locale": "",
            "lastLogin": row.get("lastLogin"),
            "lastActive": row.get("lastActive"),
            "signature": None,
        }
    )


def addresses(state: State, contact: Contact) -> list[Item]:
    """Write the contact's IP addresses."""
    return [address(state, ip) for ip in contact.ips]


def address(state: State, ip: int) -> Item:
    """Write one IP address; nothing looks up where it is."""
    text = state.tables["ip_addresses"][ip]["ip_address"]
    return {"ipAddress": text, "id": ip, "ipDetails": dict(IP_DETAILS)}


def tags(state: State, contact: Contact) -> list[Item]:
    """Write the contact's tags, by name as Mautic reads them."""
    rows = [state.tables["tags"][tag] for tag in contact.tags]
    rows.sort(key=lambda row: str(row["tag"]))
    return [
        {"id": row["id"], "tag": row["tag"], "description": row["description"]}
        for row in rows
    ]


def stage_of(state: State, contact: Contact) -> Item | None:
    """Write the contact's stage as REST does."""
    stage = state.tables["stages"].get(contact.stage or 0)
    keys = ["id", "name", "category", "weight", "description"]
    return stage and _by(stage) | {key: stage[key] for key in keys}


def whole_stage(stage: Item) -> Item:
    """Write a stage as webhooks without groups do."""
    keys = [
        "id",
        "name",
        "category",
        "weight",
        "description",
        "publishUp",
        "publishDown",
    ]
    return _by(stage) | {key: stage.get(key) for key in keys}


def utm(row: Item) -> Item:
    """Write one set of UTM tags from its row of lead_utmtags."""
    return {
        "id": row["id"],
        "query": row["query"],
        "referer": row["referer"],
        "remoteHost": row["remote_host"],
        "url": row["url"],
        "userAgent": row["user_agent"],
        "utmCampaign": row["utm_campaign"],
        "utmContent": row["utm_content"],
        "utmMedium": row["utm_medium"],
        "utmSource": row["utm_source"],
        "utmTerm": row["utm_term"],
    }


def database_row(state: State, contact: Contact) -> Item:
    """Write a contact as its row of the database: every value as text."""
    email = str(contact.values.get("email") or "")
    columns: Item = {
        "id": contact.id,
        "owner_id": contact.owner,
        "stage_id": contact.stage,
        "is_published": 1,
        "date_added": php.sql(contact.date_added),
        "created_by": contact.created_by.id,
        "created_by_user": contact.created_by.name,
        "date_modified": php.sql(contact.date_modified),
        "modified_by": contact.modified_by.id,
        "modified_by_user": contact.modified_by.name,
        "checked_out": None,
        "checked_out_by": None,
        "checked_out_by_user": None,
        "internal": php.serialize({}),
        "social_cache": php.serialize({}),
        "date_identified": php.sql(contact.date_identified),
        "preferred_profile_image": contact.image,
        "generated_email_domain": email.rpartition("@")[2] or None,
    }
    columns |= {field.alias: value(field, contact) for field in state.custom_fields()}
    return {k: v if v is None else str(v) for k, v in columns.items()}


def without_nulls(item: Any) -> Any:
    """Leave out every null, at any depth."""
    if isinstance(item, dict):
        return {k: without_nulls(v) for k, v in item.items() if v is not None}
    if isinstance(item, list):
        return [without_nulls(entry) for entry in item]
    return item


def _head(contact: Contact) -> Item:
    return {
        "isPublished": True,
        "dateAdded": php.iso(contact.date_added),
        "dateModified": php.iso(contact.date_modified),
        "createdBy": contact.created_by.id,
        "createdByUser": contact.created_by.name,
        "modifiedBy": contact.modified_by.id,
        "modifiedByUser": contact.modified_by.name,
        "id": contact.id,
        "points": contact.points,
        "color": None,
    }


def _by(row: Item) -> Item:
    return {
        "createdByUser": row.get("createdByUser"),
        "modifiedByUser": row.get("modifiedByUser"),
    }


def _dnc(row: Item) -> Item:
    keys = ("id", "reason", "comments", "channel", "channelId")
    return {key: row[key] for key in keys}
