"""A running worker takes edited mappings over, and never half or wrong ones."""

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from plugin import store
from plugin.pipeline import force, heartbeat
from tests.e2e.test_processes import PATIENCE, folder, running
from tests.unit.cli.test_what_if import visit

__all__ = ["folder"]

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def edit(folder, before, after):
    path = folder / "mappings" / "phases.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


class Looking:
    """Looks at an installation from outside, as an admin does."""

    def __init__(self, folder, service):
        self.folder = folder
        self.service = service
        url = f"sqlite:///{folder}/data/stdc.db"
        self.store = store.open_store(url, clock=lambda: NOW)

    def until(self, found, what):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if answer := found():
                return answer
            time.sleep(0.2)
        pytest.fail(f"not within {PATIENCE} s: {what}\n{self.service.lines()}")

    def logged(self, event):
        return [line for line in self.service.lines() if line["event"] == event]

    def versions(self):
        with self.store.view() as unit:
            return {one for one in unit.figures.mapping_versions() if one}

    def workers(self):
        """Say which mappings each worker has that lives."""
        with self.store.view() as unit:
            return {name: one.mappings for name, one in heartbeat.workers(unit).items()}

    def doctor(self):
        told = subprocess.run(
            [sys.executable, "-m", "plugin", "doctor", "--json"],
            env=self.service.environ,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        return {one["name"]: one for one in json.loads(told.stdout)["checks"]}


def fill(folder):
    """Three people who read about a hackathon, in a store that stdc made."""
    url = f"sqlite:///{folder}/data/stdc.db"
    store.upgrade(url)
    opened = store.open_store(url, clock=lambda: NOW)
    with opened.unit() as unit:
        for who in (1, 2, 3):
            unit.history.append([visit(who, "hackathon/1", 1, NOW)], NOW)
        unit.people.persons_of([1, 2, 3], NOW - timedelta(days=1))
    opened.close()


def test_a_worker_keeps_the_last_good_ones_and_takes_mended_ones_over(folder):
    (folder / "data").mkdir(exist_ok=True)
    fill(folder)
    with running(folder, "worker") as service:
        here = Looking(folder, service)
        (original,) = here.until(here.versions, "people judged at the start")
        edit(folder, "enter = 10", "enter = 9")
        first = here.until(lambda: here.logged("mappings.taken_over"), "take-over")
        good = first[0]["version"]
        assert good != original
        here.until(lambda: here.versions() == {good}, "people judged by it")

        edit(folder, "enter = 9", "enter = 0")
        (refused,) = here.until(lambda: here.logged("mappings.refused"), "refusal")

        assert refused["still"] == good
        assert "phases.toml" in refused["problems"][0]
        assert "found 0, expected a number from 0.01" in refused["problems"][0]
        assert here.versions() == {good}
        told = here.until(
            lambda: good in (one := here.doctor()["mappings"])["says"] and one,
            "the doctor says what goes on",
        )
        assert told["outcome"] == "fail"
        assert "phases.toml" in told["says"]

        edit(folder, "enter = 0", "enter = 8")
        here.until(lambda: here.logged("mappings.taken_over")[1:], "the mended ones")
        mended = here.logged("mappings.taken_over")[-1]["version"]
        here.until(lambda: here.versions() == {mended}, "people judged again")

        with here.store.view() as unit:
            used = {one.version: one for one in unit.rules.all()}
        assert {original, good, mended} == set(used)
        assert used[mended].changed == ("phases.toml",)
        here.store.close()


def test_of_two_workers_with_folders_of_their_own_one_stands_by(folder, tmp_path):
    """As on two machines: the same database, and mappings changed one by one."""
    (folder / "data").mkdir(exist_ok=True)
    fill(folder)
    shutil.copytree(folder, other := tmp_path / "other", ignore=_not("other"))
    url = f"sqlite:///{folder}/data/stdc.db"
    with (
        running(folder, "worker") as first,
        running(other, "worker", STDC_DATABASE_URL=url) as second,
    ):
        here, there = Looking(folder, first), Looking(folder, second)
        (original,) = here.until(here.versions, "people judged at the start")
        here.until(lambda: len(here.workers()) == 2, "both live")
        edit(folder, "enter = 10", "enter = 9")
        here.until(lambda: here.versions() not in ({original}, set()), "judged anew")
        (changed,) = here.until(here.versions, "by the new ones")

        there.until(lambda: there.logged("mappings.superseded"), "it stands by")

        (told,) = there.logged("mappings.superseded")
        assert (told["ours"], told["in_force"]) == (original, changed)
        assert here.versions() == {changed}
        found = here.doctor()["worker.mappings"]
        assert found["outcome"] == "warn"
        assert f"has {original}" in found["says"]

        edit(other, "enter = 10", "enter = 9")
        there.until(lambda: set(there.workers().values()) == {changed}, "it goes on")
        with here.store.view() as unit:
            assert force.in_force(unit) == changed
    assert here.workers() == {}
    here.store.close()
    there.store.close()


def _not(name):
    return lambda _folder, names: {one for one in names if one in {name, "data", "log"}}
