"""Two reports of one event, by webhook and by REST: what the second one adds."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from plugin.store.columns import EPOCH
from plugin.store.repository import AnyRow
from webhooks.events import ContentRef, Event, EventType

#: What tells one piece of content from another.
IDENTIFYING = ("kind", "id")
#: Two reports of one event differ no more than clocks do.
SAME = timedelta(hours=1)
#: What says nothing.
NOTHING: tuple[Any, ...] = (None, "", {}, [])


def is_same(kept: AnyRow, row: Mapping[str, Any]) -> bool:
    """Whether both tell of one event: a Mautic that was restored numbers anew."""
    apart = abs(kept.occurred_at - row["occurred_at"])
    return bool(kept.type == row["type"] and apart <= SAME)


def completed(rest: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns of an event with what a second report adds; {} for nothing.

    Nothing that was told is replaced, so it does not matter which report is first.
    """
    whole = _filled(rest, more)
    if whole == rest:
        return {}
    event = Event.of("", EventType.UNKNOWN, None, EPOCH, whole)
    return {
        "content": named(event.content),
        "via": named(event.via),
        "rest": event.rest(),
    }


def _filled(have: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(have)
    for name, value in more.items():
        told = whole.get(name)
        if told in NOTHING and value not in NOTHING:
            whole[name] = value
        elif isinstance(told, Mapping) and isinstance(value, Mapping):
            is_same = all(told.get(one) == value.get(one) for one in IDENTIFYING)
            whole[name] = _filled(told, value) if is_same else told
    return whole


def named(ref: ContentRef | None) -> str | None:
    """Name content that has an id: "page:12"."""
    return None if ref is None or ref.id is None else f"{ref.kind.value}:{ref.id}"
