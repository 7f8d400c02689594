"""The endpoints: who may ask, and what they say when things are well and not."""

import json
import re
import sqlite3
import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from plugin.app import create_app
from plugin.config import UiSettings
from plugin.errors import Retryable
from plugin.health import views
from plugin.health.metrics import METRICS
from plugin.opening import Opening
from plugin.pipeline import heartbeat, writes
from plugin.pipeline.hook import HEALTH_MARK
from plugin.pipeline.process import process
from plugin.pipeline.reconcile import WHOLE_MARK
from plugin.pipeline.spool import Spool, drain
from plugin.store import Link, open_store, schema, upgrade
from plugin.store.tallies import spans
from webhooks.events import Event, EventType
from webhooks.inbox import Delivery
from webhooks.signature import HEADER, sign

from .conftest import SECRET, TOKEN

BODY = b'{"mautic.page_on_hit":[]}'
GOOD = {HEADER: sign(BODY, SECRET.encode())}


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
    assert answer.json == {
        "service": "stdc",
        "ready": True,
        "store": "ok",
        "disk": "ok",
    }


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("postgresql+psycopg://nobody@127.0.0.1:9/none", "away"),
        ("sqlite:///{folder}/without-tables.db", "wrong revision"),
        ("sqlite:///{folder}/older.db", "wrong revision"),
    ],
)
def test_not_ready_without_the_store_it_needs(clinic, web, url, state):
    upgrade(f"sqlite:///{clinic.folder}/older.db", "0009")
    address = url.format(folder=clinic.folder)

    with closing(open_store(address, clock=clinic.clock)) as clinic.parts.store:
        answer = web.get("/readyz")

    assert answer.status_code == 503
    assert answer.json["store"] == state
    assert "nobody" not in answer.text, "the address is nobody's business"


def test_asked_often_it_opens_no_database_and_reads_no_migrations(web, monkeypatch):
    web.get("/readyz")
    opened = []
    monkeypatch.setattr(schema, "open_engine", opened.append)
    monkeypatch.setattr(schema, "ScriptDirectory", None)

    assert [web.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert opened == []


@contextmanager
def locked(clinic):
    """Hold SQLite's write lock, as a program would that hangs in a transaction."""
    path = clinic.folder / "data" / "stdc.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def deliver(web):
    return web.post("/webhooks/mautic", data=BODY, headers=GOOD)


def test_not_ready_while_deliveries_go_to_the_spool(clinic, web):
    with locked(clinic):
        before = clinic.clock()
        assert deliver(web).json == {"receipt": 0}
        spooling = web.get("/readyz")
    drain(clinic.parts)
    after = web.get("/readyz")

    assert spooling.status_code == 503
    assert spooling.json["ready"] is False
    assert spooling.json["store"] == "takes nothing"
    since = datetime.fromisoformat(spooling.json["spooling_since"])
    assert timedelta(0) <= since - before < timedelta(seconds=30)
    assert (after.status_code, after.json["store"]) == (200, "ok")


def test_a_delivery_that_the_store_takes_makes_it_ready_again(clinic, web, monkeypatch):
    monkeypatch.setattr("plugin.pipeline.spooling.AWAY_SECONDS", 0.0)
    with locked(clinic):
        deliver(web)

    assert deliver(web).json["receipt"] > 0
    assert web.get("/readyz").status_code == 200


def test_what_an_earlier_process_left_on_the_spool_is_told(clinic):
    spool = Spool(clinic.parts.settings.spool)
    at = clinic.clock() - timedelta(hours=1)
    spool.keep(Delivery(source="mautic", body=BODY, received_at=at))

    answer = create_app(clinic.parts).test_client().get("/readyz")

    assert answer.json["spooling_since"] == at.isoformat()


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
    web.post("/webhooks/mautic", data=BODY, headers=GOOD)
    web.post("/webhooks/mautic/", data=BODY, headers=GOOD)
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


def test_a_mautic_that_calls_itself_otherwise_is_counted_and_taken(clinic, web):
    ours = clinic.parts.settings.mautic.url
    for name in (f"{ours}/", "https://copy.example.org", "https://copy.example.org"):
        headers = GOOD | {"X-Origin-Base-URL": name}
        answer = web.post("/webhooks/mautic", data=BODY, headers=headers)
        assert answer.status_code == 200
        answer.close()
    forged = {HEADER: "bad", "X-Origin-Base-URL": "https://forged.example.org"}
    web.post("/webhooks/mautic", data=BODY, headers=forged).close()

    assert samples(web)["stdc_other_origin_total",] == 2
    with clinic.parts.store.view() as unit:
        noted = set(unit.marks.starting("origin."))
    assert noted == {f"origin.{ours}", "origin.https://copy.example.org"}


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
        unit.marks.put(WHOLE_MARK, early.isoformat())
        unit.marks.put(HEALTH_MARK, {"condition": "needs-a-person", "advice": ""})
        heartbeat.beat(unit, early, mappings="abc")

    found = samples(web)

    assert found["stdc_events_total", "page.visited"] == 2
    assert found["stdc_duplicates_total",] == 2
    assert found["stdc_healed_events_total", "page.visited"] == 2
    assert found["stdc_inbox_oldest_seconds",] == pytest.approx(600, abs=30)
    assert found["stdc_last_delivery_seconds",] == pytest.approx(600, abs=30)
    assert found["stdc_reconcile_seconds",] == pytest.approx(600, abs=30)
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


def hits(*moments):
    items = [
        {"hit": {"id": number, "lead": {"id": 7}, "url": "http://x.example/a"}}
        | {"timestamp": moment.isoformat()}
        for number, moment in enumerate(moments, 1)
    ]
    return json.dumps({"mautic.page_on_hit": items}).encode()


def test_how_long_a_click_is_on_its_way(clinic, web):
    """Three hits came in after 0, 40 and 7200 s, and waited half a minute."""
    parts = clinic.parts
    came = parts.clock().replace(microsecond=0) - timedelta(seconds=30)
    body = hits(came, came - timedelta(seconds=40), came - timedelta(hours=2))
    echo = Delivery(source="mautic", body=BODY, received_at=came)
    with parts.store.unit() as unit:
        unit.inbox.accept_many(
            [Delivery(source="mautic", body=body, received_at=came), echo]
        )
    process(parts)

    found = samples(web)

    name, kind = "stdc_event_lag_seconds", "page.visited"
    assert found[f"{name}_count", kind] == 3
    assert found[f"{name}_sum", kind] == pytest.approx(7240)
    steps = {"1.0": 1, "15.0": 1, "60.0": 2, "3600.0": 2, "21600.0": 3, "+Inf": 3}
    assert {step: bucket(found, name, step, kind) for step in steps} == steps
    # an echo is no event, so nobody waits for it
    assert found["stdc_decision_lag_seconds_count",] == 1
    assert 30 <= found["stdc_decision_lag_seconds_sum",] < 60


def bucket(found, name, step, kind):
    """Find a bucket's count; bounds are written as 1, 1.0 or +Inf."""
    (count,) = [
        count
        for (one, *labels), count in found.items()
        if one == f"{name}_bucket" and kind in labels and float(step) in bounds(labels)
    ]
    return count


def bounds(labels):
    return [float(one) for one in labels if one[0] in "+0123456789"]


def test_a_click_from_a_clock_that_is_ahead_took_no_time(clinic):
    with clinic.parts.store.unit() as unit:
        unit.tallies.took("decided", timedelta(seconds=-5))

    with clinic.parts.store.view() as unit:
        took = spans(unit.tallies.all())["decided"]
    assert took.within[0] == ("1", 1)
    assert took.seconds == 0


def test_what_waits_on_the_spool_has_an_age(clinic, web):
    spool = Spool(clinic.parts.settings.spool)
    for minutes in (10, 90, 5):
        at = clinic.clock() - timedelta(minutes=minutes)
        spool.keep(Delivery(source="mautic", body=BODY, received_at=at))

    assert samples(web)["stdc_spool_oldest_seconds",] == pytest.approx(5400, abs=30)

    drain(clinic.parts)
    assert samples(web)["stdc_spool_oldest_seconds",] == 0


PARTS_OF_ONE = re.compile(r"_(?:bucket|sum|count)$")


def test_every_metric_is_told_and_no_other(clinic, web):
    test_figures_come_from_the_store(clinic, web)
    test_how_long_a_click_is_on_its_way(clinic, web)

    told = {
        PARTS_OF_ONE.sub("", name)
        for name, *_ in samples(web)
        if not name.endswith("_created")
    }

    assert told == set(METRICS)


def closed_door(clinic):
    """Start a web process whose store is away, as `stdc web` would."""

    def build():
        raise Retryable("the store is away")

    app = Opening(clinic.parts.settings, build, clinic.clock, every_seconds=3600)
    return Client(app)


def test_while_only_the_door_is_open_the_metrics_tell_of_it(clinic):
    client = closed_door(clinic)
    deliver(client)
    client.post("/webhooks/mautic", data=BODY, headers={HEADER: "bad"})

    found = samples(client, environ_base={"REMOTE_ADDR": "127.0.0.1"})

    assert found["stdc_store_up",] == 0
    assert found["stdc_spool_deliveries", "waiting"] == 1
    assert 0 <= found["stdc_spool_oldest_seconds",] < 30
    assert found["stdc_deliveries_total", "accepted", "mautic"] == 1
    assert found["stdc_deliveries_total", "bad_signature", "mautic"] == 1
    assert found["stdc_disk_free_bytes", "data"] > 0


def test_while_only_the_door_is_open_strangers_learn_no_more_than_else(clinic):
    client = closed_door(clinic)
    stranger = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}

    assert client.get("/metrics", **stranger).status_code == 401
    ready = client.get("/readyz", **stranger)
    assert (ready.status_code, ready.json["store"]) == (503, "not open yet")


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
