"""A running worker takes edited mappings over, and never half or wrong ones."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from plugin import store
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
