"""The queue of jobs on PostgreSQL: several processes may be the first."""

import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from plugin.config import JobsBackend, JobSettings
from plugin.pipeline.jobs import open_huey
from tests.support.databases import database

# Huey keeps a connection per thread, and leaves the end of it to the collector
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)

#: Processes that start at the same time.
MANY = 8


@pytest.mark.parametrize("attempt", range(3))
def test_many_may_make_its_tables_at_once(postgres, tmp_path, attempt):
    with database(postgres) as url:
        plain = url.replace("+psycopg", "")
        settings = JobSettings(backend=JobsBackend.POSTGRES, url=plain)
        together = Barrier(MANY)

        def start(_number):
            together.wait()
            return open_huey(settings, tmp_path).pending_count()

        with ThreadPoolExecutor(MANY) as pool:
            waiting = list(pool.map(start, range(MANY)))
        gc.collect()

    assert waiting == [0] * MANY


def test_any_other_refusal_is_not_hidden(postgres, tmp_path):
    nowhere = postgres.replace("+psycopg", "").replace("/postgres", "/nowhere")
    settings = JobSettings(backend=JobsBackend.POSTGRES, url=nowhere)

    with pytest.raises(Exception, match="nowhere"):
        open_huey(settings, tmp_path)
    gc.collect()
