"""The jobs at work: who runs, who waits, and what a killed worker leaves behind."""

import threading
from datetime import timedelta
from types import SimpleNamespace

from huey import MemoryHuey

from plugin.ats.base import Ok
from plugin.config import RetentionSettings
from plugin.pipeline import writes
from plugin.pipeline.jobs import Jobs
from plugin.pipeline.process import LEASE_SECONDS, MOST_ATTEMPTS, SUSPECT_ATTEMPTS
from plugin.pipeline.refresh import refresh
from plugin.pipeline.rescore import rescore
from plugin.pipeline.retention import purge
from plugin.store import OutboxState
from webhooks.events import Event, EventType


def drain(huey):
    """Run what is enqueued, as a consumer does; return the names."""
    names = []
    while (task := huey.dequeue()) is not None:
        names.append(task.name)
        huey.execute(task)
    return names


def test_one_pass_brings_what_came_in_to_mautic(lively):
    huey = MemoryHuey("tests")
    jobs = Jobs(lively.parts, huey)
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    jobs.ask()

    names = drain(huey)

    assert names == ["process", "deliver.mautic"]
    assert lively.value(visitor.contact_id, "stdc_phase") == "do"


class Hanging:
    """A connector of an ATS that takes what is asked and does not answer."""

    def __init__(self):
        self.asked, self.over = threading.Event(), threading.Event()

    def fetch(self, _refs):
        self.asked.set()
        assert self.over.wait(20)
        return Ok(())

    def capabilities(self):
        return SimpleNamespace(hint_delay_seconds=None)


def test_while_an_ats_hangs_mautic_is_written_to(lively):
    huey, hanging = MemoryHuey("tests"), Hanging()
    lively.parts.connectors = {"slow": hanging}
    jobs = Jobs(lively.parts, huey)
    visitor = lively.visitor(email="sanne@example.com")
    with lively.parts.store.unit() as unit:
        unit.outbox.put(writes.reread("slow", "1", lively.clock()))
    jobs.deliver()
    thread = threading.Thread(target=lambda: huey.execute(huey.dequeue()))
    thread.start()
    assert hanging.asked.wait(20)
    lively.process()
    jobs.deliver()
    names = drain(huey)
    written = lively.value(visitor.contact_id, "stdc_phase")
    is_hanging = thread.is_alive()
    hanging.over.set()
    thread.join()

    assert is_hanging
    assert "deliver.mautic" in names
    assert written == "see"


def test_what_an_ats_answered_is_shown_in_mautic_at_once(lively):
    huey, quick = MemoryHuey("tests"), Hanging()
    quick.over.set()
    lively.parts.connectors = {"quick": quick}
    jobs = Jobs(lively.parts, huey)
    with lively.parts.store.unit() as unit:
        unit.outbox.put(writes.reread("quick", "1", lively.clock()))
    jobs.deliver()

    assert drain(huey) == ["deliver.ats:quick", "deliver.mautic"]


def test_the_tick_takes_what_no_hint_told_of(lively):
    huey = MemoryHuey("tests")
    Jobs(lively.parts, huey)
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    for task in huey.read_periodic(lively.clock()):
        if task.name == "tick":
            huey.enqueue(task)
    drain(huey)

    assert lively.value(visitor.contact_id, "stdc_phase") == "do"


def test_a_hook_put_right_is_followed_by_a_pull(lively):
    huey = MemoryHuey("tests")
    Jobs(lively.parts, huey)
    for task in huey.read_periodic(lively.clock() + timedelta(minutes=5)):
        if task.name == "reconcile":
            huey.execute(task)
    (hook,) = lively.mautic.state.tables["hooks"].values()
    hook["webhookUrl"] = "http://127.0.0.1:9/"
    visitor = lively.visitor(email="sanne@example.com")
    lively.clock.wait(minutes=1)
    lively.sign_up(visitor, "sanne@example.com")
    lively.clock.wait(minutes=1)
    for task in huey.read_periodic(lively.clock() + timedelta(minutes=1)):
        if task.name == "hook":
            huey.enqueue(task)
    drain(huey)

    assert lively.value(visitor.contact_id, "stdc_phase") == "do"


def test_a_mautic_that_is_away_fails_no_job_for_good(lively):
    huey = MemoryHuey("tests")
    Jobs(lively.parts, huey)
    lively.line.drop("before", "GET", "/api", times=None)
    for minute in (0, 5, 10, 17):
        for task in huey.read_periodic(lively.clock().replace(minute=minute)):
            huey.execute(task)

    with lively.parts.store.view() as unit:
        assert all(unit.leases.holder(one) is None for one in ("hook", "sweep"))


def test_deliveries_of_a_killed_worker_are_done_when_their_lease_is_over(lively):
    visitor = lively.visitor(email="sanne@example.com")
    visitor.visit_page("hackathon")
    with lively.parts.store.unit() as unit:
        claimed = unit.inbox.claim(100, lively.clock(), LEASE_SECONDS)

    assert lively.process() == 0
    lively.clock.wait(seconds=LEASE_SECONDS)
    assert lively.process() == len(claimed) > 0


def test_a_delivery_that_stops_workers_is_done_apart_and_then_parked(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.process()
    visitor.visit_page("hackathon")
    kill_workers(lively, SUSPECT_ATTEMPTS)
    visitor.visit_page("hackathon-programme")
    kill_workers(lively, MOST_ATTEMPTS - SUSPECT_ATTEMPTS)

    lively.process()

    with lively.parts.store.view() as unit:
        (parked,) = unit.inbox.list("parked")
        assert f"begun {MOST_ATTEMPTS + 1} times" in parked.reason
        keys = {event.key for event in unit.people.load(visitor.contact_id).events}
    assert len([key for key in keys if key.startswith("hit:")]) == 1


def kill_workers(house, times):
    """Let workers claim everything and die."""
    for _ in range(times):
        with house.parts.store.unit() as unit:
            unit.inbox.claim(100, house.clock(), LEASE_SECONDS)
        house.clock.wait(seconds=LEASE_SECONDS)


def test_what_is_older_than_it_may_be_is_deleted_in_steps(lively):
    object.__setattr__(
        lively.parts.settings,
        "retention",
        RetentionSettings(inbox_days=3, outbox_days=5),
    )
    visitor = lively.visitor(email="sanne@example.com")
    lively.interest(visitor, days=3)
    lively.sign_up(visitor, "sanne@example.com")
    lively.work()
    before = lively.dump()
    with lively.parts.store.view() as unit:
        deliveries = len(unit.inbox.list(limit=1000))
    lively.clock.wait(days=4)
    first = purge(lively.parts, step=1)
    lively.clock.wait(days=4)
    second = purge(lively.parts, step=1)

    assert (first.deliveries, first.writes) == (deliveries, 0)
    assert second.writes == 2
    assert lively.outbox() == []
    people = [line for line in before if not line.startswith('["write"')]
    assert lively.dump() == people


def test_what_is_parked_stays(lively):
    lively.post(b"not json")
    lively.process()
    with lively.parts.store.unit() as unit:
        unit.outbox.put(writes.resolve(1, "a test"))
        (item,) = unit.outbox.claim("mautic", 1, lively.clock(), 60)
        unit.outbox.park(item, "no")
    lively.clock.wait(days=4000)
    purge(lively.parts)

    assert len(lively.outbox(OutboxState.PARKED)) == 1
    with lively.parts.store.view() as unit:
        assert len(unit.inbox.list("parked")) == 1


def test_behaviour_and_audit_are_kept_as_long_as_the_settings_say(lively):
    visitor = lively.visitor(email="joris@example.com")
    lively.interest(visitor, days=3)
    lively.work()
    who = visitor.contact_id
    hired = Event(
        key="candidate.hired:odoo:1",
        type=EventType.CANDIDATE_HIRED,
        contact_id=who,
        occurred_at=lively.clock(),
        data={"connection": "odoo"},
    )
    with lively.parts.store.unit() as unit:
        unit.history.append([hired], lively.clock())
        people = unit.people.persons_of([who], lively.clock()).values()
        rescore(lively.parts, unit, people, as_of=lively.clock())
        unit.audit.add(lively.clock(), "anna", "contact.seen", f"contact:{who}", {})
    lively.clock.wait(days=720)
    early = purge(lively.parts, step=1)
    lively.clock.wait(days=11)

    behaviour = purge(lively.parts, step=1)
    refresh(lively.parts)
    lively.clock.wait(days=1_825)
    audit = purge(lively.parts, step=1)

    with lively.parts.store.view() as unit:
        left = unit.history.of([who])[who]
        lines = [one for one in unit.audit.list() if one.actor == "anna"]
    assert early.events == 0
    assert behaviour.events > 0
    assert behaviour.lines == 0
    assert [one.type for one in left] == [EventType.CANDIDATE_HIRED]
    assert lively.state(who).phase == "care"
    assert audit.lines > 0
    assert lines == []
