"""A store is moved while Mautic goes on sending, and killed over and over meanwhile."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from plugin.store import upgrade
from tests.e2e.test_opening import until_it_is_ready, waiting
from tests.e2e.test_processes import PATIENCE, folder, running
from tests.e2e.test_upgrading import kept, sending
from tests.support.databases import database, postgres_server
from tests.support.rows import fill

__all__ = ["folder"]

pytestmark = pytest.mark.e2e

ROWS, KILLS = 3_000, 6


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, folder):
    if request.param == "sqlite":
        yield f"sqlite:///{folder}/data/new.db"
        return
    with postgres_server() as server, database(server) as url:
        yield url


def until_it_listens(service):
    deadline = time.monotonic() + PATIENCE
    while not service.is_up() and time.monotonic() < deadline:
        time.sleep(0.05)


def moving(service, target):
    command = [sys.executable, "-m", "plugin", "db", "move", target]
    return subprocess.Popen(
        command,
        env=service.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def moved(service, target, rng):
    """Start it again until it is through; the first times it is killed."""
    for number in range(100):
        process = moving(service, target)
        if number < KILLS:
            time.sleep(rng.uniform(0.8, 4.0))
            os.kill(process.pid, signal.SIGKILL)
        said, why = process.communicate(timeout=PATIENCE)
        if process.returncode == 0 or "moved already" in why:
            return number
        assert process.returncode == -signal.SIGKILL or "locked" in why, said + why
    raise AssertionError("it never ended")


def test_whatever_is_sent_during_a_move_comes_in_once(folder, target):
    source = f"sqlite:///{folder}/data/stdc.db"
    (folder / "data").mkdir(exist_ok=True)
    upgrade(source)
    fill(source, ROWS)
    with running(folder, "web") as service:
        service.until_it_answers()
        until_it_is_ready(service)
        with sending(service.address) as sender:
            moved(service, target, random.Random(7))
            during = len(sender.sent)
            while len(sender.sent) < during + 20:
                time.sleep(0.05)
    assert waiting(folder)

    with running(folder, "web", STDC_DATABASE_URL=target) as service:
        until_it_listens(service)
        until_it_is_ready(service)
        deadline = time.monotonic() + PATIENCE
        while waiting(folder) and time.monotonic() < deadline:
            time.sleep(0.1)

    assert set(sender.answers) == {200}
    found, rows = kept(target)
    (first,) = set(found) - set(sender.sent)  # the one that asked whether it is up
    assert found.pop(first) == 1
    assert found == Counter(sender.sent)
    assert waiting(folder) == []
    assert rows == dict.fromkeys(rows, ROWS)
