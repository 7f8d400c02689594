"""The segments that should be there: one per condition, or one for each interest."""

from collections.abc import Iterator, Mapping
from typing import Any

from plugin.mappings.model import Mappings
from plugin.mappings.provisioned import Segment
from plugin.provision import codec
from plugin.provision.resources import Key, Kind, Resource, mark
from plugin.provision.uses import CONDITIONS
from plugin.provision.wording import say, topic_label, topics_of

Raw = Mapping[str, Any]
Condition = dict[str, Any]

#: What stands for a topic in an alias, a name or a description.
TOPIC = "{topic}"


def segments(mappings: Mappings, language: str) -> Iterator[Resource]:
    """List the segments of segments.toml, those for each interest one by one."""
    for one in mappings.segments:
        for topic in topics_of(mappings) if one.interests else [""]:
            yield _segment(one, topic, mappings, language)


def from_segment(raw: Raw, names: Mapping[tuple[Kind, int], str]) -> dict[str, Any]:
    """Read a segment; `names` are our names for Mautic's ids."""
    read = codec.from_segment(raw)
    return read | {"filters": [_named(one, names) for one in read["filters"]]}


def to_segment(want: Raw, ids: Mapping[Key, int]) -> dict[str, Any]:
    """Write a segment; its filters replace those it had."""
    conditions = [_with_ids(one, ids) for one in want["filters"]]
    return codec.to_segment({**want, "filters": conditions}, "")


def _segment(one: Segment, topic: str, mappings: Mappings, language: str) -> Resource:
    label = topic_label(mappings, topic, language)
    conditions = list(_conditions(one, topic, mappings))
    alias = one.alias.replace(TOPIC, topic)
    return Resource(
        key=Key(Kind.SEGMENT, alias),
        attributes={
            "name": say(one.name, language).replace(TOPIC, label),
            "alias": alias,
            "description": mark(
                say(one.description, language).replace(TOPIC, label), alias
            ),
            "published": True,
            "filters": conditions,
        },
        references=frozenset(_references(conditions)),
        keep=frozenset(one.keep),
    )


def _conditions(one: Segment, topic: str, mappings: Mappings) -> Iterator[Condition]:
    if one.phase is not None:
        yield _field(mappings, "phase", "=", one.phase.value)
    if one.momentum is not None:
        yield _field(mappings, "momentum", "=", one.momentum.value)
    if topic:
        tag = mappings.fields.interest_tag.format(topic=topic)
        yield _condition("tags", "tags", "in", [tag])
    if one.in_ats is not None:
        yield _field(mappings, "ats_status", "!empty" if one.in_ats else "empty", "")
    if one.sunset is not None:
        yield _field(mappings, "sunset", "=", one.sunset.value)
    if one.due:
        yield _field(mappings, "next_touch", "lte", "today")


def _field(mappings: Mappings, value: str, operator: str, wanted: str) -> Condition:
    field = mappings.fields.by_value(value)
    alias, kind = (field.alias, field.type) if field else ("", "text")
    return _condition(alias, kind, operator, wanted)


def _condition(field: str, kind: str, operator: str, wanted: Any) -> Condition:
    return {
        "glue": "and",
        "object": "lead",
        "field": field,
        "type": kind,
        "operator": operator,
        "filter": wanted,
    }


def _references(conditions: list[Condition]) -> Iterator[Key]:
    for one in conditions:
        kind = CONDITIONS.get(one["field"])
        if kind is None:
            yield Key(Kind.FIELD, one["field"])
        else:
            yield from (Key(kind, name) for name in one["filter"])


def _named(one: Condition, names: Mapping[tuple[Kind, int], str]) -> Condition:
    kind = CONDITIONS.get(str(one["field"]))
    if kind is None or not isinstance(one["filter"], list):
        return one
    called = [
        names.get((kind, int(value)), f"#{value}") if str(value).isdecimal() else value
        for value in one["filter"]
    ]
    return {**one, "filter": sorted(called)}


def _with_ids(one: Condition, ids: Mapping[Key, int]) -> Condition:
    kind = CONDITIONS.get(str(one["field"]))
    if kind is None or not isinstance(one["filter"], list):
        return one
    return {**one, "filter": [_id(kind, name, ids) for name in one["filter"]]}


def _id(kind: Kind, name: str, ids: Mapping[Key, int]) -> int:
    bare = name.removeprefix("#")
    return int(bare) if bare.isdecimal() else ids[Key(kind, name)]
