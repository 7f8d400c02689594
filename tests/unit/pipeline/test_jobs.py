"""Which job runs when, and who asks whom."""

from datetime import datetime

import pytest
from huey import MemoryHuey
from huey.storage import SqliteStorage

from plugin.config import JobSettings
from plugin.errors import Misconfigured
from plugin.pipeline.jobs import MOST_WAITING, Jobs, open_huey


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
    Jobs(None, huey)

    assert due(huey, minute) == {"tick", "hook", "asked", "erasures", "trials"} | more


def test_asking_enqueues_a_pass(huey):
    Jobs(None, huey).ask()

    assert huey.pending_count() == 1


def test_where_nobody_works_no_more_is_asked_for(huey):
    jobs = Jobs(None, huey)
    for _ in range(10 * MOST_WAITING):
        jobs.ask()

    assert huey.pending_count() == MOST_WAITING


def test_the_queue_is_a_file_unless_told_otherwise(tmp_path):
    huey = open_huey(JobSettings(), tmp_path)

    assert isinstance(huey.storage, SqliteStorage)
    assert (tmp_path / "jobs.db").exists()
    huey.storage.close()


@pytest.mark.parametrize("backend", ["redis", "postgres"])
def test_elsewhere_needs_an_address(tmp_path, backend):
    with pytest.raises(Misconfigured, match=r"jobs\.url"):
        open_huey(JobSettings(backend=backend), tmp_path)
