"""What a contact looked like: the same picture, however Mautic writes it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import recordings
from webhooks.sources.base import ProfileSeen
from webhooks.sources.mautic import MauticSource
from webhooks.sources.mautic_fields import (
    address,
    identity,
    moment,
    number,
    profile,
    text,
    utm,
)

SOURCE = MauticSource([recordings.SECRET])
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GRACE = {
    "fav_colour": "red",
    "interests": "sport|music",
    "is_customer": "1",
    "last_order_at": "2026-01-02 03:04:00",
    "birthday": "1906-12-09",
    "order_count": "3",
    "firstname": "Gracie",
    "lastname": "Murray Hopper",
    "email": "grace@example.com",
    "phone": "+420111222333",
    "points": "14",
    "city": "Prague",
    "country": "Czech Republic",
    "last_active": "2026-01-05 05:06:07",
}


def seen_in(recorded) -> ProfileSeen:
    (seen,) = SOURCE.parse(recorded.body, AT).profiles
    return seen


def contact(**fields) -> dict:
    group = {
        alias: {"type": "boolean" if alias.startswith("is_") else "text", "value": one}
        for alias, one in fields.items()
    }
    return {"id": 1, "fields": {"core": group, "social": []}, "doNotContact": []}


def look(raw: dict) -> ProfileSeen:
    seen = profile(raw, 1, AT)
    assert seen is not None
    return seen


def test_a_whole_contact():
    seen = seen_in(recordings.trigger("lead_channel_subscription_changed"))

    assert seen.contact_id == 1
    assert seen.seen_at == datetime(2026, 11, 22, 23, 25, 19, tzinfo=UTC)
    assert (seen.email, seen.first_name, seen.last_name) == (
        "grace@example.com",
        "Grace",
        "Murray Hopper",
    )
    assert seen.owner_id == 1
    assert seen.tags == ("api", "newtag")
    assert seen.do_not_contact == {"email"}
    assert (seen.complete, seen.modified_by) == (True, "Ada Admin")


@pytest.mark.parametrize("name", ["email_on_open", "email_on_send"])
def test_a_nested_and_a_flat_contact_have_the_same_fields(name):
    seen = seen_in(recordings.trigger(name))

    assert seen.fields == GRACE
    assert not seen.complete


def test_a_contact_straight_from_the_database_has_no_more_fields():
    """A mail to a segment has the database row, all text, with columns on top."""
    assert seen_in(recordings.numbered(42)).fields == GRACE


def test_a_visitor_saved_it_so_nobody_did():
    assert seen_in(recordings.numbered(72)).modified_by == ""


@pytest.mark.parametrize(
    "value", [True, 1, "1", "true"], ids=["bool", "int", "text", "word"]
)
def test_true_is_one_however_it_is_typed(value):
    assert look(contact(is_customer=value)).fields == {"is_customer": "1"}


@pytest.mark.parametrize("value", [False, 0, "0"], ids=["bool", "int", "text"])
def test_false_is_zero_however_it_is_typed(value):
    assert look(contact(is_customer=value)).fields == {"is_customer": "0"}


@pytest.mark.parametrize("value", [14, "14", 14.0, " 14 "])
def test_a_number_is_the_same_text_however_it_is_typed(value):
    assert look(contact(order_count=value)).fields == {"order_count": "14"}


@pytest.mark.parametrize("value", [None, "", "  ", [], {}, "\0"])
def test_a_blank_field_is_left_out(value):
    assert look(contact(city=value)).fields == {}


def test_an_untidy_origin_makes_no_other_picture():
    tidy = contact(is_customer=True, order_count=3, city="Gent")
    untidy = contact(is_customer="1", order_count="3", city="Gent ", fax=None)

    assert look(tidy) == look(untidy)


@pytest.mark.parametrize(
    "tags",
    [
        [{"id": 1, "tag": "b"}, {"id": 2, "tag": "a"}],
        {"b": {"id": 1, "tag": "b"}, "a": {"id": 2, "tag": "a"}},
        ["b", "a", "a"],
        [{"tag": "b"}, [], None, {"tag": "a"}, {"tag": None}],
    ],
    ids=["list", "map", "names", "with-empties"],
)
def test_tags_come_as_list_or_map(tags):
    assert look(contact(city="x") | {"tags": tags}).tags == ("a", "b")


@pytest.mark.parametrize(
    "entries",
    [
        [{"channel": "email", "reason": 1}, {"channel": "sms", "reason": 3}],
        {"4": {"channel": "email"}, "9": {"channel": "sms"}},
    ],
    ids=["list", "map"],
)
def test_do_not_contact_names_the_channels(entries):
    seen = look(contact(city="x") | {"doNotContact": entries})

    assert seen.do_not_contact == {"email", "sms"}


@pytest.mark.parametrize("owner", [None, [], {}, "admin", {"id": None}, {"id": "x"}])
def test_without_an_owner_there_is_none(owner):
    assert look(contact(city="x") | {"owner": owner}).owner_id is None


@pytest.mark.parametrize("owner", [{"id": 7}, {"id": "7"}])
def test_an_owner_is_a_number(owner):
    assert look(contact(city="x") | {"owner": owner}).owner_id == 7


@pytest.mark.parametrize("fields", [[], {}, {"core": []}, "x", 5])
def test_a_contact_without_its_fields_says_nothing(fields):
    assert profile(contact() | {"fields": fields}, 1, AT) is None


def test_the_answer_of_the_api_has_the_same_fields_once_more():
    raw = contact(city="Gent", is_customer="1")
    raw["fields"]["all"] = {"id": 1, "city": "Gent", "is_customer": True}

    assert look(raw).fields == {"city": "Gent", "is_customer": "1"}


def test_the_key_of_a_contact_in_mautic_2():
    item = {"lead": contact(email="a@b.example"), "timestamp": "2026-11-23T00:00:00Z"}
    body = json.dumps({"mautic.lead_post_save_update": [item]}).encode()
    (seen,) = SOURCE.parse(body, AT).profiles

    assert (seen.contact_id, seen.email) == (1, "a@b.example")


def test_in_one_second_more_knowledge_and_more_caution_win():
    earlier = look(contact(city="x"))
    known = look(contact(email="a@b.example", city="x"))
    refused = look(
        contact(email="a@b.example", city="x") | {"doNotContact": [{"channel": "sms"}]}
    )

    assert earlier.key < known.key < refused.key


def test_pictures_differ_in_key_when_they_differ_in_anything():
    base = contact(city="x")
    versions = [
        base,
        contact(city="y"),
        base | {"tags": ["a"]},
        base | {"owner": {"id": 1}},
        base | {"modifiedByUser": "stdc [2]"},
        base | {"dateModified": "2026-11-23T00:00:00+00:00"},
        base | {"doNotContact": [{"channel": "email"}]},
        {name: one for name, one in base.items() if name != "doNotContact"},
    ]

    assert len({look(one).key for one in versions}) == len(versions)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-23T12:00:00+00:00", AT),
        ("2026-11-23T13:00:00+01:00", AT),
        ("2026-11-23T12:00:00Z", AT),
        ("2026-11-23 12:00:00", AT),
        ("2026-11-23", AT - timedelta(hours=12)),
        ("2026-11-23 12:00", AT),
        ("", None),
        ("soon", None),
        (None, None),
        (1795389905, None),
        ("0000-00-00 00:00:00", None),
        ("-0001-11-30T00:00:00+00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("1999-12-31T23:59:59+00:00", None),
    ],
)
def test_a_moment_is_aware_and_plausible_or_none(written, expected):
    assert moment(written) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(3, 3), ("3", 3), (3.0, 3), ("-3", -3), (3.5, None), ("3.5", None), (True, None)],
)
def test_a_number_may_come_as_text(raw, expected):
    assert number(raw) == expected


def test_an_id_may_come_as_text():
    assert identity("4024", "id") == 4024


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a", "a"),
        (" a ", "a"),
        ("a\0b", "ab"),
        ("\ud800", "\ufffd"),
        ("\U0001f600", "\U0001f600"),
        (True, "1"),
        (False, "0"),
        (0, "0"),
        (2.0, "2"),
        (2.5, "2.5"),
        (["a", "", None, "b", 3, True], "a|b|3|1"),
        ([[["a"]]], None),
        ("", None),
        (None, None),
        ({"a": 1}, None),
    ],
)
def test_a_value_as_text(raw, expected):
    assert text(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("http://x.example/a?ct=YTo1OntzOjY", "http://x.example/a"),
        ("http://x.example/a?ct=YTo1&b=2", "http://x.example/a?b=2"),
        ("http://x.example/a?b=2&ct=YTo1", "http://x.example/a?b=2"),
        ("http://x.example/a?b=2&ct=YTo1%3D&c=3#d", "http://x.example/a?b=2&c=3#d"),
        ("http://x.example/a?ct=YTo1#d", "http://x.example/a#d"),
        ("http://x.example/a?ct=brussels", "http://x.example/a?ct=brussels"),
        ("http://x.example/a?product=YTo1", "http://x.example/a?product=YTo1"),
        ("http://x.example/a?q=%20b+c", "http://x.example/a?q=%20b+c"),
        ("not an address", "not an address"),
        (None, None),
    ],
)
def test_an_address_loses_only_the_clickthrough_of_mautic(raw, expected):
    assert address(raw) == expected


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        ("http://x/?utm_source=a&b=c", None, {"source": "a"}),
        ("http://x/", {"utm_source": "b"}, {"source": "b"}),
        ("http://x/?utm_source=a", {"utm_source": "b"}, {"source": "b"}),
        ("http://x/?utm_source=a", {"utm_source": ""}, {"source": "a"}),
        ("http://x/?utm_source=a", {"utm_source": ["b"]}, {"source": "b"}),
        ("http://x/?utm_source=a", [], {"source": "a"}),
        ("http://[x?utm_source=a", {"utm_medium": 3}, {"medium": "3"}),
        ("http://x/?utm_source=caf%C3%A9%00", "utm_medium=x", {"source": "café"}),
        (None, None, {}),
    ],
)
def test_utm_comes_from_the_address_and_the_query(url, query, expected):
    assert utm(url, query) == expected
