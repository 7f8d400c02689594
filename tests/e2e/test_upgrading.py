"""A store is upgraded while Mautic goes on sending, and each delivery comes in once."""

import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from statistics import median

import pytest
from sqlalchemy import func, select

from plugin.store import revision, upgrade
from plugin.store.engine import open_engine, transaction
from plugin.store.tables import bodies, deliveries, metadata
from tests.e2e.test_opening import until_it_is_ready, waiting
from tests.e2e.test_processes import PATIENCE, SECRET, folder, running
from tests.support.databases import database, postgres_server
from tests.support.rows import fill
from webhooks.signature import sign

__all__ = ["folder"]

pytestmark = pytest.mark.e2e

OLD, ROWS = "0007", 3_000
#: Tables that the upgrade makes.
NEW = ("mailings", "leases", "pasts", "gaps", "awaited")
#: A visitor of Mautic's may wait for an answer: most at most, and all.
MOST_SECONDS, ALL_SECONDS = 0.5, 5.0
#: How long something else has a lock that the upgrade waits for.
HELD_SECONDS = 4.0


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, folder):
    """Address of a store of an older version with thousands of rows in every table."""
    if request.param == "sqlite":
        address = f"sqlite:///{folder}/data/stdc.db"
        (folder / "data").mkdir(exist_ok=True)
        upgrade(address, to=OLD)
        fill(address, ROWS)
        yield address
        return
    with postgres_server() as server, database(server) as address:
        upgrade(address, to=OLD)
        fill(address, ROWS)
        yield address


class Sender(threading.Thread):
    """Sends one delivery after the other until it is told to stop."""

    def __init__(self, address):
        super().__init__()
        self.url = f"{address}/webhooks/mautic"
        self.over = threading.Event()
        self.sent, self.answers, self.seconds = [], Counter(), []

    def run(self):
        for number in itertools.count(1):
            if self.over.is_set():
                return
            body = json.dumps({"mautic.lead_post_delete": [], "n": number}).encode()
            began = time.monotonic()
            self.answers[self.post(body)] += 1
            self.seconds.append(time.monotonic() - began)
            self.sent.append(body)
            time.sleep(0.02)

    def post(self, body):
        request = urllib.request.Request(  # noqa: S310 -- ours
            self.url, data=body, headers={"Webhook-Signature": sign(body, SECRET)}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 -- ours
                return answer.status
        except OSError as error:
            return str(error)


@contextmanager
def sending(address):
    sender = Sender(address)
    sender.start()
    try:
        yield sender
    finally:
        sender.over.set()
        sender.join()


@contextmanager
def held(url):
    """Hold what the upgrade has to wait for: as a worker, or as pg_dump."""
    engine = open_engine(url)
    with transaction(engine) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM people").scalar_one()
        yield
    engine.dispose()


def upgrading(service):
    """Run `stdc db upgrade` as its own process."""
    command = [sys.executable, "-m", "plugin", "db", "upgrade"]
    return subprocess.Popen(command, env=service.environ, stdout=subprocess.PIPE)


def kept(url):
    """Read what was said by every delivery that came after the old ones."""
    engine = open_engine(url)
    whole = func.coalesce(bodies.c.body, deliveries.c.body)
    joined = deliveries.outerjoin(bodies, bodies.c.delivery_id == deliveries.c.id)
    with transaction(engine, read_only=True) as connection:
        query = select(whole).select_from(joined).where(deliveries.c.id > ROWS)
        found = Counter(connection.scalars(query))
        rows = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
            if table.name not in {"deliveries", "bodies", "marks"}  # written to
        }
    engine.dispose()
    return found, rows


def test_whatever_is_sent_during_an_upgrade_comes_in_once(folder, url):
    with running(folder, "web", STDC_DATABASE_URL=url) as service:
        service.until_it_answers()
        with sending(service.address) as sender:
            with held(url):
                process = upgrading(service)
                time.sleep(HELD_SECONDS)
                assert process.poll() is None
                while_locked = len(sender.sent)
            said, _ = process.communicate(timeout=PATIENCE)
            until_it_is_ready(service)
            whole = len(sender.sent)
            while len(sender.sent) < whole + 20:
                time.sleep(0.05)
        deadline = time.monotonic() + PATIENCE
        while waiting(folder) and time.monotonic() < deadline:
            time.sleep(0.1)

    assert said.decode().startswith(f"The store went from {OLD} to ")
    current, head = revision(url)
    assert current == head
    assert while_locked >= 20
    assert set(sender.answers) == {200}
    assert median(sender.seconds) < MOST_SECONDS
    assert max(sender.seconds) < ALL_SECONDS
    found, rows = kept(url)
    (first,) = set(found) - set(sender.sent)  # the one that asked whether it is up
    assert found.pop(first) == 1
    assert found == Counter(sender.sent)
    assert waiting(folder) == []
    # and what was there, is
    assert rows == dict.fromkeys(rows, ROWS) | dict.fromkeys(NEW, 0)
