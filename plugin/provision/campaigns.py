"""Between Mautic's JSON of a campaign and our comparable attributes.

Mautic takes the wiring of a campaign from the drawing (`canvasSettings`) and
from nowhere else: the connections are read and written, parents and orders are
not. New events carry ids like `new_1`; known ones must keep their own, or their
contacts would start again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plugin.provision import codec, steps
from plugin.provision.drawing import layout
from plugin.provision.pairing import pairs
from plugin.provision.resources import Key, Kind

Raw = Mapping[str, Any]

#: The drawing's own node for the segments a campaign starts from.
SOURCE = "lists"

#: Attributes of a campaign that PATCH can change without its events.
PLAIN = frozenset(codec.BODY_KEYS[Kind.CAMPAIGN])

#: What a PUT must repeat of an event so as not to lose it.
KEPT_OF_EVENT = (
    "description",
    "triggerHour",
    "triggerRestrictedStartHour",
    "triggerRestrictedStopHour",
    "triggerRestrictedDaysOfWeek",
)


def from_campaign(raw: Raw, names: Mapping[tuple[Kind, int], str]) -> dict[str, Any]:
    """Read a campaign; `names` are our names for Mautic's ids."""
    return {
        "name": codec.text(raw.get("name")),
        "description": codec.text(raw.get("description")),
        "published": bool(raw.get("isPublished")),
        "restart": bool(raw.get("allowRestart")),
        "segments": sorted(_segment(one, names) for one in _values(raw.get("lists"))),
        "steps": steps.in_order(_steps(raw, names)),
    }


def to_campaign(
    want: Raw, ids: Mapping[Key, int], existing: Raw | None = None
) -> dict[str, Any]:
    """Write a whole campaign: a new one, or over the existing one.

    Events that are there keep their id, so that whoever waits at one goes on
    waiting, and nodes their place on the drawing.
    """
    have = existing or {}
    known = _known(want["steps"], have, ids)
    nodes = {
        step["name"]: str(known[step["name"]]["id"])
        if step["name"] in known
        else f"new_{index}"
        for index, step in enumerate(want["steps"], start=1)
    }
    body = {
        "name": want["name"],
        "description": want["description"],
        "isPublished": want.get("published", bool(have.get("isPublished"))),
        "allowRestart": want["restart"],
        "lists": [{"id": ids[Key(Kind.SEGMENT, name)]} for name in want["segments"]],
        "events": [
            _event(step, nodes, ids, known.get(step["name"]), order)
            for order, step in enumerate(want["steps"], start=1)
        ],
        "canvasSettings": _canvas(want["steps"], nodes, have),
    }
    return {**body, **_kept(have)} if existing else body


def _kept(have: Raw) -> dict[str, Any]:
    """Repeat what a PUT would blank and is not ours to set."""
    category = have.get("category")
    kept = {
        "category": category.get("id") if isinstance(category, Mapping) else None,
        "forms": [{"id": one["id"]} for one in _values(have.get("forms"))],
        "publishUp": have.get("publishUp"),
        "publishDown": have.get("publishDown"),
    }
    return {name: value for name, value in kept.items() if value}


def _known(
    wanted: Sequence[steps.Step], have: Raw, ids: Mapping[Key, int]
) -> dict[str, Raw]:
    """Find the events that are there: name of a wanted step -> Mautic's event."""
    names = {(key.kind, number): key.name for key, number in ids.items()}
    found = pairs(wanted, list(_steps(have, names)))
    events = _values(have.get("events"))
    return {name: events[position] for name, position in found.items()}


def _event(
    step: steps.Step,
    nodes: Mapping[str, str],
    ids: Mapping[Key, int],
    known: Raw | None,
    order: int,
) -> dict[str, Any]:
    node = nodes[step["name"]]
    kept = {name: known[name] for name in KEPT_OF_EVENT if known and known.get(name)}
    return {
        **kept,
        **_waiting(step["wait"], known),
        "id": int(node) if node.isdecimal() else node,
        "name": step["name"],
        "type": step["type"],
        "eventType": step["event"],
        "order": order,
        "properties": _properties(step, ids, known),
    }


def _waiting(wait: str, known: Raw | None) -> dict[str, Any]:
    """Write how long a step waits; what somebody chose in Mautic is repeated.

    A date cannot be sent: Mautic breaks on it, and keeps it when it is left out.
    """
    if known is not None and _wait(known) == wait:
        names = ("triggerMode", "triggerInterval", "triggerIntervalUnit")
        return {name: known.get(name) for name in names}
    length, _, unit = wait.partition(" ")
    return {
        "triggerMode": "interval" if length else "immediate",
        "triggerInterval": int(length) if length else 0,
        "triggerIntervalUnit": unit or None,
    }


def _properties(step: steps.Step, ids: Mapping[Key, int], known: Raw | None) -> Any:
    """Write what a step does; what is right already is repeated to the letter."""
    if known is not None:
        names = {(key.kind, number): key.name for key, number in ids.items()}
        there = known.get("properties") or {}
        canonical = steps.canonical(there) or {}
        if steps.with_names(step["type"], canonical, names) == step["properties"]:
            return there
    return steps.with_ids(step["type"], step["properties"], ids)


def _canvas(
    wanted: Sequence[steps.Step], nodes: Mapping[str, str], have: Raw
) -> dict[str, Any]:
    placed = {str(one["id"]): one for one in _values(_drawing(have).get("nodes"))}
    events = {step["name"]: step["event"] for step in wanted}
    places = layout(wanted)
    drawn = [placed.get(SOURCE) or _node(SOURCE, places[""])]
    lines = []
    for step in wanted:
        node = nodes[step["name"]]
        drawn.append(placed.get(node) or _node(node, places[step["name"]]))
        lines.append(_line(step, nodes, events))
    return {"nodes": drawn, "connections": lines}


def _node(node: str, place: tuple[int, int]) -> dict[str, str]:
    x, y = place
    return {"id": node, "positionX": str(x), "positionY": str(y)}


def _line(
    step: steps.Step, nodes: Mapping[str, str], events: Mapping[str, str]
) -> dict[str, Any]:
    before = step["after"]
    anchor = "leadsource" if not before else step["path"] or "bottom"
    return {
        "sourceId": nodes[before] if before in events else SOURCE,
        "targetId": nodes[step["name"]],
        "anchors": {"source": anchor, "target": "top"},
    }


def _steps(raw: Raw, names: Mapping[tuple[Kind, int], str]) -> Iterator[steps.Step]:
    events = _values(raw.get("events"))
    called = {str(one["id"]): str(one["name"]) for one in events}
    wires = {
        str(one.get("targetId")): one
        for one in _values(_drawing(raw).get("connections"))
    }
    for event in events:
        wire = wires.get(str(event["id"])) or {}
        anchor = str((wire.get("anchors") or {}).get("source", ""))
        properties = steps.canonical(event.get("properties") or {}) or {}
        yield {
            "name": str(event["name"]),
            "type": event["type"],
            "event": event.get("eventType"),
            "properties": steps.with_names(event["type"], properties, names),
            "wait": _wait(event),
            "after": called.get(str(wire.get("sourceId")), ""),
            "path": anchor if anchor in {"yes", "no"} else "",
        }


def _wait(event: Raw) -> str:
    length = int(event.get("triggerInterval") or 0)
    if event.get("triggerMode") == "date":
        return f"until {event.get('triggerDate')}"
    if event.get("triggerMode") != "interval" or not length:
        return ""
    return f"{length} {event.get('triggerIntervalUnit')}"


def _segment(one: Raw, names: Mapping[tuple[Kind, int], str]) -> str:
    return names.get((Kind.SEGMENT, int(one["id"])), str(one.get("alias")))


def _drawing(raw: Raw) -> Raw:
    drawing = raw.get("canvasSettings")
    return drawing if isinstance(drawing, Mapping) else {}


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else list(value or [])
