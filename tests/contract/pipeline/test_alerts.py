"""Who begins to move is told at once, once, signed, and only when it is news."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from plugin.ats import registry
from plugin.config import AlertSettings
from plugin.config.model import Secret
from plugin.mappings.alerts import Alerts, RisingAlert
from plugin.mappings.model import Phase
from plugin.pipeline import deliver_alerts, writes
from plugin.pipeline.rescore import rescore
from plugin.store import OutboxState
from tests.support.house import START
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.base import ProfileSeen

KEY = "a-secret-for-alerts-of-no-worth"
TOLD = RisingAlert(via=("webhook",))
#: Days with a visit: seldom, and then every day.
SELDOM, OFTEN = (0, 30, 60), tuple(range(88, 96))


@pytest.fixture
def alerted(house, httpserver):
    """A house whose alerts go to a server of ours."""
    httpserver.expect_request("/alerts", method="POST").respond_with_data("", 204)
    settings = AlertSettings(
        url=httpserver.url_for("/alerts"), secret=Secret(KEY), allow_private=True
    )
    house.parts.alerts = registry.alerts(settings, clock=house.clock)
    tell(house, TOLD)
    return house


def tell(house, rules):
    mappings = house.parts.mappings
    house.parts.mappings = replace(mappings, alerts=Alerts(rising=rules))


def know(house, owner_id=1):
    seen = ProfileSeen(
        contact_id=1,
        seen_at=START,
        key="saved",
        email="anna@example.org",
        first_name="Anna",
        owner_id=owner_id,
        complete=True,
    )
    with house.parts.store.unit() as unit:
        unit.people.see_profile(seen)


def visit(house, day, *, heard=None):
    """Let Anna look at a blog, and decide about her when we hear of it."""
    at = START + timedelta(days=day)
    house.clock.at = at if heard is None else START + timedelta(days=heard)
    url = f"https://www.example.org/blog/{day}"
    event = Event(
        key=f"hit:{day}",
        type=EventType.PAGE_VISITED,
        contact_id=1,
        occurred_at=at,
        content=ContentRef(kind=ContentKind.URL, url=url),
    )
    with house.parts.store.unit() as unit:
        unit.history.append([event], house.clock.at)
        rescore(house.parts, unit, [1], as_of=house.clock.at)
    deliver_alerts.deliver_all(house.parts)


def live(house, *, owner_id=1):
    know(house, owner_id)
    for day in (*SELDOM, *OFTEN):
        visit(house, day)


def alerts(house):
    return [one for one in house.outbox() if one.destination == writes.ALERT]


def test_who_begins_to_move_is_told_once_and_signed(alerted, httpserver):
    live(alerted)

    ((request, _),) = httpserver.log
    headers, body = request.headers, request.get_data(as_text=True)
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = Webhook(registry.signing_secret(KEY)).sign(headers["webhook-id"], at, body)
    message = json.loads(body)
    assert headers["webhook-signature"] == signed
    data = message["data"]
    assert message["type"] == "contact.rising"
    assert (data["contact_id"], data["owner_id"], data["name"]) == (1, 1, "Anna")
    assert data["visits"] >= 3
    assert data["text"].startswith("STDC: Komt in beweging (sinds ")
    assert data["link"].endswith("/contacts/1")
    (write,) = alerts(alerted)
    assert write.state is OutboxState.DONE
    assert request.headers["webhook-id"] == write.key
    assert "anna" not in str(write.payload).lower()


def test_a_receiver_that_is_away_gets_it_later_under_the_same_id(alerted, httpserver):
    httpserver.clear()
    httpserver.expect_ordered_request("/alerts").respond_with_data("", 503)
    httpserver.expect_ordered_request("/alerts").respond_with_data("", 204)
    live(alerted)
    alerted.clock.wait(minutes=10)
    deliver_alerts.deliver_all(alerted.parts)

    ids = [request.headers["webhook-id"] for request, _ in httpserver.log]
    assert len(ids) >= 2
    assert len(set(ids)) == 1
    assert [one.state for one in alerts(alerted)] == [OutboxState.DONE]


def test_what_is_refused_is_parked_with_the_reason(alerted, httpserver):
    httpserver.clear()
    httpserver.expect_request("/alerts").respond_with_data("", 422)
    live(alerted)

    (write,) = alerts(alerted)
    assert write.state is OutboxState.PARKED
    assert "422" in write.last_error


def test_without_an_address_it_waits_and_says_why(alerted):
    alerted.parts.alerts = None
    live(alerted)

    (write,) = alerts(alerted)
    assert write.state is OutboxState.PENDING
    assert "config.toml has no [alerts]" in write.last_error


@pytest.mark.parametrize(
    ("rules", "owner_id"),
    [
        (RisingAlert(), 1),
        (TOLD, None),
        (replace(TOLD, min_visits=50), 1),
        (replace(TOLD, phases=frozenset({Phase.CARE})), 1),
    ],
    ids=["via nothing", "no owner", "too few visits", "other phase"],
)
def test_nobody_is_told_what_the_mapping_does_not_ask_for(alerted, rules, owner_id):
    tell(alerted, rules)
    live(alerted, owner_id=owner_id)

    assert "stdc-rising" in alerted.state(1).wanted["tags"]
    assert alerts(alerted) == []


def test_old_news_is_kept_quiet(alerted):
    know(alerted)
    for day in (*SELDOM, *OFTEN):
        visit(alerted, day, heard=OFTEN[-1] + 8)

    assert "stdc-rising" in alerted.state(1).wanted["tags"]
    assert alerts(alerted) == []


def test_who_is_first_seen_rising_came_by_a_backfill(alerted):
    know(alerted)
    with alerted.parts.store.unit() as unit:
        for day in (*SELDOM, *OFTEN[:-1]):
            at = START + timedelta(days=day)
            url = f"https://www.example.org/blog/{day}"
            content = ContentRef(kind=ContentKind.URL, url=url)
            kind = EventType.PAGE_VISITED
            event = Event(
                key=f"hit:{day}",
                type=kind,
                contact_id=1,
                occurred_at=at,
                content=content,
            )
            unit.history.append([event], at)
    visit(alerted, OFTEN[-1])

    assert "stdc-rising" in alerted.state(1).wanted["tags"]
    assert alerts(alerted) == []


def test_who_is_no_longer_rising_is_not_told_of(alerted, httpserver):
    address, alerted.parts.alerts = alerted.parts.alerts, None
    live(alerted)
    alerted.parts.alerts = address
    alerted.clock.wait(days=60)
    deliver_alerts.deliver_all(alerted.parts)

    assert httpserver.log == []
    assert [one.state for one in alerts(alerted)] == [OutboxState.DONE]
