"""Campaign steps in a comparable shape. Pure.

A step is a dict: `name`, `type` and `event` (Mautic's words), `properties`,
`wait` ("" or "3 d"), `after` (the step before it, "" for the first) and `path`
("yes" or "no" below a decision or condition, else "").
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from plugin.mappings.provisioned import CampaignStep
from plugin.provision.resources import Key, Kind

Step = dict[str, Any]

#: Event types that wait for the contact to do something.
DECISIONS = frozenset(
    {
        "asset.download",
        "dwc.decision",
        "email.click",
        "email.open",
        "email.reply",
        "form.submit",
        "page.devicehit",
        "page.pagehit",
        "sms.reply",
    }
)

#: Event types that look at what is so; all others are actions.
CONDITIONS = frozenset(
    {
        "email.validate.address",
        "form.field_value",
        "lead.campaigns",
        "lead.device",
        "lead.dnc",
        "lead.field_value",
        "lead.owner",
        "lead.pageHit",
        "lead.points",
        "lead.segments",
        "lead.stages",
        "lead.tags",
        "notification.has.active",
    }
)

#: Event type -> its properties that hold ids, and of what.
REFERENCES: Mapping[str, Mapping[str, Kind]] = {
    "email.send": {"email": Kind.EMAIL},
    "stage.change": {"stage": Kind.STAGE},
    "lead.changelist": {"addToLists": Kind.SEGMENT, "removeFromLists": Kind.SEGMENT},
    "lead.segments": {"segments": Kind.SEGMENT},
    "lead.stages": {"stages": Kind.STAGE},
}

#: Event type -> what Mautic's own builder would fill in.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    # Marketing, so that do-not-contact and frequency rules hold.
    "email.send": {"email_type": "marketing", "priority": "2", "attempts": "3"},
}

#: Event type -> lists that Mautic wants to see even when they are empty.
MUST_BE_THERE: Mapping[str, tuple[str, ...]] = {
    "lead.changetags": ("add_tags", "remove_tags"),
    "lead.changelist": ("addToLists", "removeFromLists"),
}

#: What Mautic's builder leaves behind in properties and means nothing there.
_BUILDER_KEYS = frozenset(
    {
        "anchor",
        "anchorEventType",
        "buttons",
        "campaignId",
        "canvasSettings",
        "eventType",
        "id",
        "name",
        "properties",
        "settings",
        "tempId",
        "triggerDate",
        "triggerHour",
        "triggerInterval",
        "triggerIntervalUnit",
        "triggerMode",
        "triggerRestrictedDaysOfWeek",
        "triggerRestrictedStartHour",
        "triggerRestrictedStopHour",
        "type",
        "_token",
    }
)


def event_of(step_type: str) -> str:
    """Return action, decision or condition: Mautic wants to be told."""
    if step_type in DECISIONS:
        return "decision"
    return "condition" if step_type in CONDITIONS else "action"


def chain(steps: Iterable[CampaignStep]) -> list[Step]:
    """Turn a mapping's steps, which follow each other, into comparable ones.

    A step follows the one before it, or the earlier one that it names.
    """
    made: list[Step] = []
    named: dict[str, Step] = {}
    for step in steps:
        before = named.get(step.after) if step.after else (made[-1] if made else None)
        follows_choice = before is not None and before["event"] != "action"
        made.append(
            {
                "name": step.name,
                "type": step.type,
                "event": event_of(step.type),
                "properties": _given(step),
                "wait": f"{step.wait_days} d" if step.wait_days else "",
                "after": before["name"] if before else step.after,
                "path": (step.path or "yes") if follows_choice else "",
            }
        )
        named[step.name] = made[-1]
    return made


def references(steps: Iterable[Step]) -> frozenset[Key]:
    """Return what the steps refer to by name; "#7" is a bare id of Mautic's."""
    return frozenset(
        Key(kind, name)
        for step in steps
        for prop, kind in REFERENCES.get(step["type"], {}).items()
        for name in _listed(step["properties"].get(prop))
        if not name.startswith("#")
    )


def canonical(properties: Any) -> Any:
    """Make properties comparable: text for scalars, and nothing that is empty.

    The API keeps the types it was sent, Mautic's own builder saves text and
    adds keys of its own.
    """
    if isinstance(properties, Mapping):
        pairs = ((str(key), canonical(value)) for key, value in properties.items())
        return {
            key: value
            for key, value in pairs
            if key not in _BUILDER_KEYS and value not in ("", None, {}, [])
        }
    if isinstance(properties, list | tuple | set | frozenset):
        return [canonical(value) for value in properties]
    if isinstance(properties, bool):
        return str(int(properties))
    return "" if properties is None else str(properties)


def with_names(
    step_type: str, properties: Mapping[str, Any], names: Mapping[tuple[Kind, int], str]
) -> dict[str, Any]:
    """Replace Mautic's ids in canonical properties by our names for them."""
    named = dict(properties)
    for prop, kind in REFERENCES.get(step_type, {}).items():
        if prop in named:
            named[prop] = _each(named[prop], partial(_name_of, kind=kind, names=names))
    return named


def with_ids(
    step_type: str, properties: Mapping[str, Any], ids: Mapping[Key, int]
) -> dict[str, Any]:
    """Replace our names in canonical properties by Mautic's ids, and complete them."""
    full = dict(properties)
    for prop, kind in REFERENCES.get(step_type, {}).items():
        if prop in full:
            full[prop] = _each(full[prop], partial(_id_of, kind=kind, ids=ids))
    for prop in MUST_BE_THERE.get(step_type, ()):
        full.setdefault(prop, [])
    return full


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Order steps as a contact meets them, and by name where they part."""
    by_parent: dict[str, list[Step]] = {}
    for step in steps:
        by_parent.setdefault(step["after"], []).append(step)
    ordered: list[Step] = []
    level = [""]
    while level:
        found = [step for name in level for step in by_parent.pop(name, ())]
        found.sort(key=lambda step: step["name"])
        ordered.extend(found)
        level = [step["name"] for step in found]
    return [*ordered, *(step for rest in by_parent.values() for step in rest)]


def _given(step: CampaignStep) -> dict[str, Any]:
    given: dict[str, Any] = canonical(
        {**DEFAULTS.get(step.type, {}), **step.properties}
    )
    for prop in REFERENCES.get(step.type, {}):
        if prop in given:
            given[prop] = _each(given[prop], _bare)
    return given


def _bare(value: str) -> str:
    return f"#{value}" if value.isdecimal() else value


def _name_of(value: str, kind: Kind, names: Mapping[tuple[Kind, int], str]) -> str:
    number = int(value) if value.isdecimal() else -1
    return names.get((kind, number), _bare(value))


def _id_of(value: str, kind: Kind, ids: Mapping[Key, int]) -> int | str:
    bare = value.removeprefix("#")
    return int(bare) if bare.isdecimal() else ids[Key(kind, value)]


def _each(value: Any, turn: Callable[[str], Any]) -> Any:
    if isinstance(value, list):
        return sorted((turn(str(one)) for one in value), key=str)
    return turn(str(value))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
