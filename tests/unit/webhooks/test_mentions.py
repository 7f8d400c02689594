"""What a delivery says of one person comes out whole, and nothing of anybody else."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import recordings
from webhooks.mentions import ERASED, Someone, find
from webhooks.sources.mautic import MauticSource

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCE = MauticSource([b"secret"])
HOOK = recordings.of_the_hook()


def told_of(body):
    """Read a delivery: (contact id, event or profile) of everybody in it."""
    parsed = SOURCE.parse(body, AT)
    return [(one.contact_id, one) for one in (*parsed.events, *parsed.profiles)]


def named(body):
    return sorted({who for who, _ in told_of(body) if who is not None})


@pytest.mark.parametrize("recorded", HOOK, ids=lambda one: one.name)
def test_of_every_recorded_delivery_the_others_stay_as_they_were(recorded):
    for contact_id in named(recorded.body):
        found = find(recorded.body, Someone(frozenset({contact_id})))
        left = told_of(found.rest) if found.rest else []

        others = [one for who, one in told_of(recorded.body) if who != contact_id]
        assert found.items
        assert [one for _, one in left] == others
        assert contact_id not in named(found.rest or b"{}")


def test_the_recordings_have_a_delivery_about_several_people():
    assert any(len(named(one.body)) > 1 for one in HOOK)


@pytest.mark.parametrize("recorded", HOOK, ids=lambda one: one.name)
def test_a_stranger_is_in_none_of_them(recorded):
    stranger = Someone(frozenset({987654321}), frozenset({"nobody@nowhere.example"}))

    assert find(recorded.body, stranger) is None


@given(
    people=st.lists(st.integers(1, 6), max_size=6),
    who=st.sets(st.integers(1, 6), min_size=1, max_size=3),
    shape=st.sampled_from(["list", "gaps"]),
)
def test_whoever_stands_in_it_and_in_whatever_shape(people, who, shape):
    items = [{"hit": {"id": at, "lead": {"id": one}}} for at, one in enumerate(people)]
    value = items if shape == "list" else {str(at): one for at, one in enumerate(items)}
    body = json.dumps({"mautic.page_on_hit": value}).encode()

    found = find(body, Someone(frozenset(who)))

    theirs = [one for one in items if one["hit"]["lead"]["id"] in who]
    rest = [one for one in items if one not in theirs]
    if not theirs:
        assert found is None
    else:
        assert list(found.items) == theirs
        left = json.loads(found.rest or b"{}").get("mautic.page_on_hit", [])
        assert list(left.values() if isinstance(left, dict) else left) == rest


ANNA = Someone(frozenset({17}), frozenset({"anna+x@example.org"}))


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("anna+x@example.org", ERASED),
        ("Anna+X@Example.org", ERASED),
        ("to anna+x@example.org.", f"to {ERASED}."),
        ("?m=anna%2Bx%40example.org&a=1", f"?m={ERASED}&a=1"),
        ("joanna+x@example.org", "joanna+x@example.org"),
        ("anna+x@example.org.uk", "anna+x@example.org.uk"),
        ("anna+x@example.orgy", "anna+x@example.orgy"),
        ("anna@example.org", "anna@example.org"),
    ],
)
def test_an_address_in_what_is_about_somebody_else_is_taken_out(told, left):
    item = {"submission": {"lead": {"id": 18}, "results": {"friend": told}}}
    body = json.dumps({"mautic.form_on_submit": [item]}).encode()

    found = find(body, ANNA)

    if told == left:
        assert found is None
    else:
        assert found.items == ()
        (kept,) = json.loads(found.rest)["mautic.form_on_submit"]
        assert kept["submission"]["results"]["friend"] == left
        assert kept["submission"]["lead"] == {"id": 18}


def test_an_address_with_other_letters_is_known_however_it_is_written():
    who = Someone(frozenset({17}), frozenset({"andré@voorbeeld.example"}))
    item = {"hit": {"lead": {"id": 18}, "url": "x?m=andr%C3%A9%40voorbeeld.example"}}
    for text in (json.dumps(item), json.dumps(item, ensure_ascii=False)):
        found = find(f'{{"mautic.page_on_hit": [{text}]}}'.encode(), who)
        assert ERASED in json.loads(found.rest)["mautic.page_on_hit"][0]["hit"]["url"]


@pytest.mark.parametrize(
    ("body", "is_theirs"),
    [
        (b'{"mautic.page_on_hit": [{"hit": {"lead": {"id": 17', True),
        (b'{"mautic.page_on_hit": [{"hit": {"lead": {"id": "17", "x', True),
        (b'{"mautic.page_on_hit": [{"hit": {"lead": {"id": 170', False),
        (b'{"mautic.page_on_hit": [{"hit": {"id": 17, "lead', False),
        (b"mail=anna%2Bx%40example.org", True),
        (b"\xff\xfe17", False),
    ],
)
def test_what_cannot_be_read_is_theirs_as_a_whole(body, is_theirs):
    found = find(body, ANNA)

    assert (found is not None) is is_theirs
    if found is not None:
        assert found.rest is None


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b"17", b'"anna"', b'{"mautic.page_on_hit": [17, null, "17"]}'],
)
def test_nobody_is_seen_where_nobody_is(body):
    assert find(body, ANNA) is None
