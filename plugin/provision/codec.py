"""Between Mautic's JSON and our comparable attributes, for every kind but campaigns.

One pair of functions per kind: `from_` reads Mautic's answer, `to_` writes the
body of a request. What the first leaves out, Mautic does not answer.
"""

import html
from collections.abc import Callable, Mapping
from typing import Any

from plugin.provision.resources import Kind, Secret, mark

Raw = Mapping[str, Any]
Attributes = dict[str, Any]


def text(value: object) -> str:
    """Read a text: Mautic trims it, and may keep `&` as `&amp;`."""
    return html.unescape(str(value)).strip() if value is not None else ""


def from_field(raw: Raw) -> Attributes:
    """Read a custom field."""
    attributes: Attributes = {
        "label": text(raw.get("label")),
        "type": raw.get("type"),
        "group": raw.get("group"),
        "published": bool(raw.get("isPublished")),
        "visible": bool(raw.get("isVisible")),
        "public": bool(raw.get("isPubliclyUpdatable")),
    }
    properties = raw.get("properties") or {}
    if options := _options(properties):
        attributes["options"] = options
    # 5.1 knows a limit and does not tell it.
    if raw.get("charLengthLimit"):
        attributes["length"] = int(raw["charLengthLimit"])
    if raw.get("type") == "number" and "scale" in properties:
        attributes["decimals"] = int(properties["scale"] or 0)
    return attributes


def to_field(want: Raw, alias: str) -> Attributes:
    """Write a custom field; type and alias only count when it is made."""
    body: Attributes = {
        "alias": alias,
        "label": want["label"],
        "type": want["type"],
        "group": want["group"],
        "isPublished": want["published"],
        "isVisible": want["visible"],
        "isPubliclyUpdatable": want["public"],
        "isListable": True,
        "isShortVisible": False,
    }
    if "length" in want:
        body["charLengthLimit"] = want["length"]
    if properties := _properties(want):
        body["properties"] = properties
    return body


def from_tag(raw: Raw) -> Attributes:
    """Read a tag."""
    return {"tag": text(raw.get("tag"))}


def to_tag(want: Raw, name: str) -> Attributes:
    """Write a tag; our mark is all its description says."""
    return {"tag": want["tag"], "description": mark("", name)}


def from_stage(raw: Raw) -> Attributes:
    """Read a stage."""
    return {
        "name": text(raw.get("name")),
        "weight": int(raw.get("weight") or 0),
        "description": text(raw.get("description")),
        "published": bool(raw.get("isPublished")),
    }


def to_stage(want: Raw, _: str) -> Attributes:
    """Write a stage."""
    return {
        "name": want["name"],
        "weight": want["weight"],
        "description": want["description"],
        "isPublished": want["published"],
    }


def from_category(raw: Raw) -> Attributes:
    """Read a category: its title and colour are the marketer's to change."""
    return {"alias": raw.get("alias")}


def to_category(want: Raw, name: str) -> Attributes:
    """Write a category; our mark is all its description says."""
    return {
        "title": name.replace("-", " / ", 1).capitalize(),
        "alias": want["alias"],
        "bundle": "global",
        "description": mark("", name),
        "isPublished": True,
    }


def from_segment(raw: Raw) -> Attributes:
    """Read a segment."""
    filters = raw.get("filters") or []
    conditions = filters.values() if isinstance(filters, Mapping) else filters
    return {
        "name": text(raw.get("name")),
        "alias": raw.get("alias"),
        "description": text(raw.get("description")),
        "published": bool(raw.get("isPublished")),
        "filters": [_condition(one) for one in conditions],
    }


def to_segment(want: Raw, _: str) -> Attributes:
    """Write a segment; its filters replace those it had."""
    return {
        "name": want["name"],
        "publicName": want["name"],
        "alias": want["alias"],
        "description": want["description"],
        "isPublished": want["published"],
        "isGlobal": True,
        "filters": [
            {
                **{name: value for name, value in one.items() if name != "filter"},
                "properties": {"filter": one["filter"]},
            }
            for one in want["filters"]
        ],
    }


def from_report(raw: Raw) -> Attributes:
    """Read a report."""
    return {
        "name": text(raw.get("name")),
        "description": text(raw.get("description")),
        "source": raw.get("source"),
        "columns": [str(one) for one in _values(raw.get("columns"))],
        "group": [str(one) for one in _values(raw.get("groupBy"))],
        "counts": [
            [str(one.get("function")), str(one.get("column"))]
            for one in _values(raw.get("aggregators"))
        ],
    }


def to_report(want: Raw, _: str) -> Attributes:
    """Write a report; who may see it is the marketer's to decide."""
    return {
        "name": want["name"],
        "description": want["description"],
        "source": want["source"],
        "columns": want["columns"],
        "groupBy": want["group"],
        "aggregators": [
            {"function": function, "column": column}
            for function, column in want["counts"]
        ],
        "isPublished": True,
    }


def from_hook(raw: Raw) -> Attributes:
    """Read a webhook; this Mautic may show its secret or not."""
    attributes: Attributes = {
        "name": text(raw.get("name")),
        "description": text(raw.get("description")),
        "url": raw.get("webhookUrl"),
        "triggers": sorted(_values(raw.get("triggers"))),
        "order": raw.get("eventsOrderbyDir"),
        "published": bool(raw.get("isPublished")),
    }
    if raw.get("secret"):
        attributes["secret"] = Secret(str(raw["secret"]))
    return attributes


def to_hook(want: Raw, _: str) -> Attributes:
    """Write a webhook, always with its secret: a PUT without one makes a new one."""
    return {
        "name": want["name"],
        "description": want["description"],
        "webhookUrl": want["url"],
        "secret": want["secret"].reveal(),
        "triggers": want["triggers"],
        "eventsOrderbyDir": want["order"],
        "isPublished": want["published"],
    }


FROM: Mapping[Kind, Callable[[Raw], Attributes]] = {
    Kind.FIELD: from_field,
    Kind.TAG: from_tag,
    Kind.STAGE: from_stage,
    Kind.CATEGORY: from_category,
    Kind.SEGMENT: from_segment,
    Kind.REPORT: from_report,
    Kind.HOOK: from_hook,
}

TO: Mapping[Kind, Callable[[Raw, str], Attributes]] = {
    Kind.FIELD: to_field,
    Kind.TAG: to_tag,
    Kind.STAGE: to_stage,
    Kind.CATEGORY: to_category,
    Kind.SEGMENT: to_segment,
    Kind.REPORT: to_report,
    Kind.HOOK: to_hook,
}


#: Attribute -> key in a request's body, for changing that one thing by PATCH.
BODY_KEYS: Mapping[Kind, Mapping[str, str]] = {
    Kind.FIELD: {
        "label": "label",
        "group": "group",
        "published": "isPublished",
        "visible": "isVisible",
        "public": "isPubliclyUpdatable",
        "options": "properties",
        "decimals": "properties",
        "length": "charLengthLimit",
    },
    Kind.TAG: {"tag": "tag"},
    Kind.STAGE: {
        "name": "name",
        "weight": "weight",
        "description": "description",
        "published": "isPublished",
    },
    Kind.CATEGORY: {"alias": "alias"},
    # Once it is there it is the marketer's: nothing in it is ever changed.
    Kind.EMAIL: {},
    Kind.SEGMENT: {
        "name": "name",
        "alias": "alias",
        "description": "description",
        "published": "isPublished",
        "filters": "filters",
    },
    Kind.CAMPAIGN: {
        "name": "name",
        "description": "description",
        "published": "isPublished",
    },
    Kind.REPORT: {
        "name": "name",
        "description": "description",
        "source": "source",
        "columns": "columns",
        "group": "groupBy",
        "counts": "aggregators",
    },
    Kind.HOOK: {
        "name": "name",
        "description": "description",
        "url": "webhookUrl",
        "secret": "secret",
        "triggers": "triggers",
        "order": "eventsOrderbyDir",
        "published": "isPublished",
    },
}


def _options(properties: Any) -> list[list[str]]:
    if not isinstance(properties, Mapping):
        return []
    if "yes" in properties:
        return [["0", text(properties.get("no"))], ["1", text(properties["yes"])]]
    return [_option(one) for one in _values(properties.get("list"))]


def _option(one: Any) -> list[str]:
    if isinstance(one, Mapping):
        return [text(one.get("value")), text(one.get("label"))]
    return [text(one), text(one)]


def _properties(want: Raw) -> Attributes:
    if want["type"] == "boolean":
        labels = dict(want["options"])
        return {"no": labels["0"], "yes": labels["1"]}
    if want["type"] == "number":
        # 4 rounds half up, as Mautic's own form proposes.
        return {"roundmode": 4, "scale": want["decimals"]}
    options = want.get("options", ())
    listed = [{"label": label, "value": value} for value, label in options]
    return {"list": listed} if listed else {}


def _condition(one: Raw) -> Attributes:
    properties = one.get("properties") or {}
    asks_nothing = str(one.get("operator")) in {"empty", "!empty"}
    within = properties.get("filter") if isinstance(properties, Mapping) else None
    value = one.get("filter") if within is None else within
    return {
        "glue": one.get("glue"),
        "object": one.get("object"),
        "field": one.get("field"),
        "type": one.get("type"),
        "operator": one.get("operator"),
        # Before 4 the value stood beside the properties.
        "filter": "" if asks_nothing else value,
    }


def _values(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value or [])
