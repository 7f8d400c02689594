"""One of a kind at a time, whoever asks at the same moment and whoever dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest

from plugin.errors import Retryable
from plugin.pipeline.turns import is_turn_lost, leased
from plugin.store import open_store

WORKERS = 3
TRIES = 40
PATIENCE = 20
#: Lasts so long that no slow machine lets it run out by accident.
LONG = 600.0
#: Lasts a moment, and is renewed all the same.
SHORT = {"seconds": 0.5}


@pytest.fixture
def workers(url, clock):
    """Open the same database several times, as workers on several machines do."""
    with ExitStack() as stack:
        stores = [
            stack.enter_context(closing(open_store(url, clock=clock)))
            for _ in range(WORKERS)
        ]
        for one in stores:
            with one.view():
                pass  # it is connected
        yield [SimpleNamespace(store=one) for one in stores]


class Job:
    """Counts how many do it at once."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.lock = threading.Lock()
        self.running = self.runs = self.most = 0

    def __call__(self):
        with self.lock:
            self.running += 1
            self.runs += 1
            self.most = max(self.most, self.running)
        time.sleep(self.seconds)
        with self.lock:
            self.running -= 1


def at_once(work, workers):
    """Let all of these do it, beginning at the same moment; return what came of it."""
    barrier = threading.Barrier(len(workers))

    def start(one):
        barrier.wait()
        return work(one)

    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(start, workers))


def take(parts, name="job", holder="somebody", seconds=LONG):
    with parts.store.unit() as unit:
        return unit.leases.take(name, holder, seconds)


def holder(parts, name="job"):
    with parts.store.view() as unit:
        return unit.leases.holder(name)


def away():
    raise Retryable("store: away")


def until(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_of_those_who_begin_together_one_does_it(workers):
    job = Job(0.02)
    for _ in range(TRIES):
        did = at_once(lambda one: leased(one, "job", job), workers)

        assert 1 <= sum(did) <= WORKERS
    assert job.most == 1


def test_however_often_they_begin_it_is_never_done_twice_at_once(workers):
    job = Job(0.001)

    def again_and_again(parts):
        return sum(leased(parts, "job", job) for _ in range(TRIES))

    assert sum(at_once(again_and_again, workers)) == job.runs > 0
    assert job.most == 1


def test_of_those_who_find_one_that_is_over_one_gets_it(workers):
    for _ in range(TRIES):
        assert take(workers[0], holder="who died", seconds=-1)
        assert sorted(at_once(take, workers)) == [False, False, True]
        with workers[0].store.unit() as unit:
            unit.leases.release("job", "somebody")


def test_while_one_has_it_another_does_not_run(workers):
    here, there, _ = workers
    ran = []

    def outer():
        ran.append("outer")
        assert not leased(there, "job", lambda: ran.append("inner"))
        assert leased(there, "another", lambda: ran.append("another"))

    assert leased(here, "job", outer)
    assert leased(there, "job", lambda: ran.append("next"))
    assert ran == ["outer", "another", "next"]


def test_it_ends_with_a_failure_too(workers):
    def fail():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        leased(workers[0], "job", fail)

    assert leased(workers[1], "job", lambda: None)


def test_a_job_that_takes_longer_than_it_lasts_is_not_done_twice(workers):
    here, there, _ = workers
    job = Job(1.5)
    first = threading.Thread(target=leased, args=(here, "job", job), kwargs=SHORT)
    first.start()
    until(lambda: job.running)
    while first.is_alive():
        leased(there, "job", job, **SHORT)
        time.sleep(0.02)
    first.join()

    assert job.most == 1


#: What a worker is that holds a lease and is killed: the store's address comes first.
HOLD = """
import sys, time
from datetime import datetime, UTC
from types import SimpleNamespace
from plugin.pipeline.turns import leased
from plugin.store import open_store
store = open_store(sys.argv[1], clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
def hold():
    print("begun", flush=True)
    time.sleep(600)
leased(SimpleNamespace(store=store), "job", hold, seconds=2)
"""


@contextmanager
def another_process(url):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "begun\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_a_killed_worker_did_alone_another_one_does_soon(workers, url):
    with another_process(url) as process:
        time.sleep(2.5)  # it is renewed as long as it lives
        assert not leased(workers[0], "job", lambda: None)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        died = time.monotonic()
        until(lambda: leased(workers[0], "job", lambda: None))

    assert time.monotonic() - died < 2 + 1.5


def test_who_comes_back_late_takes_nothing_from_the_next(workers):
    here, there, _ = workers
    assert take(here, holder="late", seconds=-1)
    assert take(there, holder="next")
    with here.store.unit() as unit:
        assert not unit.leases.renew("job", "late", LONG)
        unit.leases.release("job", "late")

    assert holder(here) == "next"


def test_who_was_away_too_long_is_told_to_end(workers):
    here, there, _ = workers
    told = []

    def sleep_through_it():
        assert not is_turn_lost()
        with there.store.unit() as unit:  # as if the machine had slept
            unit.leases.release("job", unit.leases.holder("job"))
            assert unit.leases.take("job", "next", LONG)
        until(is_turn_lost)
        assert leased(here, "a part of it", lambda: told.append(is_turn_lost()))

    assert leased(here, "job", sleep_through_it, **SHORT)
    assert told == [True]
    assert not is_turn_lost()
    assert holder(here) == "next"


def test_one_that_could_not_be_renewed_in_time_is_lost(workers, monkeypatch):
    here, *_ = workers
    unit = here.store.unit

    def lose_the_store():
        monkeypatch.setattr(here.store, "unit", away)
        until(is_turn_lost)
        monkeypatch.setattr(here.store, "unit", unit)

    assert leased(here, "job", lose_the_store, **SHORT)
    assert holder(here) is None


def test_a_job_that_hangs_keeps_it_no_longer_than_a_job_may_take(workers):
    here, there, _ = workers

    def hang():
        until(lambda: leased(there, "job", lambda: None))
        assert is_turn_lost()

    assert leased(here, "job", hang, **SHORT, most=1.0)


def test_a_store_that_is_away_at_the_end_fails_no_job(workers, monkeypatch):
    def lose_the_store():
        monkeypatch.setattr(workers[0].store, "unit", away)

    assert leased(workers[0], "job", lose_the_store)
    assert holder(workers[1]) is not None


def test_our_own_clock_does_not_matter(workers, clock):
    """Machines disagree about the time; the store does not."""
    assert take(workers[0])
    clock.at += timedelta(days=400)

    assert not take(workers[1], holder="whose clock is ahead")
