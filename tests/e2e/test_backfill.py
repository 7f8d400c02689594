"""`stdc backfill`, killed with SIGKILL again and again, loses and doubles nothing."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from plugin.bootstrap import now
from plugin.store import open_store
from tests.support.old_mautic import events, serving

MAPPINGS = Path(__file__).parents[2] / "mappings"
CONTACTS = 600
PATIENCE = 120
KILLS = 3
CONFIG = """
[instance]
name = "tests"
base_url = "https://stdc.example.org"
mappings = "{mappings}"
data_dir = "data"
[mautic]
url = "{url}"
auth = "basic"
username = "stdc"
password = "file:secret"
webhook_secrets = ["file:secret"]
"""

pytestmark = pytest.mark.e2e


@pytest.fixture
def mautic():
    with serving(CONTACTS) as url:
        yield url


class Place:
    """An installation in a folder, and the command in it."""

    def __init__(self, folder, url):
        folder.mkdir()
        (folder / "secret").write_text("webhook-secret-of-32-characters!")
        text = CONFIG.format(mappings=MAPPINGS, url=url)
        (folder / "config.toml").write_text(text)
        self.folder = folder

    def start(self, *words):
        config = str(self.folder / "config.toml")
        return subprocess.Popen(
            [sys.executable, "-m", "plugin", "--config", config, "backfill", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, *words):
        told, _ = self.start(*words, "--json").communicate(timeout=PATIENCE)
        return json.loads(told)

    def rows(self):
        """Count the rows that were read so far."""
        path = self.folder / "data" / "stdc.db"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
            query = "SELECT value FROM marks WHERE name = 'backfill'"
            try:
                found = connection.execute(query).fetchone()
            except sqlite3.OperationalError:  # its tables are being made
                return 0
        return sum(json.loads(found[0])["rows"].values()) if found else 0

    def wait_for_more(self, than):
        deadline = time.monotonic() + PATIENCE
        while self.rows() <= than:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def history(self):
        """Read what was kept; scores are as of another moment each."""
        store = open_store(f"sqlite:///{self.folder}/data/stdc.db", clock=now)
        lines = store.dump_state().decode().split("\n")
        store.close()
        return [one for one in lines if one.startswith(('["event"', '["contact"'))]


def test_killed_again_and_again_it_loses_and_doubles_nothing(tmp_path, mautic):
    whole, killed = Place(tmp_path / "whole", mautic), Place(tmp_path / "k", mautic)
    whole.ask()
    chance = random.Random(7)
    reached = [0]
    for _ in range(KILLS):
        run = killed.start("--rows-per-second", "2000")
        killed.wait_for_more(reached[-1])
        time.sleep(0.2 * chance.random())
        run.kill()
        run.communicate(timeout=PATIENCE)
        reached.append(killed.rows())

    done = killed.ask()["backfill"]

    assert reached[-1] < sum(done["rows"].values())
    assert done["finished_at"]
    assert sum(done["events"].values()) == events(CONTACTS)
    assert done["people"] == CONTACTS
    assert done["rows"] == whole.ask("--status")["rows"]
    assert killed.history() == whole.history()
