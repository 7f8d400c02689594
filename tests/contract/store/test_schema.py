import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, inspect, make_url

from plugin.errors import Misconfigured, Retryable
from plugin.store import open_store, revision, upgrade
from plugin.store.columns import Instant
from plugin.store.engine import POSTGRES_NETWORK, open_engine, transaction
from plugin.store.tables import metadata
from tests.support.rows import ROWS, columns_at, content, fill
from webhooks.inbox import Delivery


def test_the_migrations_lead_to_the_tables(empty_url):
    upgrade(empty_url)
    engine = open_engine(empty_url)

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


def test_every_index_of_the_tables_is_made_with_its_condition(empty_url):
    upgrade(empty_url)
    engine = open_engine(empty_url)
    inspector = inspect(engine)
    made = {
        index["name"]: (
            index["column_names"],
            bool({f"{engine.dialect.name}_where"} & set(index["dialect_options"])),
        )
        for table in metadata.tables
        for index in inspector.get_indexes(table)
    }
    engine.dispose()

    assert made == {
        index.name: (
            [column.name for column in index.columns],
            index.dialect_options["sqlite"]["where"] is not None,
        )
        for table in metadata.tables.values()
        for index in table.indexes
    }


def test_upgrading_goes_from_nothing_to_the_head_and_is_repeatable(empty_url):
    before = revision(empty_url)
    upgrade(empty_url)
    upgrade(empty_url)

    current, head = revision(empty_url)
    assert before == (None, head)
    assert current == head is not None


@pytest.mark.parametrize("older", ["0001", "0007", "0008", "0009"])
def test_a_filled_store_keeps_every_row_of_every_table(empty_url, clock, older):
    upgrade(empty_url, to=older)
    fill(empty_url)
    then = columns_at(empty_url)
    before = content(empty_url, then)

    upgrade(empty_url)

    assert content(empty_url, then) == before
    with closing(open_store(empty_url, clock=clock)) as store, store.view() as unit:
        assert unit.inbox.count() == ROWS


def test_after_an_upgrade_everybody_is_decided_about_anew(empty_url, clock):
    """What fills the new columns; nothing but that mark is taken away."""
    upgrade(empty_url, to="0008")
    with closing(open_store(empty_url, clock=clock)) as store:
        with store.unit() as unit:
            unit.marks.put("mappings.version", "1")
            unit.marks.put("mautic.token", "x")

        upgrade(empty_url)

        with store.view() as unit:
            assert unit.marks.get("mappings.version") is None
            assert unit.marks.get("mautic.token") == "x"


def test_two_machines_may_upgrade_at_once(empty_url):
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(upgrade, empty_url) for _ in range(4)]:
            done.result()

    current, head = revision(empty_url)
    assert current == head


def test_an_old_door_stays_open_while_the_schema_is_upgraded(empty_url, clock):
    """Processes of the version before go on, and what they kept is read afterwards."""
    upgrade(empty_url, to="0001")
    engine = open_engine(empty_url)
    kept: list[int] = []
    stop = threading.Event()

    def accept():
        while not stop.is_set():
            with transaction(engine) as connection:
                at = {"received_at": clock(), "due_at": clock()}
                given = {"source": "mautic", "body": b"{}", "state": "new"}
                connection.execute(OLD_DOOR.insert(), {**given, **at})
            kept.append(1)

    with ThreadPoolExecutor(3) as pool:
        doors = [pool.submit(accept) for _ in range(2)]
        try:
            wait_for(lambda: len(kept) >= 20, doors)
            pool.submit(upgrade, empty_url).result()
            after = len(kept)
            wait_for(lambda: len(kept) >= after + 20, doors)
        finally:
            stop.set()
    engine.dispose()
    for one in doors:
        one.result()

    store = open_store(empty_url, clock=clock)
    with store.unit() as unit:
        assert unit.inbox.count() == len(kept)
        (claimed, *_) = unit.inbox.claim(5, clock(), 60.0)
        unit.inbox.done(claimed.claim, clock())
    store.close()
    assert claimed.body == b"{}"
    current, head = revision(empty_url)
    assert current == head


#: How the first version kept a delivery.
OLD_DOOR = Table(
    "deliveries",
    MetaData(),
    Column("source", Text),
    Column("body", LargeBinary),
    Column("received_at", Instant),
    Column("due_at", Instant),
    Column("state", Text),
)


def wait_for(is_so, doors):
    """Wait a minute at the most, and no longer than the doors are open."""
    until = time.monotonic() + 60
    while not is_so() and time.monotonic() < until:
        assert not any(one.done() for one in doors)
        time.sleep(0.01)
    assert is_so()


def test_a_store_without_tables_says_what_to_do(empty_url, clock):
    store = open_store(empty_url, clock=clock)

    with (
        pytest.raises(Misconfigured, match="does not have the tables"),
        store.unit() as unit,
    ):
        unit.inbox.depth()
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://x/y", "'mysql' is not supported"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("nonsense", "not a database address"),
        ("sqlite:////no/such/folder/x.db", "No such file"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url, words):
    with pytest.raises(Misconfigured, match=words):
        upgrade(url)


def test_a_new_sqlite_file_is_for_its_owner_only(tmp_path):
    upgrade(f"sqlite:///{tmp_path}/store.db")

    assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600


def test_a_commit_is_durable_by_its_settings(url, backend):
    engine = open_engine(url)
    with engine.connect() as connection:
        if backend == "sqlite":
            names = ("journal_mode", "synchronous", "foreign_keys")
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names
            ]
            assert found == ["wal", 2, 1]
        else:
            shown = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
            assert shown == "on"
    engine.dispose()


def test_a_database_that_is_away_is_worth_another_attempt(clock, tmp_path):
    """A socket that nobody listens on; for SQLite, a file that is no database."""
    away = open_store(f"postgresql+psycopg://x@/x?host={tmp_path}", clock=clock)

    with pytest.raises(Retryable, match="store: "), away.unit():
        pass
    away.close()


def test_a_server_that_takes_a_connection_and_says_nothing_is_away(clock, monkeypatch):
    monkeypatch.setitem(POSTGRES_NETWORK, "connect_timeout", 2)  # libpq's least
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        away = open_store(f"postgresql+psycopg://x@127.0.0.1:{port}/x", clock=clock)

        with pytest.raises(Retryable, match="timeout"), away.unit():
            pass
        away.close()


def test_a_machine_that_is_gone_is_noticed_soon_unless_the_address_says_else(
    url, backend
):
    if backend == "sqlite":
        return
    for more, expected in (({}, "5"), ({"connect_timeout": "9"}, "9")):
        engine = open_engine(
            make_url(url).update_query_dict(more).render_as_string(hide_password=False)
        )
        with engine.connect() as connection:
            told = connection.connection.driver_connection.info.get_parameters()
        engine.dispose()

        assert told["connect_timeout"] == expected
        assert told["tcp_user_timeout"] == "10000"


def test_sqlite_tells_a_writer_to_come_back_when_another_holds_the_file(
    sqlite_template, clock, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "plugin.store.engine.SQLITE_PRAGMAS", ("PRAGMA busy_timeout=1",)
    )
    path = tmp_path / "store.db"
    path.write_bytes(Path(sqlite_template).read_bytes())
    store = open_store(f"sqlite:///{path}", clock=clock)

    with (
        store.unit(),
        pytest.raises(Retryable, match="locked"),
        store.unit(),
    ):
        pass
    store.close()


#: Another process looks into the store and goes, as every command of ours does.
VISITOR = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM deliveries").fetchone()[0])
connection.close()
"""


def test_asking_for_the_revision_gives_up_no_lock_of_this_process(tmp_path, clock):
    """Closing any handle of a file gives up all locks that a process has on it.

    Then whoever closes the file next believes to be the last, and deletes the log
    into which this process goes on writing: what it commits is gone with it.
    """
    path = tmp_path / "stdc.db"
    url = f"sqlite:///{path}"

    def seen_by_another():
        command = [sys.executable, "-c", VISITOR, str(path)]
        return int(subprocess.run(command, check=True, capture_output=True).stdout)

    upgrade(url)
    with closing(open_store(url, clock=clock)) as store:
        store.inbox.accept(Delivery(source="x", body=b"1", received_at=clock()))
        log = path.with_name("stdc.db-wal").stat().st_ino

        revision(url)
        upgrade(url)

        assert seen_by_another() == 1
        store.inbox.accept(Delivery(source="x", body=b"2", received_at=clock()))
        assert seen_by_another() == 2
        assert path.with_name("stdc.db-wal").stat().st_ino == log
