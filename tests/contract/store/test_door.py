"""The door's patience: a commit for many, and whoever has waited enough goes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from plugin.errors import Retryable
from plugin.store import open_store, upgrade
from plugin.store.door import DoorInbox
from tests.support.databases import database
from tests.support.wire import wire_to
from webhooks.inbox import Delivery

#: Far more than anything here takes.
LONG = 60.0


@pytest.fixture
def delivery(clock):
    return Delivery(source="mautic", body=b"{}", received_at=clock())


class Commits:
    """Stands between a door and its commits: lets them begin, and end when told."""

    def __init__(self, door, error=None):
        self.begun = []
        self.first_may_end = threading.Event()
        self._real = door.accept_many
        self._error = error
        door.accept_many = self

    def __call__(self, given, *patience):
        self.begun.append((len(given), *patience))
        if len(self.begun) == 1:
            assert self.first_may_end.wait(LONG)
            if self._error is not None:
                raise self._error
        return self._real(given, *patience)

    def until_first(self):
        until(lambda: self.begun)


def until(is_so):
    end = time.monotonic() + LONG
    while not is_so() and time.monotonic() < end:
        time.sleep(0.001)
    assert is_so()


def kept(store):
    with store.view() as unit:
        return unit.inbox.count()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_behind_a_commit_that_hangs_nobody_waits_for_long(store, delivery, pool):
    assert kept(store) == 0  # and so a connection is open: there is no time for one
    door = DoorInbox(store._engine, seconds=0.2)
    commits = Commits(door)
    leader = pool.submit(door.accept, delivery)
    commits.until_first()
    behind = [pool.submit(door.accept, delivery) for _ in range(3)]

    for one in behind:
        with pytest.raises(Retryable, match=r"no answer within 0\.2 seconds"):
            one.result(LONG)

    until(lambda: door._is_stuck(time.monotonic()))
    door._give_up = lambda _: pytest.fail("somebody waited in vain")
    for _ in range(20):
        with pytest.raises(Retryable, match="no answer"):
            door.accept(delivery)
    assert [number for number, *_ in commits.begun] == [1]

    commits.first_may_end.set()
    assert leader.result(LONG) > 0
    assert door.accept(delivery) > 0
    assert kept(store) == 2, "who went was not kept after all"


def test_who_queued_behind_a_commit_that_failed_does_not_try_the_same(
    store, delivery, pool
):
    door = DoorInbox(store._engine, seconds=LONG)
    commits = Commits(door, Retryable("store: database is locked"))
    asked = [pool.submit(door.accept, delivery)]
    commits.until_first()
    asked += [pool.submit(door.accept, delivery) for _ in range(3)]
    until(lambda: len(door._waiting) == 3)

    commits.first_may_end.set()

    for one in asked:
        with pytest.raises(Retryable, match="locked"):
            one.result(LONG)
    assert len(commits.begun) == 1
    assert door.accept(delivery) > 0
    assert kept(store) == 1


def test_who_has_waited_for_one_commit_waits_less_for_the_next(store, delivery, pool):
    door = DoorInbox(store._engine, seconds=LONG)
    commits = Commits(door)
    first = pool.submit(door.accept, delivery)
    commits.until_first()
    second = pool.submit(door.accept, delivery)
    until(lambda: door._waiting)
    door._waiting[0].came_at -= LONG / 2

    commits.first_may_end.set()
    assert first.result(LONG) != second.result(LONG)

    (one, *no_hurry), (other, left) = commits.begun
    assert (one, no_hurry, other) == (1, [], 1)
    assert 0 < left < LONG / 2


def test_a_postgresql_that_says_nothing_is_given_up(postgres, delivery, clock):
    """Its kernel takes every byte, so that no time-out of the network's ends it."""
    with database(postgres) as url, wire_to(url) as wire:
        upgrade(url)
        with closing(open_store(wire.url, clock=clock)) as store:
            door = DoorInbox(store._engine, seconds=2.5)
            assert door.accept(delivery) > 0

            wire.fall_silent()
            for _ in range(2):  # a connection that was open, and a new one
                with pytest.raises(
                    Retryable, match=r"no answer in time|no time left|timeout"
                ):
                    door.accept(delivery)
            wire.speak()

            assert door.accept(delivery) > 0
            with store.unit() as unit:
                assert unit.inbox.count() >= 2
