"""Which job runs when, and who asks whom."""

import socket
import threading
import time
from datetime import datetime
from types import SimpleNamespace

import pytest
from huey import MemoryHuey
from huey.storage import SqliteStorage
from redis import RedisError

from plugin.config import JobSettings
from plugin.errors import Misconfigured
from plugin.pipeline import jobs as jobs_module
from plugin.pipeline.consumer import RestingConsumer
from plugin.pipeline.jobs import MOST_WAITING, Jobs, open_huey
from plugin.pipeline.process import Processed

#: Two connections, and nothing else that is asked for before a job runs.
PARTS = SimpleNamespace(connectors={"odoo": None, "partner": None})


@pytest.fixture
def huey():
    return MemoryHuey("tests")


def due(huey, minute):
    return {task.name for task in huey.read_periodic(datetime(2026, 11, 23, 9, minute))}


@pytest.mark.parametrize(
    ("minute", "more"),
    [
        (0, {"catalogue"}),
        (1, set()),
        (5, {"reconcile"}),
        (10, {"catalogue"}),
        (17, {"retention"}),
        (55, {"reconcile"}),
    ],
)
def test_each_job_has_its_minute(huey, minute, more):
    Jobs(PARTS, huey)

    always = {"tick", "hook", "asked", "erasures", "trials"}
    assert due(huey, minute) == always | {"poll.odoo", "poll.partner"} | more


def test_asking_enqueues_a_pass(huey):
    Jobs(PARTS, huey).ask()

    assert huey.pending_count() == 1


def test_where_nobody_works_no_more_is_asked_for(huey):
    jobs = Jobs(PARTS, huey)
    for _ in range(10 * MOST_WAITING):
        jobs.ask()

    assert huey.pending_count() == MOST_WAITING * (1 + 4)


def test_a_spool_that_cannot_be_moved_holds_up_no_delivery_in_the_inbox(
    huey, monkeypatch
):
    done = []
    monkeypatch.setattr(jobs_module, "drain", lambda _: done.append("drain") or 1 / 0)
    monkeypatch.setattr(
        jobs_module, "process", lambda *_, **__: done.append("process") or Processed()
    )
    parts = SimpleNamespace(stopping=lambda: False, connectors={})

    Jobs(parts, huey)._process()

    assert done == ["drain", "process"]


def test_the_queue_is_a_file_unless_told_otherwise(tmp_path):
    huey = open_huey(JobSettings(), tmp_path)

    assert isinstance(huey.storage, SqliteStorage)
    assert (tmp_path / "jobs.db").exists()
    huey.storage.close()


@pytest.mark.parametrize("backend", ["redis", "postgres"])
def test_elsewhere_needs_an_address(tmp_path, backend):
    with pytest.raises(Misconfigured, match=r"jobs\.url"):
        open_huey(JobSettings(backend=backend), tmp_path)


def test_who_may_not_work_leaves_the_queue_to_others(huey):
    did, may_work = threading.Event(), threading.Event()
    huey.task(name="one")(did.set)()
    consumer = RestingConsumer(huey, may_work=may_work.is_set, workers=1)
    thread = threading.Thread(target=consumer.worker_threads[0][1].run)
    thread.start()
    try:
        time.sleep(0.3)
        assert huey.pending_count() == 1
        may_work.set()
        assert did.wait(5)
    finally:
        consumer.stop_flag.set()
        thread.join()


def test_who_may_not_work_enqueues_nothing_by_the_clock(huey):
    Jobs(PARTS, huey)
    may_work = threading.Event()
    consumer = RestingConsumer(huey, may_work=may_work.is_set, workers=1)
    thread = threading.Thread(target=consumer.scheduler.run)
    thread.start()
    try:
        time.sleep(0.3)
        assert huey.pending_count() == 0
        may_work.set()
        deadline = time.monotonic() + 5
        while huey.pending_count() == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        consumer.stop_flag.set()
        thread.join()


def test_a_redis_that_says_nothing_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs_module, "QUEUE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        huey = open_huey(JobSettings(backend="redis", url=url), tmp_path)

        with pytest.raises(RedisError, match=r"[Tt]imeout"):
            huey.pending_count()


def test_the_address_of_the_queue_may_say_how_long_to_wait(tmp_path):
    url = "redis://127.0.0.1:1/0?socket_timeout=30"
    huey = open_huey(JobSettings(backend="redis", url=url), tmp_path)

    named = huey.storage.pool.connection_kwargs
    assert (named["socket_timeout"], named["socket_connect_timeout"]) == (30, 5)
