"""The door opens first: a restart never waits for what is behind it."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress

import pytest
from sqlalchemy import make_url

from plugin.bootstrap import now
from plugin.store import open_store
from tests.e2e.test_processes import PATIENCE, folder, free_port, running
from tests.support.databases import database, postgres_server
from tests.support.wire import wire_to

__all__ = ["folder"]

pytestmark = pytest.mark.e2e


def ready(service):
    """Ask /readyz: the status, and what it says."""
    try:
        with urllib.request.urlopen(f"{service.address}/readyz", timeout=5) as answer:  # noqa: S310 -- ours
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def until_it_is_ready(service):
    deadline = time.monotonic() + PATIENCE
    while ready(service)[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ready(service)[0] == 200, (service.folder / "log").read_text()


def kept(url):
    with closing(open_store(url, clock=now)) as store, store.view() as unit:
        return unit.inbox.count()


def until_kept(url, count):
    deadline = time.monotonic() + PATIENCE
    while kept(url) < count and time.monotonic() < deadline:
        time.sleep(0.1)
    return kept(url)


def waiting(folder):
    return list((folder / "data" / "spool").glob("*.delivery"))


def test_started_while_the_database_is_away_it_takes_deliveries_and_waits(folder):
    with postgres_server() as server, database(server) as url:
        port = free_port()
        target = make_url(url)
        address = f"postgresql+psycopg://stdc@127.0.0.1:{port}/{target.database}"
        with running(folder, "run", STDC_DATABASE_URL=address) as service:
            assert service.until_it_answers() == 200
            assert [service.send() for _ in range(3)] == [200] * 3
            status, told = ready(service)
            assert (status, told["store"]) == (503, "not open yet")
            assert len(waiting(folder)) == 4
            assert service.process.poll() is None

            with wire_to(url, port):
                until_it_is_ready(service)
                assert service.send() == 200
                assert until_kept(url, 5) == 5
                assert waiting(folder) == []

                service.process.terminate()
                assert service.process.wait(PATIENCE) == 0


def test_asked_to_stop_while_the_database_is_away_it_ends_cleanly(folder):
    address = f"postgresql+psycopg://stdc@127.0.0.1:{free_port()}/nowhere"
    with running(folder, "run", STDC_DATABASE_URL=address) as service:
        service.until_it_answers()

        service.process.terminate()

        assert service.process.wait(PATIENCE) == 0
        assert len(waiting(folder)) == 1


def test_with_a_mistake_in_the_mappings_the_door_is_open_and_the_log_names_it(folder):
    scoring = folder / "mappings" / "scoring.toml"
    sound = scoring.read_text()
    scoring.write_text(f"{sound}\n[nonsense]\n")
    with running(folder, "web") as service:
        assert service.until_it_answers() == 200
        assert ready(service)[0] == 503
        (line, *_) = [one for one in service.lines() if "opening" in one["event"]]
        assert "scoring.toml" in line["why"]
        assert "nonsense" in line["why"]

        scoring.write_text(sound)
        until_it_is_ready(service)

        assert until_kept(f"sqlite:///{folder}/data/stdc.db", 1) == 1


def ask_in_vain(service):
    """Those for whom there is no thread are told so, in no JSON."""
    with suppress(OSError, ValueError):
        ready(service)


def test_a_database_that_says_nothing_stops_neither_the_door_nor_a_start(folder):
    """It is connected, and its kernel takes every byte: a server that was stopped."""
    with postgres_server() as server, database(server) as url, wire_to(url) as wire:
        with running(folder, "web", STDC_DATABASE_URL=wire.url) as service:
            assert service.until_it_answers() == 200
            until_it_is_ready(service)
            assert service.send() == 200
            before = until_kept(url, 2)

            wire.fall_silent()
            # far more than there are threads: each waits until it speaks again
            asking = [
                threading.Thread(target=ask_in_vain, args=(service,)) for _ in range(20)
            ]
            for one in asking:
                one.start()
            assert [service.send(timeout=20) for _ in range(3)] == [200] * 3
            assert len(waiting(folder)) == 3
            wire.speak()
            for one in asking:
                one.join()
            until_it_is_ready(service)
            assert until_kept(url, before + 3) >= before + 3

        wire.fall_silent()
        with running(folder, "web", STDC_DATABASE_URL=wire.url) as service:
            assert service.until_it_answers() == 200
            assert ready(service)[0] == 503
            assert waiting(folder)
            wire.speak()
            until_it_is_ready(service)
            assert until_kept(url, before + 4) >= before + 4


def test_what_nobody_can_keep_gets_no_answer_from_the_real_server(folder):
    """So Mautic's queue keeps it; an ATS is told, and sends it again by itself."""
    address = f"postgresql+psycopg://stdc@127.0.0.1:{free_port()}/nowhere"
    (folder / "spool").write_text("no folder")
    with running(
        folder,
        "web",
        STDC_DATABASE_URL=address,
        STDC_INSTANCE_SPOOL=str(folder / "spool"),
    ) as service:
        deadline = time.monotonic() + PATIENCE
        while not service.is_up() and time.monotonic() < deadline:
            time.sleep(0.1)

        with pytest.raises(http.client.RemoteDisconnected):
            service.send(timeout=20)
        with urllib.request.urlopen(f"{service.address}/healthz", timeout=20) as well:  # noqa: S310 -- ours
            assert well.status == 200
