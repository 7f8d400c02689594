"""The endpoints: who may ask, and what they say when things are well and not."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from plugin.app import create_app
from plugin.config import UiSettings
from plugin.health import views
from plugin.health.metrics import METRICS
from plugin.pipeline import heartbeat, writes
from plugin.pipeline.hook import HEALTH_MARK
from plugin.store import Link
from webhooks.events import Event, EventType
from webhooks.inbox import Delivery
from webhooks.signature import HEADER, sign

from .conftest import SECRET, TOKEN

BODY = b'{"mautic.page_on_hit":[]}'


@pytest.fixture
def web(clinic):
    return create_app(clinic.parts).test_client()


def samples(client, **how):
    answer = client.get("/metrics", **how)
    assert answer.status_code == 200, answer.text
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


def test_alive_is_answered_without_asking_anybody(clinic, web):
    clinic.parts.settings = replace(
        clinic.parts.settings, database_url="sqlite:////nowhere/x.db"
    )

    answer = web.get("/healthz", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    assert answer.status_code == 200
    assert answer.json == {"service": "stdc", "status": "ok"}


def test_ready_when_the_store_and_the_disk_are(web):
    answer = web.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["ready"] is True


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("postgresql+psycopg://nobody@127.0.0.1:9/none", "away"),
        ("sqlite:///{folder}/other.db", "wrong revision"),
    ],
)
def test_not_ready_without_the_store_it_needs(clinic, web, url, state):
    clinic.parts.settings = replace(
        clinic.parts.settings, database_url=url.format(folder=clinic.folder)
    )

    answer = web.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["store"] == state
    assert "nobody" not in answer.text, "the address is nobody's business"


def test_not_ready_on_a_full_disk(web, monkeypatch):
    monkeypatch.setattr(views, "MIN_FREE_BYTES", 1 << 62)

    answer = web.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["disk"] == "nearly full"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 401),
        ("203.0.113.9", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("203.0.113.9", {"Authorization": f"bearer  {TOKEN} "}, 200),
        ("203.0.113.9", {"Authorization": "Bearer "}, 401),
        ("203.0.113.9", {"Authorization": "Bearer é"}, 401),
        ("203.0.113.9", {"Authorization": f"Basic {TOKEN}"}, 401),
        # a proxy on this machine passes on what is not from this machine
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 401),
    ],
)
def test_metrics_are_for_this_machine_and_the_admin(web, address, headers, status):
    answer = web.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == status


def test_without_an_admin_token_no_bearer_opens_the_metrics(clinic):
    clinic.parts.settings = replace(clinic.parts.settings, ui=UiSettings())
    client = create_app(clinic.parts).test_client()

    for given in ("Bearer ", "Bearer None", "Bearer x"):
        answer = client.get(
            "/metrics",
            headers={"Authorization": given},
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        )
        assert answer.status_code == 401


def test_the_door_is_counted_by_source_and_outcome(clinic, web):
    good = {HEADER: sign(BODY, SECRET.encode())}
    web.post("/webhooks/mautic", data=BODY, headers=good)
    web.post("/webhooks/mautic/", data=BODY, headers=good)
    web.post("/webhooks/mautic", data=BODY, headers={HEADER: "bad"})
    web.post("/webhooks/who-is-this", data=BODY)
    web.post("/webhooks/ats/or-this", data=BODY)
    web.get("/webhooks/mautic")

    found = samples(web)

    name = "stdc_deliveries_total"
    assert found[name, "accepted", "mautic"] == 2
    assert found[name, "bad_signature", "mautic"] == 1
    assert found[name, "unknown_source", "unknown"] == 2
    assert found["stdc_inbox_deliveries", "new"] == 2


def test_figures_come_from_the_store(clinic, web):
    parts = clinic.parts
    now = parts.clock()
    early = now - timedelta(minutes=10)
    event = Event(
        key="hit:1",
        type=EventType.PAGE_VISITED,
        contact_id=7,
        occurred_at=early,
    )
    with parts.store.unit() as unit:
        unit.history.append([event, event], early)
        unit.history.append([event, replace(event, key="hit:2")], early)
        unit.tallies.count("healed.page.visited", 2)
        unit.inbox.accept_many(
            [Delivery(source="mautic", body=b"{}", received_at=early)]
        )
        unit.outbox.put(writes.resolve(7, "test"))
        unit.links.put(link(now))
        unit.marks.put("paused.mautic", {"until": (now + timedelta(1)).isoformat()})
        unit.marks.put(HEALTH_MARK, {"condition": "needs-a-person", "advice": ""})
        heartbeat.beat(unit, early, mappings="abc")

    found = samples(web)

    assert found["stdc_events_total", "page.visited"] == 2
    assert found["stdc_duplicates_total",] == 2
    assert found["stdc_healed_events_total", "page.visited"] == 2
    assert found["stdc_inbox_oldest_seconds",] == pytest.approx(600, abs=30)
    assert found["stdc_last_delivery_seconds",] == pytest.approx(600, abs=30)
    assert found["stdc_worker_heartbeat_seconds",] == pytest.approx(600, abs=30)
    assert found["stdc_outbox_writes", "mautic", "pending"] == 1
    assert found["stdc_outbox_writes", "mautic", "parked"] == 0
    assert found["stdc_outbox_paused", "mautic"] == 1
    assert found["stdc_handovers", "odoo", "active"] == 1
    assert found["stdc_hook_up",] == 0
    assert found["stdc_store_up",] == 1


def link(now):
    return Link(
        connection="odoo",
        contact_id=7,
        person_id=7,
        ref="12",
        url=None,
        status="active",
        marker="mautic:tests:7",
        handed_over_at=now,
        updated_at=now,
    )


def test_every_metric_is_told_and_no_other(clinic, web):
    test_figures_come_from_the_store(clinic, web)

    told = {name for name, *_ in samples(web) if not name.endswith("_created")}

    assert told == set(METRICS)


def test_no_metric_names_a_person(clinic, web):
    made = clinic.parts.mautic.contacts.make({"email": "sanne@kandidaat.example"})
    clinic.set_up()
    clinic.mautic.visitor(contact=int(made["id"])).visit_url("https://x.example/secret")

    text = web.get("/metrics").text

    assert "sanne" not in text
    assert "x.example" not in text


def test_a_scrape_works_while_the_store_is_away(clinic, web, tmp_path):
    samples(web)
    clinic.parts.store.close()
    (clinic.folder / "data").rename(tmp_path / "elsewhere")

    found = samples(web)

    assert found["stdc_store_up",] == 0
    assert ("stdc_disk_free_bytes", "data") in found
    assert ("stdc_events_total",) not in found


def test_units_that_count_at_once_lose_nothing(clinic):
    """Tallies are added up in the database: several processes count the same."""

    def count():
        for _ in range(20):
            with clinic.parts.store.unit() as unit:
                unit.tallies.count("duplicates")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    with clinic.parts.store.view() as unit:
        assert unit.tallies.all() == {"duplicates": 80}


def test_a_unit_that_fails_counts_nothing(clinic):
    with pytest.raises(LookupError), clinic.parts.store.unit() as unit:  # noqa: PT012
        unit.tallies.count("duplicates", 5)
        raise LookupError

    with clinic.parts.store.view() as unit:
        assert unit.tallies.all() == {}
