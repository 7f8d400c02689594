"""What Mautic sends, signed how, and when it stays silent."""

import base64
import hashlib
import hmac
from collections.abc import Callable

import pytest

from tests.contract.mautic.conftest import Ear, Mautic

Hear = Callable[..., Ear]
SAVES = (
    "lead_post_save_new",
    "lead_post_save_update",
    "lead_points_change",
    "lead_post_delete",
)


def test_a_request_is_signed_over_its_raw_body(mautic: Mautic, hear: Hear) -> None:
    ear = hear("lead_post_save_new")
    mautic.contact(city="Zoë/straat")
    (request,) = ear.requests
    digest = hmac.new(b"s3cr3t", request.data, hashlib.sha256).digest()

    assert request.headers["Webhook-Signature"] == base64.b64encode(digest).decode()
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "GuzzleHttp/7"
    assert request.headers["X-Origin-Base-URL"]
    assert b"Zo\\u00eb\\/straat" in request.data
    assert b": " not in request.data.split(b'"city"')[0]


def test_it_is_sent_before_the_call_is_answered(mautic: Mautic, hear: Hear) -> None:
    ear = hear("lead_post_save_new")
    contact = mautic.contact()

    assert [item["contact"]["id"] for _, item in ear.events] == [contact["id"]]


def test_our_own_edit_comes_back_with_our_name(mautic: Mautic, hear: Hear) -> None:
    ear = hear(*SAVES)
    contact = mautic.contact()
    shown = mautic.call(
        "PATCH", f"/contacts/{contact['id']}/edit", {"city": "Ede"}
    ).json()["contact"]
    echo = ear.events[-1][1]["contact"]

    assert ear.triggers == ["lead_post_save_new", "lead_post_save_update"]
    assert echo["modifiedByUser"] == shown["modifiedByUser"]
    assert echo["dateModified"] == shown["dateModified"]


@pytest.mark.parametrize(
    "body",
    [
        {"city": "Ede"},
        {"city": ""},
        {"no_such_field": "x"},
        {"tags": ["-absent"]},
        {},
    ],
)
def test_an_edit_that_changes_nothing_is_silent(
    mautic: Mautic, hear: Hear, body: dict[str, object]
) -> None:
    contact = mautic.contact(city="Ede")
    ear = hear(*SAVES)
    mautic.call("PATCH", f"/contacts/{contact['id']}/edit", body)

    assert ear.triggers == []


def test_last_active_is_never_silent(mautic: Mautic, hear: Hear) -> None:
    contact = mautic.contact(lastActive="2026-02-03 04:05:06")
    ear = hear(*SAVES)
    mautic.call(
        "PATCH",
        f"/contacts/{contact['id']}/edit",
        {"lastActive": "2026-02-03 04:05:06"},
    )

    assert ear.triggers == ["lead_post_save_update"]


def test_points_make_two_events(mautic: Mautic, hear: Hear) -> None:
    contact = mautic.contact()
    ear = hear(*SAVES)
    mautic.call("POST", f"/contacts/{contact['id']}/points/plus/5")

    assert ear.triggers == ["lead_points_change", "lead_post_save_update"]
    assert ear.events[0][1]["points"] == {"old_points": 0, "new_points": 5}


def test_a_batch_tells_of_points_that_did_not_change(
    mautic: Mautic, hear: Hear
) -> None:
    some, none = mautic.contact(points=5), mautic.contact()
    ear = hear(*SAVES)
    mautic.call(
        "PATCH", "/contacts/batch/edit", [{"id": some["id"]}, {"id": none["id"]}]
    )

    assert ear.triggers == ["lead_points_change", "lead_post_save_update"]
    assert ear.events[0][1]["points"] == {"old_points": 5, "new_points": 5}


def test_a_deleted_contact_has_its_id_outside(mautic: Mautic, hear: Hear) -> None:
    contact = mautic.contact()
    ear = hear(*SAVES)
    mautic.call("DELETE", f"/contacts/{contact['id']}/delete")
    ((trigger, item),) = ear.events

    assert (trigger, item["id"]) == ("lead_post_delete", contact["id"])
    assert item["contact"]["id"] is None


def test_an_empty_contact_is_nobody(mautic: Mautic, hear: Hear) -> None:
    ear = hear(*SAVES)
    mautic.make("contacts", "contact", {})

    assert ear.triggers == []


def test_the_stage_in_a_save_is_nameless(mautic: Mautic, hear: Hear) -> None:
    stage = mautic.make("stages", "stage", {"name": mautic.name("stage")})
    contact = mautic.contact()
    ear = hear(*SAVES)
    mautic.call("PATCH", f"/contacts/{contact['id']}/edit", {"stage": stage["id"]})

    assert set(ear.events[0][1]["contact"]["stage"]) == {
        "createdByUser",
        "modifiedByUser",
    }


def test_do_not_contact_makes_two_events(mautic: Mautic, hear: Hear) -> None:
    contact = mautic.contact()
    ear = hear("lead_channel_subscription_changed", "lead_post_save_update")
    mautic.call("POST", f"/contacts/{contact['id']}/dnc/email/add", {"reason": 1})
    changed = ear.events[0][1]

    assert ear.triggers == [
        "lead_channel_subscription_changed",
        "lead_post_save_update",
    ]
    assert (changed["old_status"], changed["new_status"]) == (
        "contactable",
        "unsubscribed",
    )


def test_a_segment_is_told_once(mautic: Mautic, hear: Hear) -> None:
    segment = mautic.make("segments", "list", {"name": mautic.name("static")})
    contact = mautic.contact()
    ear = hear("lead_list_change", "lead_post_save_update")
    for _ in range(2):
        mautic.call("POST", f"/segments/{segment['id']}/contact/{contact['id']}/add")

    assert ear.triggers == ["lead_list_change"]
    assert ear.events[0][1]["action"] == "added"
    assert ear.events[0][1]["segment"]["id"] == segment["id"]


def test_a_sent_email_has_a_flat_contact(mautic: Mautic, hear: Hear) -> None:
    email = mautic.make(
        "emails",
        "email",
        {
            "name": mautic.name("mail"),
            "subject": "s",
            "emailType": "template",
            "customHtml": '<html><body><a href="https://werk.example/">x</a></body></html>',
        },
    )
    contact = mautic.contact()
    ear = hear("email_on_send")
    path = f"/emails/{email['id']}/contact/{contact['id']}/send"

    assert mautic.call("POST", path).json() == {"success": True}
    ((_, item),) = ear.events
    assert item["contact"]["id"] == str(contact["id"])
    assert item["source"] == ["api", 0]
    where = {
        "where[0][col]": "lead_id",
        "where[0][expr]": "eq",
        "where[0][val]": contact["id"],
    }
    rows = mautic.get("/stats/email_stats", params=where).json()["stats"]
    assert [row["tracking_hash"] for row in rows] == [item["idHash"]]
