"""What the things in Mautic refer to: so that nothing is taken from under others. Pure.

A use is a pair of a `Kind` and either "#7", Mautic's id, or the name by which
Mautic itself refers: the alias of a field, a tag's own text.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from plugin.provision import steps
from plugin.provision.resources import Kind

Raw = Mapping[str, Any]
Use = tuple[Kind, str]

#: Key of a segment's condition -> the kind its values are ids of.
CONDITIONS: Mapping[str, Kind] = {
    "tags": Kind.TAG,
    "stage": Kind.STAGE,
    "leadlist": Kind.SEGMENT,
    "campaign": Kind.CAMPAIGN,
    "lead_email_received": Kind.EMAIL,
    "lead_email_sent": Kind.EMAIL,
}

#: Properties of a campaign's event that hold ids, beside `steps.REFERENCES`.
EVENT_IDS: Mapping[str, Kind] = {
    "campaigns": Kind.CAMPAIGN,
    "addTo": Kind.CAMPAIGN,
    "removeFrom": Kind.CAMPAIGN,
}

#: Properties of a campaign's event that hold tags, by their text.
EVENT_TAGS = ("tags", "add_tags", "remove_tags")

#: How texts in Mautic name a field of the contact.
_TOKEN = re.compile(r"contactfield=([A-Za-z0-9_]+)")


def uses(raw: Raw) -> frozenset[Use]:
    """List what a segment, campaign, e-mail, page, form or other item refers to."""
    return frozenset(one for found in _FINDERS for one in found(raw))


def _conditions(raw: Raw) -> Iterator[Use]:
    for one in _values(raw.get("filters")):
        name = str(one.get("field"))
        kind = CONDITIONS.get(name)
        if kind is None:
            yield Kind.FIELD, name
            continue
        properties = one.get("properties")
        within = properties.get("filter") if isinstance(properties, Mapping) else None
        for value in _listed(one.get("filter") if within is None else within):
            yield kind, f"#{value}"


def _sources(raw: Raw) -> Iterator[Use]:
    for one in _values(raw.get("lists")):
        yield Kind.SEGMENT, f"#{one['id']}"


def _events(raw: Raw) -> Iterator[Use]:
    for event in _values(raw.get("events")):
        properties = event.get("properties")
        if isinstance(properties, Mapping):
            yield from _event(str(event.get("type")), properties)


def _event(event_type: str, properties: Raw) -> Iterator[Use]:
    ids = {**EVENT_IDS, **steps.REFERENCES.get(event_type, {})}
    for name, kind in ids.items():
        for value in _listed(properties.get(name)):
            yield kind, f"#{value}"
    for name in EVENT_TAGS:
        for value in _listed(properties.get(name)):
            yield Kind.TAG, str(value)
    if event_type == "lead.field_value":
        yield Kind.FIELD, str(properties.get("field"))
    if event_type == "lead.updatelead":
        for name in properties:
            yield Kind.FIELD, str(name)


def _category(raw: Raw) -> Iterator[Use]:
    category = raw.get("category")
    if isinstance(category, Mapping) and category.get("id"):
        yield Kind.CATEGORY, f"#{category['id']}"


def _form_fields(raw: Raw) -> Iterator[Use]:
    for one in _values(raw.get("fields")):
        for name in ("mappedField", "leadField"):
            if isinstance(one, Mapping) and one.get(name):
                yield Kind.FIELD, str(one[name])


def _tokens(raw: Raw) -> Iterator[Use]:
    for alias in _TOKEN.findall(json.dumps(raw, default=str)):
        yield Kind.FIELD, alias


_FINDERS: tuple[Callable[[Raw], Iterator[Use]], ...] = (
    _conditions,
    _sources,
    _events,
    _category,
    _form_fields,
    _tokens,
)


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else list(value or [])


def _listed(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else [value] if value else []
