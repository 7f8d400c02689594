"""What a table says must be what the webhook said, whichever came first."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.recordings import SECRET, of_the_hook
from webhooks.events import Event, EventType
from webhooks.sources.mautic import MauticSource
from webhooks.sources.mautic_fields import Unfit
from webhooks.sources.mautic_stats import (
    CAMPAIGN_LOG,
    DO_NOT_CONTACT,
    LOGS,
    TABLES,
    read,
    unserialize,
)

STATS = Path(__file__).parents[2] / "fixtures" / "mautic_api" / "stats"
BY_NAME = {table.name: table for table in (*TABLES, DO_NOT_CONTACT)}
LOG = {table.name: table for table in LOGS}
RECEIVED = datetime(2026, 11, 23, tzinfo=UTC)


def recorded(name: str) -> list[dict[str, str]]:
    exchange = json.loads((STATS / name).read_text())
    body = exchange.get("response_text") or exchange["response_body"]
    return (json.loads(body) if isinstance(body, str) else body)["stats"]


def pulled(table: str, name: str) -> dict[str, Event]:
    return {
        event.key: event
        for row in recorded(name)
        for event in read(BY_NAME[table], row)
    }


def delivered() -> dict[str, Event]:
    source = MauticSource([SECRET])
    return {
        event.key: event
        for request in of_the_hook()
        for event in source.parse(request.body, RECEIVED).events
    }


def bare(event: Event) -> Event:
    """Leave out what tables do not have: names, and what a form was filled with."""
    drop = {"results", "sent_at"}
    return replace(
        event,
        contact_id=None,  # history moves to the winner of a merge
        content=event.content and replace(event.content, name=""),
        via=event.via and replace(event.via, name=""),
        data={name: one for name, one in event.data.items() if name not in drop},
    )


@pytest.mark.parametrize(
    ("table", "name", "least"),
    [
        ("page_hits", "133-stats-page_hits.json", 5),
        ("page_hits", "018-stats-page_hits.json", 3),
        ("email_stats", "134-stats-email_stats.json", 3),
        ("email_stats", "019-stats-email_stats.json", 2),
        ("form_submissions", "139-stats-form_submissions.json", 2),
        ("form_submissions", "020-stats-form_submissions.json", 1),
        ("lead_donotcontact", "137-stats-lead_donotcontact.json", 1),
    ],
)
def test_a_row_is_the_event_that_its_webhook_was(table, name, least):
    webhooks, rows = delivered(), pulled(table, name)

    both = sorted(set(webhooks) & set(rows))

    assert len(both) >= least
    for key in both:
        assert bare(rows[key]) == bare(webhooks[key])


def test_a_download_has_no_webhook_and_becomes_an_event():
    events = pulled("asset_downloads", "q5-stats-asset_downloads.json")

    assert events
    for key, event in events.items():
        assert event.type is EventType.ASSET_DOWNLOADED
        assert event.content is not None
        assert key.startswith("asset:")
        assert event.contact_id


BOUNCE = (
    's:7:"bounces";a:1:{i:0;a:2:{s:8:"datetime";s:19:"2026-11-22 10:01:00";'
    's:6:"reason";s:4:"full";}}'
)
OPENING = 'i:0;a:1:{s:8:"datetime";s:19:"2026-11-23 09:00:00";}'
BAD = 'i:0;a:1:{s:8:"datetime";s:19:"0000-00-00 00:00:00";}'


@pytest.mark.parametrize(
    ("details", "last"),
    [
        (f"a:2:{{{BOUNCE}{OPENING}}}", "2026-11-23 09:00:00"),
        (f"a:2:{{{OPENING}{BOUNCE}}}", "2026-11-23 10:00:00"),
        (f"a:2:{{{BAD}{BOUNCE}}}", "2026-11-23 09:00:00"),
        ('a:1:{i:0;s:4:"what";}', "2026-11-23 09:00:00"),
    ],
    ids=["bounced first", "bounced later", "no moment", "no opening"],
)
def test_how_a_mail_came_back_is_no_opening(details, last):
    row = {"id": "9", "lead_id": "7", "email_id": "3", "tracking_hash": "abc"}
    sent = {"date_sent": "2026-11-22 10:00:00", "open_details": details}
    opened = {"open_count": "1", "last_opened": last}
    sent_event, opening = read(BY_NAME["email_stats"], row | sent | opened)

    assert (sent_event.key, opening.key) == ("sent:abc", "open:9:1")
    assert opening.occurred_at == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_an_opening_without_any_moment_does_not_cost_the_mail():
    row = {"id": "9", "lead_id": "7", "email_id": "3", "tracking_hash": "abc"}
    cut = {"date_sent": "2026-11-22 10:00:00", "open_count": "1", "open_details": ""}

    assert [one.key for one in read(BY_NAME["email_stats"], row | cut)] == ["sent:abc"]


def test_every_opening_of_a_mail_has_its_own_key():
    events = pulled("email_stats", "134-stats-email_stats.json")

    assert {"open:1:1", "open:1:2", "open:1:3"} <= set(events)


def test_a_visitor_without_a_contact_is_nobody():
    assert read(BY_NAME["page_hits"], {"id": "7", "date_hit": "2026-11-22"}) == ()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("page_hits", {"id": "x", "lead_id": "1", "date_hit": "2026-11-22 10:00:00"}),
        ("page_hits", {"id": "1", "lead_id": "-1", "date_hit": "2026-11-22 10:00:00"}),
        ("asset_downloads", {"id": "1", "lead_id": "1", "asset_id": "1"}),
        ("video_hits", {"id": "1", "lead_id": "1", "date_hit": "yesterday"}),
    ],
)
def test_a_row_that_cannot_be_read_says_why(table, row):
    with pytest.raises(Unfit, match=r"."):
        read(BY_NAME[table], row)


@pytest.mark.parametrize("value", [None, "", "a:1:{", "i:5", 'O:3:"Foo":0:{}', 7])
def test_what_is_not_serialized_php_is_nothing(value):
    assert unserialize(value) in ({}, 5)


def test_a_set_of_utm_values_is_read():
    row = {
        "id": "12",
        "lead_id": "7",
        "date_added": "2026-11-23 09:00:01",
        "referer": "https://www.linkedin.com/",
        "utm_source": "linkedin",
        "utm_medium": "social",
    }

    (event,) = read(LOG["lead_utmtags"], row)

    assert (event.key, event.type) == ("utm:12", EventType.UTM_ADDED)
    assert event.utm == {"source": "linkedin", "medium": "social"}
    assert read(LOG["lead_utmtags"], {**row, "utm_source": "", "utm_medium": ""}) == ()


def test_a_stage_that_was_set_is_read():
    rows = recorded("022-stats-lead_stages_change_log.json")

    events = [read(LOG["lead_stages_change_log"], row)[0] for row in rows]

    assert [(one.key, dict(one.data)) for one in events] == [
        ("stage:5008", {"stage": 1, "by": "1:Lead"}),
        ("stage:5009", {"stage": 2, "by": "2:Customer"}),
    ]


@pytest.mark.parametrize("planned", ["1", 1])
def test_what_a_campaign_only_plans_is_no_event(planned):
    row = {
        "id": "3",
        "lead_id": "7",
        "campaign_id": "2",
        "event_id": "9",
        "is_scheduled": planned,
        "trigger_date": "2026-11-25 09:00:00",
    }

    done = {**row, "is_scheduled": "0", "date_triggered": "2026-11-25 09:00:03"}

    assert read(CAMPAIGN_LOG, row) == ()
    (event,) = read(CAMPAIGN_LOG, done)
    assert event.key == "campaign:3"
    assert event.occurred_at == datetime(2026, 11, 25, 9, 0, 3, tzinfo=UTC)
    assert event.data == {"campaign": "2", "action": "9"}


def test_a_step_of_a_campaign_that_failed_says_why():
    row = {
        "id": "3",
        "lead_id": "7",
        "is_scheduled": "0",
        "date_triggered": "2026-11-25 09:00:03",
        "metadata": 'a:2:{s:6:"failed";i:1;s:6:"reason";s:14:"do not contact";}',
    }

    (event,) = read(CAMPAIGN_LOG, row)

    assert event.data["failed"] == "do not contact"


REFUSAL = {
    "id": "7",
    "lead_id": "3",
    "date_added": "2026-11-22 23:26:31",
    "reason": "2",
    "channel": "email",
    "comments": "Mailgun: user COMPLAINED",
}


def test_a_complaint_stands_in_the_comment_and_comes_beside_what_the_webhook_says():
    bounced, complained = read(DO_NOT_CONTACT, REFUSAL)

    assert (bounced.key, bounced.data["new"]) == ("dnc:7:bounced", "bounced")
    assert (complained.key, complained.data["new"]) == ("complaint:7", "complained")
    assert len(read(DO_NOT_CONTACT, {**REFUSAL, "comments": "550 unknown"})) == 1


def test_a_refusal_for_a_reason_that_we_do_not_know_cannot_be_read():
    with pytest.raises(Unfit, match="reason '9'"):
        read(DO_NOT_CONTACT, {**REFUSAL, "reason": "9"})
