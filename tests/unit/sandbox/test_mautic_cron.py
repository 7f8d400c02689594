"""Segments and campaigns move only when their cron runs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from plugin.sandbox.mautic.server import MauticSandbox

PHASES = {"list": [{"label": name, "value": name} for name in ("see", "think")]}


class World:
    """A look-alike with a phase field, two segments and one campaign."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.sandbox = MauticSandbox(clock=lambda: self.now)

    def set_up(self) -> None:
        field = {
            "label": "Phase",
            "alias": "phase",
            "type": "select",
            "properties": PHASES,
        }
        self.api("POST", "fields/contact/new", field)
        for name in ("see", "think"):
            rule = {
                "glue": "and",
                "object": "lead",
                "field": "phase",
                "type": "select",
                "operator": "=",
                "properties": {"filter": name},
            }
            self.api("POST", "segments/new", {"name": name, "filters": [rule]})
        self.api(
            "POST", "emails/new", {"name": "Mail", "subject": "s", "customHtml": "x"}
        )

    def campaign(
        self,
        events: list[dict[str, Any]],
        wires: list[tuple[str, str, str]],
        **body: Any,
    ) -> int:
        lines = [
            {"sourceId": a, "targetId": b, "anchors": {"source": via, "target": "top"}}
            for a, via, b in wires
        ]
        made = self.api(
            "POST",
            "campaigns/new",
            {
                "name": "C",
                "lists": [{"id": 1}],
                "events": events,
                "isPublished": True,
                "canvasSettings": {"nodes": [], "connections": lines},
            }
            | body,
        )
        return int(made["campaign"]["id"])

    def api(self, method: str, path: str, body: Any = None) -> Any:
        auth = (self.sandbox.username, self.sandbox.password)
        url = f"{self.sandbox.url}/api/{path}"
        answer = requests.request(method, url, json=body, auth=auth, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def phase(self, contact: int, name: str) -> None:
        self.api("PATCH", f"contacts/{contact}/edit", {"phase": name})

    def contact(self, **body: Any) -> int:
        body = {"email": "a@kandidaat.example", "phase": "see"} | body
        return int(self.api("POST", "contacts/new", body)["contact"]["id"])

    def segments(self, contact: int) -> list[str]:
        found = self.api("GET", f"contacts/{contact}/segments")
        return (
            [row["name"] for row in found["lists"].values()] if found["total"] else []
        )

    def tags(self, contact: int) -> list[str]:
        return [
            tag["tag"]
            for tag in self.api("GET", f"contacts/{contact}")["contact"]["tags"]
        ]

    def sent(self) -> int:
        return int(self.api("GET", "stats/email_stats")["total"])


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    with found.sandbox:
        found.set_up()
        yield found


def event(
    name: str, kind: str, event_type: str = "action", **more: Any
) -> dict[str, Any]:
    return {
        "id": f"new_{name}",
        "name": name,
        "type": kind,
        "eventType": event_type,
        "properties": {},
        "triggerMode": "immediate",
    } | more


def tag(name: str, **more: Any) -> dict[str, Any]:
    return event(name, "lead.changetags", properties={"add_tags": [name]}, **more)


def test_a_filter_segment_follows_the_field_at_the_next_run(world: World) -> None:
    contact = world.contact()
    assert world.segments(contact) == []
    world.sandbox.segments_update()
    assert world.segments(contact) == ["see"]

    world.phase(contact, "think")
    assert world.segments(contact) == ["see"]
    world.sandbox.segments_update()
    assert world.segments(contact) == ["think"]
    assert world.sandbox.segments_update() == 0


def test_a_contact_added_by_hand_stays(world: World) -> None:
    contact = world.contact(phase="think")
    world.api("POST", f"segments/1/contact/{contact}/add")
    world.sandbox.segments_update()

    assert world.segments(contact) == ["see", "think"]


def test_a_contact_removed_by_hand_stays_out(world: World) -> None:
    contact = world.contact()
    world.sandbox.segments_update()
    world.api("POST", f"segments/1/contact/{contact}/remove")
    world.sandbox.segments_update()

    assert world.segments(contact) == []


def test_a_campaign_acts_once_and_again_when_it_may_restart(world: World) -> None:
    world.campaign(
        [tag("seen")], [("lists", "leadsource", "new_seen")], allowRestart=True
    )
    contact = world.contact()
    world.sandbox.cron()
    world.sandbox.cron()
    assert world.tags(contact) == ["seen"]
    assert world.api("GET", "stats/campaign_lead_event_log")["total"] == "1"

    for name in ("think", "see"):
        world.phase(contact, name)
        world.sandbox.cron()
    rows = world.api("GET", "stats/campaign_lead_event_log")["stats"]
    assert [row["rotation"] for row in rows] == ["1", "2"]


def test_an_unpublished_campaign_does_nothing(world: World) -> None:
    world.campaign(
        [tag("seen")], [("lists", "leadsource", "new_seen")], isPublished=False
    )
    contact = world.contact()
    world.sandbox.cron()

    assert world.tags(contact) == []


def test_a_mail_waits_its_time_and_not_for_who_left(world: World) -> None:
    mail = event(
        "mail",
        "email.send",
        properties={"email": 1},
        triggerMode="interval",
        triggerInterval=2,
        triggerIntervalUnit="d",
    )
    world.campaign([mail], [("lists", "leadsource", "new_mail")])
    world.contact()
    gone = world.contact(email="b@kandidaat.example")
    world.sandbox.cron()
    world.phase(gone, "think")
    world.now += timedelta(days=1)
    world.sandbox.cron()
    assert world.sent() == 0

    world.now += timedelta(days=1)
    world.sandbox.cron()
    assert world.sent() == 1


def test_a_marketing_mail_respects_do_not_contact(world: World) -> None:
    world.campaign(
        [event("mail", "email.send", properties={"email": 1})],
        [("lists", "leadsource", "new_mail")],
    )
    contact = world.contact()
    world.api("POST", f"contacts/{contact}/dnc/email/add", {"reason": 1})
    world.sandbox.cron()

    assert world.sent() == 0


def test_an_opened_mail_takes_the_yes_path_and_silence_the_no_path(
    world: World,
) -> None:
    later = {
        "triggerMode": "interval",
        "triggerInterval": 3,
        "triggerIntervalUnit": "d",
    }
    world.campaign(
        [
            event("mail", "email.send", properties={"email": 1}),
            event("open", "email.open", "decision"),
            tag("warm"),
            tag("cold", **later),
        ],
        [
            ("lists", "leadsource", "new_mail"),
            ("new_mail", "bottom", "new_open"),
            ("new_open", "yes", "new_warm"),
            ("new_open", "no", "new_cold"),
        ],
    )
    reader, silent = world.contact(), world.contact(email="b@kandidaat.example")
    world.sandbox.cron()
    stat = world.api(
        "GET",
        f"stats/email_stats?where[0][col]=lead_id&where[0][expr]=eq&where[0][val]={reader}",
    )
    pixel = f"{world.sandbox.url}/email/{stat['stats'][0]['tracking_hash']}.gif"
    requests.get(pixel, timeout=10)

    assert world.tags(reader) == ["warm"]
    world.now += timedelta(days=4)
    world.sandbox.cron()
    assert world.tags(silent) == ["cold"]


def test_the_campaigns_own_webhook_is_a_plain_form(
    world: World, httpserver: Any
) -> None:
    httpserver.expect_request("/campaign", method="POST").respond_with_data("ok")
    properties = {
        "url": httpserver.url_for("/campaign"),
        "method": "post",
        "headers": {"list": [{"label": "X-Token", "value": "abc"}]},
        "additional_data": {
            "list": [{"label": "email", "value": "{contactfield=email}"}]
        },
    }
    world.campaign(
        [event("hook", "campaign.sendwebhook", properties=properties)],
        [("lists", "leadsource", "new_hook")],
    )
    world.contact()
    world.sandbox.cron()
    ((request, _),) = httpserver.log

    assert request.form.to_dict() == {"email": "a@kandidaat.example"}
    assert request.headers["X-Token"] == "abc"
    assert "Webhook-Signature" not in request.headers


def test_a_segment_in_use_is_not_unpublished(world: World) -> None:
    world.campaign([tag("seen")], [("lists", "leadsource", "new_seen")])
    auth = (world.sandbox.username, world.sandbox.password)
    url = f"{world.sandbox.url}/api/segments/1/edit"
    answer = requests.patch(url, json={"isPublished": False}, auth=auth, timeout=10)

    assert answer.status_code == 422
