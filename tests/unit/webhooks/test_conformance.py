"""What a sender may get wrong, over HTTP: never a 5xx, never a lost neighbour.

Every body here is posted to the door and then read from the inbox, as a worker
would. Good items stand before and after every bad one.
"""

import json
from typing import Any

import pytest

from tests.support import recordings
from tests.support.door import NOW, SECRET, open_door
from webhooks import signature
from webhooks.errors import Malformed

from .odd_deliveries import (
    FORGED,
    MALFORMED,
    NEIGHBOURS,
    NO_ITEMS,
    READABLE,
    TRIGGER,
    UNREADABLE,
    WRITTEN,
    around,
    hit,
)

PATH = "/webhooks/mautic"


def keys(events: Any) -> list[str]:
    return [event.key for event in events]


def storable(value: Any) -> bool:
    """Say whether PostgreSQL would take this as JSON and as text."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return bool(written.encode("utf-8")) and "\\u0000" not in written


@pytest.mark.parametrize(("odd", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_item_is_kept_apart_and_costs_no_neighbour(odd, reason):
    door = open_door()
    answer = door.post(around(odd))
    parsed = door.parsed()

    assert answer.status_code == 200
    assert keys(parsed.events) == NEIGHBOURS
    (unreadable,) = parsed.unreadable
    assert unreadable.where == "mautic.page_on_hit[1]"
    assert reason in unreadable.reason
    json.dumps(unreadable.raw).encode("utf-8")


@pytest.mark.parametrize("odd", READABLE.values(), ids=READABLE)
def test_an_odd_item_counts_like_its_neighbours(odd):
    door = open_door()
    answer = door.post(around(odd))
    parsed = door.parsed()

    assert answer.status_code == 200
    assert keys(parsed.events) == ["hit:1", "hit:2", "hit:3", "form:1"]
    assert parsed.unreadable == ()
    for event in parsed.events:
        assert storable(event.to_json())
        assert event.occurred_at.year == 2026


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("name", ["urlTitle", "code", "query", "somethingNew"])
def test_a_value_that_json_should_not_have_spoils_nothing(written, name):
    body = around(hit(2, **{name: "PLACE"})).replace(b'"PLACE"', written)
    door = open_door()
    answer = door.post(body)
    parsed = door.parsed()

    assert answer.status_code == 200
    assert keys(parsed.events) == ["hit:1", "hit:2", "hit:3", "form:1"]
    assert all(storable(event.to_json()) for event in parsed.events)


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_such_a_value_as_a_whole_item_is_shown_so_that_it_can_be_stored(written):
    door = open_door()
    answer = door.post(around("PLACE").replace(b'"PLACE"', written))
    parsed = door.parsed()

    assert answer.status_code == 200
    assert keys(parsed.events) == NEIGHBOURS
    (unreadable,) = parsed.unreadable
    assert storable(unreadable.raw)


@pytest.mark.parametrize(("body", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_a_body_that_is_no_object_is_kept_and_says_why(body, reason):
    door = open_door()
    answer = door.post(body)

    assert answer.status_code == 200
    assert door.inbox.deliveries[0].body == body
    with pytest.raises(Malformed, match=reason):
        door.parsed()


@pytest.mark.parametrize(("value", "reason"), NO_ITEMS.values(), ids=NO_ITEMS)
def test_a_trigger_without_a_list_costs_no_other_trigger(value, reason):
    door = open_door()
    sign_up = recordings.trigger("form_on_submit").json()
    door.post(json.dumps({TRIGGER: value, **sign_up}).encode())
    parsed = door.parsed()

    assert keys(parsed.events) == ["form:1"]
    assert [(one.where, one.reason) for one in parsed.unreadable] == [(TRIGGER, reason)]


@pytest.mark.parametrize("given", FORGED.values(), ids=FORGED)
def test_a_forged_delivery_is_refused_and_nothing_is_kept(given):
    door = open_door()
    answer = door.client.post(
        PATH, data=around(None), headers={signature.HEADER: given}
    )

    assert answer.status_code == 401
    assert "Webhook-Signature" in answer.json["error"]
    assert len(answer.data) < 200
    assert door.inbox.deliveries == []


def test_a_signature_in_the_alphabet_of_addresses_is_another_text():
    """Mautic writes + and /: whoever writes - and _ is not Mautic."""
    door = open_door()
    bodies = (around(number) for number in range(100))
    body = next(one for one in bodies if {*"+/"} <= {*signature.sign(one, SECRET)})
    given = signature.sign(body, SECRET).translate(str.maketrans("+/", "-_"))

    refused = door.client.post(PATH, data=body, headers={signature.HEADER: given})

    assert refused.status_code == 401
    assert door.inbox.deliveries == []
    assert door.post(body).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Mautic-Signature": signature.sign(around(None), SECRET)},
        {"X-Hub-Signature-256": signature.sign(around(None), SECRET)},
        {"Authorization": f"Bearer {SECRET.decode()}"},
        {"X-Origin-Base-URL": "https://mautic.example"},
    ],
    ids=lambda headers: "".join(headers) or "none",
)
def test_another_header_is_no_signature(headers):
    door = open_door()
    answer = door.client.post(PATH, data=around(None), headers=headers)

    assert answer.status_code == 401
    assert door.inbox.deliveries == []


def test_a_secret_in_the_address_is_no_signature():
    door = open_door()

    address = f"{PATH}?secret={SECRET.decode()}"
    assert door.client.post(address, data=around(None)).status_code == 401


@pytest.mark.parametrize("spaced", [" {} ", "{}  ", "\t{}"])
def test_blanks_around_a_signature_are_no_part_of_it(spaced):
    door, body = open_door(), around(None)
    given = spaced.format(signature.sign(body, SECRET))
    answer = door.client.post(PATH, data=body, headers={signature.HEADER: given})

    assert answer.status_code == 200


def test_while_a_secret_is_changed_both_work():
    door, body = open_door(), around(None)
    given = signature.sign(body, b"the-secret-before")

    headers = {signature.HEADER: given}
    assert door.client.post(PATH, data=body, headers=headers).status_code == 200


def test_a_byte_order_mark_does_not_matter():
    door = open_door()
    door.post(b"\xef\xbb\xbf" + around(hit(2)))

    assert keys(door.parsed().events) == ["hit:1", "hit:2", "hit:3", "form:1"]


def test_an_unknown_trigger_is_counted_and_costs_nothing():
    door = open_door()
    new = {"mautic.focus_on_view": [{}, {}, 3], "other": 1, "timestamp": 5, "": []}
    door.post(json.dumps({**new, TRIGGER: [hit(1)]}).encode())
    parsed = door.parsed()

    assert parsed.unknown == {
        "mautic.focus_on_view": 3,
        "other": 1,
        "timestamp": 1,
        "": 0,
    }
    assert keys(parsed.events) == ["hit:1"]
    assert parsed.unreadable == ()


def test_an_empty_object_is_an_empty_delivery():
    door = open_door()
    door.post(b"{}")

    assert door.parsed().events == ()


@pytest.mark.parametrize(
    "items",
    [hit(1), {"0": hit(1)}, {"7": hit(1)}, [hit(1)]],
    ids=["one-item", "map-from-0", "map-with-a-gap", "list"],
)
def test_one_item_and_a_list_with_gaps_are_lists_too(items):
    door = open_door()
    door.post(json.dumps({TRIGGER: items}).encode())

    assert keys(door.parsed().events) == ["hit:1"]
    assert door.parsed().unreadable == ()


def test_a_trigger_without_items_says_nothing():
    door = open_door()
    door.post(json.dumps({TRIGGER: []}).encode())
    parsed = door.parsed()

    assert (parsed.events, parsed.unreadable, parsed.unknown) == ((), (), {})


def test_100000_items_of_which_every_tenth_is_bad():
    door = open_door(max_bytes=50_000_000)
    small = {"hit": {"lead": {"id": 1}, "url": "http://x.example/"}}
    items = [
        None if number % 10 == 0 else {"hit": {**small["hit"], "id": number}}
        for number in range(1, 100_001)
    ]
    answer = door.post(json.dumps({TRIGGER: items}).encode())
    parsed = door.parsed()

    assert answer.status_code == 200
    assert (len(parsed.events), len(parsed.unreadable)) == (90_000, 10_000)
    assert parsed.unreadable[-1].where == "mautic.page_on_hit[99999]"
    assert {event.occurred_at for event in parsed.events} == {NOW}


def test_one_item_of_ten_megabytes():
    door = open_door(max_bytes=20_000_000)
    answer = door.post(around(hit(2, urlTitle="x" * 10_000_000)))

    assert answer.status_code == 200
    assert keys(door.parsed().events) == ["hit:1", "hit:2", "hit:3", "form:1"]


def test_a_test_payload_of_invented_people_changes_nobody():
    """Mautic's own sample deletes a contact 52: here that may be a real person."""
    door = open_door()
    sample = {
        "mautic.lead_post_delete": [
            {"id": 52, "contact": None, "timestamp": "2017-06-19T09:34:55+00:00"}
        ],
        "mautic.page_on_hit": hit(5, dateHit="2017-06-19T09:34:55+00:00"),
        "timestamp": "2026-11-22T23:25:05+00:00",
    }
    answer = door.post(json.dumps(sample).encode())
    parsed = door.parsed()

    assert answer.status_code == 200
    assert (parsed.events, parsed.profiles, parsed.unreadable) == ((), (), ())
    assert parsed.is_test
