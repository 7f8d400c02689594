"""Whatever is signed gets an answer, and reading it raises nothing but `Malformed`."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import recordings
from tests.support.door import NOW, SECRET, open_door
from webhooks import signature
from webhooks.errors import InvalidSignature, Malformed
from webhooks.events import Event
from webhooks.sources.base import Parsed
from webhooks.sources.mautic import MauticSource
from webhooks.sources.mautic_events import TRIGGERS

SOURCE = MauticSource([SECRET])
DOOR = open_door()

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "0", "\0", "\ud800", "2026-11-23T00:00:00+00:00", "[]"])
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(body: bytes) -> Parsed | None:
    try:
        return SOURCE.parse(body, NOW)
    except Malformed:
        return None


def check(parsed: Parsed | None) -> None:
    """Hold what must be true of anything that was read."""
    if parsed is None:
        return
    assert not [one.reason for one in parsed.unreadable if "our bug" in one.reason]
    for event in parsed.events:
        written = json.dumps(event.to_json(), ensure_ascii=False, allow_nan=False)
        assert written.encode("utf-8")
        assert "\\u0000" not in written
        assert Event.from_json(json.loads(written)).key == event.key
    for one in parsed.unreadable:
        json.dumps(one.raw, ensure_ascii=False).encode("utf-8")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the ways to every value in a JSON value, but into the 40 fields."""
    inner: list[tuple[Any, ...]] = [path]
    if isinstance(value, dict | list) and path[-1:] != ("core",):
        steps = value if isinstance(value, dict) else range(len(value))
        for step in steps:
            inner += places(value[step], (*path, step))
    return inner


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(body):
    assert DOOR.post(body).status_code == 200
    check(read(body))


@settings(deadline=None)
@given(json_values)
def test_any_json(value):
    body = json.dumps(value).encode()

    assert DOOR.post(body).status_code == 200
    check(read(body))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(TRIGGERS)), json_values))
def test_anything_under_a_known_trigger(delivery):
    check(read(json.dumps(delivery).encode()))


@pytest.mark.parametrize("name", recordings.trigger_names())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_recording_with_one_value_replaced_keeps_its_neighbours(name, data):
    trigger = f"mautic.{name}"
    (item,) = recordings.trigger(name).json()[trigger]
    path = data.draw(st.sampled_from(places(item)))
    odd = replaced(item, path, data.draw(json_values))
    before = SOURCE.parse(json.dumps({trigger: [item]}).encode(), NOW)
    after = read(json.dumps({trigger: [item, odd, item]}).encode())

    check(after)
    assert after is not None
    assert all(after.events.count(event) >= 2 for event in before.events)
    assert all(after.profiles.count(seen) >= 2 for seen in before.profiles)
    assert len(after.unreadable) <= 1


@settings(deadline=None)
@given(st.text() | st.characters().map(lambda one: one * 44))
def test_any_signature_in_any_alphabet_is_refused(given_signature):
    with pytest.raises(InvalidSignature):
        signature.verify(b"body", given_signature, [SECRET])
