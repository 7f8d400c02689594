"""Mautic in immediate mode, and one gunicorn worker with one thread: no deadlock.

Our write is still under way when Mautic sends it back to us, and Mautic answers
the visitor, and us, only when our door has answered.
"""

import time
from contextlib import contextmanager

import pytest

from plugin.store import OutboxState
from tests.e2e.crash import PACE, Nursery, is_up
from tests.e2e.test_processes import free_port
from tests.e2e.world import Ports, open_world, wait_until
from tests.support.house import START

pytestmark = pytest.mark.e2e

PATIENCE = 60.0
#: Seconds in which a loop would go round many times.
LONG = 3.0


@contextmanager
def serving(folder):
    """Run the web server with a single thread, and the worker."""
    ports = Ports(free_port(), free_port(), free_port())
    with open_world(folder / "house", ports, threads=1) as world:
        world.clock.stop(START)
        world.clock.run(PACE)
        nursery = Nursery(world)
        try:
            nursery.start("web")
            nursery.start("worker")
            wait_until(lambda: is_up(ports.door), PATIENCE, "the door is up")
            yield world
        finally:
            nursery.close()


def writes(world, state):
    with world.parts.store.view() as unit:
        return unit.outbox.list(state, limit=1000)


def rests(world):
    """Whether nothing is left to do, here or there."""
    with world.parts.store.view() as unit:
        waiting = unit.inbox.depth()
    return not waiting and not any(
        writes(world, state) for state in (OutboxState.PENDING, OutboxState.CLAIMED)
    )


def phase(world, visitor):
    contact = world.mautic.state.contacts.get(visitor.contact_id)
    return contact.values.get("stdc_phase") if contact else None


def test_one_thread_takes_its_own_echo_and_comes_to_rest(tmp_path):
    with serving(tmp_path) as world:
        visitors = [world.mautic.visitor() for _ in range(5)]
        for number, visitor in enumerate(visitors):
            values = {"email": f"p{number}@example.com", "firstname": "Sanne"}
            visitor.submit_form(world.content["sign-up-form"], values)
        wait_until(
            lambda: {phase(world, one) for one in visitors} == {"do"},
            PATIENCE,
            "everybody is in Do",
        )
        wait_until(lambda: rests(world), PATIENCE, "all is done")
        before = writes(world, OutboxState.DONE)
        heard = len(world.mautic.state.logs["webhook_logs"])
        time.sleep(LONG)

        logs = world.mautic.state.logs["webhook_logs"]
        assert len(logs) == heard
        assert {row["status_code"] for row in logs} == {"200"}
        assert max(float(row["runtime"]) for row in logs) < 5
        assert writes(world, OutboxState.DONE) == before
        contacts = [one for one in before if one.kind == "contact"]
        # See or Do, then the candidate's link in the ATS
        assert len(contacts) <= 3 * len(visitors)
        assert len(world.mautic.state.tables["notes"]) <= len(visitors)
