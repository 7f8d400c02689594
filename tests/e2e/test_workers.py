"""Several workers on one database, asked through Redis or PostgreSQL: once each.

What is held afterwards equals what one worker made of the same, in order.
"""

import random
from difflib import unified_diff

import pytest

from plugin.store import InboxState, OutboxState
from tests.e2e.crash import COPIES, SENDERS, Nursery, Sender, is_up, play, settle
from tests.e2e.test_processes import free_port
from tests.e2e.world import Ports, open_world, wait_until
from tests.support.databases import database, postgres_server
from tests.support.house import START
from tests.support.queues import redis_server

pytestmark = pytest.mark.e2e

PATIENCE = 60.0
#: As slow as real time, so that no claim runs out while its holder lives.
REAL = 1.0
WORKERS = ("worker", "worker-2", "worker-3")
PEOPLE = 12


@pytest.fixture(scope="module")
def ports():
    """The same for all worlds of these tests: addresses are part of what is held."""
    return Ports(free_port(), free_port(), free_port())


@pytest.fixture(scope="module")
def clean(ports, tmp_path_factory):
    """What one worker on SQLite made of it: the deliveries, and what is held."""
    folder = tmp_path_factory.mktemp("clean") / "house"
    with open_world(folder, ports, people=PEOPLE) as world:
        held, _ = play(world, world.deliveries)
        return world.deliveries, held


@pytest.fixture
def postgres():
    with postgres_server() as server, database(server) as url:
        yield url


@pytest.fixture(params=["redis", "postgres"])
def jobs(request, postgres, tmp_path):
    """The part [jobs] of the config file, with what stands behind it."""
    if request.param == "postgres":
        plain = postgres.replace("+psycopg", "")
        yield f'backend = "postgres"\nurl = "{plain}"'
        return
    with redis_server(tmp_path, free_port()) as url:
        yield f'backend = "redis"\nurl = "{url}"'


def is_done(parts):
    with parts.store.view() as unit:
        open_writes = [
            one
            for state in (OutboxState.PENDING, OutboxState.CLAIMED)
            for one in unit.outbox.list(state)
        ]
        return not unit.inbox.depth() and not open_writes


def test_three_workers_do_everything_once_and_as_one_would(
    tmp_path, jobs, postgres, ports, clean
):
    folder = tmp_path / "house"
    how = {"database": postgres, "jobs": jobs, "people": PEOPLE}
    with open_world(folder, ports, **how) as world:
        sent, expected = clean
        assert world.deliveries == sent, "the two worlds are not the same"
        world.clock.stop(START)
        world.clock.run(REAL)
        nursery = Nursery(world, pace=REAL)
        sender = None
        try:
            for name in ("web", *WORKERS):
                nursery.start(name)
            wait_until(lambda: is_up(ports.door), PATIENCE, "the door is up")
            sender = Sender(world, shuffled(sent * COPIES), SENDERS)
            wait_until(sender.is_done, PATIENCE, "all deliveries are answered")
            wait_until(lambda: is_done(world.parts), PATIENCE, "all is done")
            with world.parts.store.view() as unit:
                deliveries = unit.inbox.list(limit=10_000)
                parked = unit.outbox.list(OutboxState.PARKED)
            settle(world, nursery, sender.figures, WORKERS)
            held = world.dump()
        finally:
            if sender is not None:
                sender.close()
            nursery.close()
        took_part = [
            name for name in WORKERS if '"event": "process"' in log(nursery, name)
        ]

        assert len(took_part) > 1
        assert len(deliveries) >= len(sent) * COPIES
        assert {one.state for one in deliveries} == {InboxState.DONE}
        again = sum(one.attempts - 1 for one in deliveries)
        # only what a busy database gave back untouched was begun once more
        assert again == 0 or any(
            '"event": "process.store_busy"' in log(nursery, name) for name in WORKERS
        )
        assert parked == []
        assert world.missing_notes() == []
    assert len(expected) > PEOPLE
    assert list(unified_diff(expected, held, "one", "three", "", n=0)) == []


def shuffled(deliveries):
    """Give them in another order, always the same."""
    found = list(deliveries)
    random.Random(1).shuffle(found)
    return found


def log(nursery, name):
    return nursery.log(name).read_text()
