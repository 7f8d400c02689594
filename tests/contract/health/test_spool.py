"""The door keeps what the database cannot take, and the inbox gets each once."""

import inspect
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Timer

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, make_url

from plugin.app import create_app
from plugin.errors import Rejected, Retryable
from plugin.pipeline.spool import (
    Drainer,
    Spool,
    decode,
    drain,
    encode,
    sync,
    write_durably,
)
from plugin.pipeline.spooling import AWAY_SECONDS, SPOOLED, SpoolingInbox
from plugin.store import Store, open_store, upgrade
from plugin.store.engine import patient
from tests.support.databases import URL_VARIABLE, database, postgres_server
from webhooks.inbox import Delivery
from webhooks.signature import HEADER, sign

from .conftest import SECRET

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = START

    def __call__(self):
        return self.at

    def wait(self, seconds):
        self.at += timedelta(seconds=seconds)

    def seconds(self):
        return (self.at - START).total_seconds()


@dataclass
class House:
    """No more of an installation than a spool needs."""

    store: Store
    clock: Clock
    folder: Path
    kicks: list[int] = field(default_factory=list)

    @property
    def settings(self):
        return self

    @property
    def spool(self):
        return self.folder

    def kick(self):
        self.kicks.append(1)

    def inbox(self, **how):
        how = {"min_free_bytes": 0, "clock": self.clock.seconds} | how
        return SpoolingInbox(self.store.inbox, self.folder, **how)

    def delivery(self, number):
        at = START + timedelta(seconds=number)
        return Delivery(source="mautic", body=b"%d" % number, received_at=at)

    def kept(self):
        with self.store.view() as unit:
            return [int(one.body[:4]) for one in unit.inbox.list(limit=10_000)]

    def waiting(self):
        return [
            int(decode(one.read_bytes()).body) for one in Spool(self.folder).waiting()
        ]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "store" / "stdc.db"
    path.parent.mkdir()
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def house(path, tmp_path):
    clock = Clock()
    with closing(open_store(f"sqlite:///{path}", clock=clock)) as store:
        yield House(store, clock, tmp_path / "spool")


@contextmanager
def locked(house, path):
    """Another process writes, and does not end; this test does not wait long."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for one in (house.store, house.store.inbox):
            patch.setattr(one, "_engine", patient(one._engine, 0.05))
        other = stack.enter_context(
            closing(sqlite3.connect(path, isolation_level=None))
        )
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(house, path):
    """SQLite may not grow: what it says then is what it says of a full disk."""
    del path

    def limit(connection, _entry):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    house.store.close()
    event.listen(house.store._engine, "connect", limit)
    yield
    event.remove(house.store._engine, "connect", limit)
    house.store.close()


@contextmanager
def read_only(house, path):
    """The file may only be read, which even root cannot change over this address."""
    before = house.store
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    with closing(open_store(url, clock=house.clock)) as store:
        house.store = store
        yield
    house.store = before


@contextmanager
def gone(house, path):
    """The folder of the database is not there: a disk that was not mounted."""
    house.store.close()
    path.parent.rename(path.parent.with_name("unmounted"))
    yield
    path.parent.with_name("unmounted").rename(path.parent)


@contextmanager
def without_tables(house, path):
    """Somebody restored the wrong file."""
    house.store.close()
    path.rename(path.with_name("right.db"))
    yield
    house.store.close()
    for one in path.parent.glob("stdc.db*"):
        one.unlink()
    path.with_name("right.db").rename(path)


@contextmanager
def damaged(house, path, *, from_byte=4096, by=b"\xff"):
    """A disk gave back other pages than it was given."""
    house.store.close()
    sound = path.read_bytes()
    path.write_bytes(sound[:from_byte] + by * (len(sound) - from_byte))
    yield
    house.store.close()
    path.write_bytes(sound)


@contextmanager
def no_database(house, path):
    """Something else was written over it."""
    with damaged(house, path, from_byte=0, by=b"!"):
        yield


@contextmanager
def of_another_version(house, path):
    """Its tables are older, or newer, than the code."""
    house.store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("ALTER TABLE bodies RENAME TO elsewhere")
        yield
        house.store.close()
        other.execute("ALTER TABLE elsewhere RENAME TO bodies")


TROUBLES = [
    locked,
    full,
    read_only,
    gone,
    without_tables,
    of_another_version,
    damaged,
    no_database,
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_the_database_cannot_take_is_kept_and_moved_later(house, path, trouble):
    big = Delivery(source="mautic", body=b"9" * 200_000, received_at=START)
    with trouble(house, path):
        inbox = house.inbox()
        assert inbox.accept(big) == SPOOLED
        for number in (3, 1, 2):
            assert inbox.accept(house.delivery(number)) == SPOOLED

    assert drain(house) == 4
    assert house.kept()[1:] == [1, 2, 3]
    assert Spool(house.folder).waiting() == []
    assert drain(house) == 0


@pytest.mark.parametrize("trouble", TROUBLES)
def test_while_it_lasts_nothing_is_moved_and_nothing_lost(house, path, trouble):
    body = b"7" * 200_000
    with trouble(house, path):
        for _ in range(3):
            house.inbox().accept(Delivery(source="x", body=body, received_at=START))
        assert drain(house) == 0
        assert len(Spool(house.folder).waiting()) == 3
        assert Spool(house.folder).aside() == 0

    assert drain(house) == 3


def of_postgresql(url):
    """Give psycopg's address."""
    plain = make_url(url).set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


#: What an operator does to a PostgreSQL, or a failover: done, and undone.
POSTGRESQL_TROUBLES = {
    "may only be read": (
        "ALTER DATABASE {name} SET default_transaction_read_only = on",
        "ALTER DATABASE {name} RESET default_transaction_read_only",
    ),
    "rights were taken away": (
        "REVOKE ALL ON bodies FROM {user}",
        "GRANT ALL ON bodies TO {user}",
    ),
    "tables of another version": (
        "ALTER TABLE bodies RENAME TO elsewhere",
        "ALTER TABLE elsewhere RENAME TO bodies",
    ),
}


@pytest.mark.parametrize("trouble", POSTGRESQL_TROUBLES)
def test_while_postgresql_cannot_write_nothing_is_set_aside(tmp_path, trouble):
    broken, mended = POSTGRESQL_TROUBLES[trouble]
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        url = stack.enter_context(database(server))
        upgrade(url)
        name = make_url(url).database
        admin = stack.enter_context(
            psycopg.connect(of_postgresql(url), autocommit=True)
        )
        user = stack.enter_context(plain_user(admin))
        address = make_url(url).set(username=user).render_as_string(hide_password=False)
        store = open_store(address, clock=Clock())
        house = House(stack.enter_context(closing(store)), Clock(), tmp_path / "spool")

        admin.execute(broken.format(name=name, user=user))
        for number in range(3):
            assert house.inbox().accept(house.delivery(number)) == SPOOLED
        assert drain(house) == 0
        assert (house.waiting(), Spool(house.folder).aside()) == ([0, 1, 2], 0)

        store.close()
        admin.execute(mended.format(name=name, user=user))
        assert drain(house) == 3


@contextmanager
def plain_user(admin):
    """Make a user who owns nothing, and may do what we do."""
    user = f"plain_{os.getpid()}"
    admin.execute(f"CREATE ROLE {user} LOGIN")
    try:
        for what in ("TABLES", "SEQUENCES"):
            admin.execute(f"GRANT ALL ON ALL {what} IN SCHEMA public TO {user}")
        yield user
    finally:
        admin.execute(f"DROP OWNED BY {user}")
        admin.execute(f"DROP ROLE {user}")


def test_the_door_waits_less_for_a_lock_than_a_worker_does(house, path):
    """Both use the same connections, so each must say how long it waits."""
    with locked(house, path):
        began = time.monotonic()
        assert house.inbox().accept(house.delivery(1)) == SPOOLED
        assert time.monotonic() - began < 3
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    end = Timer(0.5, lambda: other.execute("ROLLBACK"))
    end.start()

    assert drain(house) == 1, "it waited until the other one was done"
    end.join()
    other.close()


def test_a_database_that_is_back_is_used_again_after_a_while(house, path):
    inbox = house.inbox()
    with locked(house, path):
        inbox.accept(house.delivery(1))

    assert inbox.accept(house.delivery(2)) == SPOOLED
    house.clock.wait(AWAY_SECONDS)
    assert inbox.accept(house.delivery(3)) > 0
    assert inbox.accept(house.delivery(4)) > 0
    assert house.waiting() == [1, 2]


@dataclass
class Slow:
    """An inbox that is asked, and answers when told."""

    number: int | None = None
    asked: int = 0
    may_answer: Event = field(default_factory=Event)

    def accept(self, delivery):
        del delivery
        self.asked += 1
        assert self.may_answer.wait(30)
        if self.number is None:
            raise Retryable("store: away")
        return self.number


def test_after_a_failure_one_asks_and_the_others_do_not_wait_for_it(house):
    slow, clock = Slow(), house.clock
    inbox = SpoolingInbox(slow, house.folder, min_free_bytes=0, clock=clock.seconds)
    slow.may_answer.set()
    assert inbox.accept(house.delivery(0)) == SPOOLED
    slow.may_answer.clear()
    clock.wait(AWAY_SECONDS)

    with ThreadPoolExecutor(1) as pool:
        for round_, found in enumerate([None, 7], start=2):
            slow.number = found
            asks = pool.submit(inbox.accept, house.delivery(1))
            while slow.asked < round_:
                time.sleep(0.001)
            clock.wait(3600)  # however long it takes
            for number in range(20):
                assert inbox.accept(house.delivery(number)) == SPOOLED
            assert slow.asked == round_
            slow.may_answer.set()
            assert asks.result(30) == (found or SPOOLED)
            if found is None:
                assert inbox.accept(house.delivery(1)) == SPOOLED
                assert slow.asked == round_, "it is left alone again"
                slow.may_answer.clear()
                clock.wait(AWAY_SECONDS)

    assert inbox.accept(house.delivery(1)) == 7


def test_the_store_comes_back_while_another_one_asks_whether_it_did(house):
    """Between two looks of one delivery at the clock another has found it well."""
    inbox = house.inbox()
    inbox._absence.begin()
    house.clock.wait(AWAY_SECONDS)
    real = inbox._absence._clock

    def meanwhile():
        inbox._absence.end()
        return real()

    inbox._absence._clock = meanwhile
    assert inbox.accept(house.delivery(1)) > 0


def test_a_clock_that_is_set_back_keeps_nobody_from_the_store():
    """The door goes by a clock that only goes on, whatever time it is."""
    clock = inspect.signature(SpoolingInbox).parameters["clock"]
    assert clock.default is time.monotonic


def test_postgresql_that_is_stopped(tmp_path):
    clock = Clock()
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        url = stack.enter_context(database(server))
        upgrade(url)
        store = stack.enter_context(closing(open_store(url, clock=clock)))
        house = House(store, clock, tmp_path / "spool")
        inbox = house.inbox()
        assert inbox.accept(house.delivery(1)) > 0

        with refusing(server, url):
            assert inbox.accept(house.delivery(2)) == SPOOLED
            assert drain(house) == 0
        assert drain(house) == 1
        assert house.kept() == [1, 2]

        clock.wait(AWAY_SECONDS)
        if URL_VARIABLE not in os.environ:
            stack.pop_all().close()
            assert inbox.accept(house.delivery(3)) == SPOOLED


@contextmanager
def refusing(server, url):
    """Let PostgreSQL end all connections to a database, and take no new ones."""
    name = make_url(url).database
    admin = make_url(server).set(drivername="postgresql")
    conninfo = admin.render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        )
        connection.execute(end, [name])
        yield
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_only_a_full_disk_makes_the_door_refuse(house, path):
    inbox = house.inbox(min_free_bytes=1 << 62)

    assert inbox.accept(house.delivery(1)) > 0, "the store still takes it"
    with locked(house, path), pytest.raises(Retryable, match="nearly full"):
        inbox.accept(house.delivery(2))
    assert house.waiting() == []


def test_a_spool_that_is_no_folder_refuses_too(house, path, tmp_path):
    (tmp_path / "spool").write_text("a file")

    with locked(house, path), pytest.raises(OSError, match="spool"):
        house.inbox().accept(house.delivery(1))


def test_at_the_door_it_is_200_or_no_answer(clinic, tmp_path):
    """Over HTTP: what is on disk is answered for; what is nowhere is not answered."""
    body = b'{"mautic.page_on_hit":[]}'
    headers = {HEADER: sign(body, SECRET.encode())}
    client = create_app(clinic.parts).test_client()
    clinic.parts.store.close()
    data = clinic.folder / "data"
    data.rename(tmp_path / "unmounted")
    data.mkdir()
    (data / "stdc.db").mkdir()

    kept = client.post("/webhooks/mautic", data=body, headers=headers)
    (data / "spool").rename(tmp_path / "spool")
    (data / "spool").write_text("not a folder")
    with pytest.raises(ConnectionResetError):
        client.post("/webhooks/mautic", data=body, headers=headers)

    assert (kept.status_code, kept.json) == (200, {"receipt": SPOOLED})
    assert len(Spool(tmp_path / "spool").waiting()) == 1


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("deleted", range(4))
def test_a_crash_before_the_files_are_gone_doubles_nothing(house, monkeypatch, deleted):
    spool = Spool(house.folder)
    for number in range(3):
        spool.keep(house.delivery(number))

    def die(self, paths):
        for one in paths[:deleted]:
            one.unlink()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "remove", die)
        with pytest.raises(Killed):
            drain(house)
    spool.keep(house.delivery(-1))  # older than those that were moved

    drain(house)
    drain(house)

    assert sorted(house.kept()) == [-1, 0, 1, 2]
    assert spool.waiting() == []


def test_files_moved_earlier_are_remembered_over_batches(house, monkeypatch):
    """A batch that is cut otherwise the second time must not forget the first."""
    spool = Spool(house.folder)
    for number in range(3):
        spool.keep(house.delivery(number))
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "remove", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            drain(house)
    monkeypatch.setattr("plugin.pipeline.spool.BATCH", 1)

    assert drain(house) == 0
    assert house.kept() == [0, 1, 2]


def test_a_crash_before_the_commit_loses_nothing(house, path, monkeypatch):
    Spool(house.folder).keep(house.delivery(1))
    with monkeypatch.context() as patch:
        patch.setattr(
            "plugin.store.inbox.UnitInbox.accept_many",
            lambda *_: (_ for _ in ()).throw(Killed()),
        )
        with pytest.raises(Killed):
            drain(house)
    assert house.kept() == []

    assert drain(house) == 1


def test_two_who_drain_at_once_move_each_once(house):
    spool = Spool(house.folder)
    for number in range(5):
        spool.keep(house.delivery(number))

    with spool.alone() as mine, Spool(house.folder).alone() as other:
        assert (mine, other) == (True, False)
        assert drain(house) == 0
    assert drain(house) == 5


def test_what_the_disk_gave_back_otherwise_is_set_aside(house):
    spool = Spool(house.folder)
    good, bad, torn = (spool.keep(house.delivery(number)) for number in range(3))
    bad.write_bytes(bad.read_bytes()[:-1] + b"X")
    torn.write_bytes(b"")

    assert drain(house) == 1
    assert house.kept() == [0]
    assert spool.aside() == 2
    assert not good.exists()


def test_one_that_the_store_refuses_holds_up_no_other(house, monkeypatch):
    """Such as a body that no database takes."""
    spool = Spool(house.folder)
    for number in range(3):
        spool.keep(house.delivery(number))
    accept = house.store.unit

    @contextmanager
    def picky():
        with accept() as unit:
            yield unit
            if b"1" in [one.body for one in unit.inbox.list(limit=10)]:
                raise Rejected("a value cannot be stored")

    monkeypatch.setattr(house.store, "unit", picky)
    drain(house)
    monkeypatch.undo()

    assert house.kept() == [0, 2]
    assert spool.aside() == 1


@pytest.mark.parametrize("trouble", [5, 13], ids=["bad sector", "not ours to read"])
def test_a_file_that_cannot_be_read_now_holds_up_no_other(house, monkeypatch, trouble):
    """Root may read all, and no test has a bad disk: so the error is made."""
    spool = Spool(house.folder)
    oldest, *_ = [spool.keep(house.delivery(number)) for number in range(3)]
    read_bytes, stat = Path.read_bytes, Path.stat

    def refuse(real):
        def call(self, **how):
            if self == oldest:
                raise OSError(trouble, os.strerror(trouble), str(self))
            return real(self, **how)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse(read_bytes))
        patch.setattr(Path, "stat", refuse(stat))
        assert (drain(house), drain(house)) == (2, 0)
    assert house.kept() == [1, 2]
    assert (house.waiting(), spool.aside()) == ([0], 0)

    assert drain(house) == 1


def test_a_folder_for_what_is_set_aside_that_cannot_be_made_holds_up_no_other(house):
    spool = Spool(house.folder)
    bad = spool.keep(house.delivery(0))
    spool.keep(house.delivery(1))
    bad.write_bytes(b"")
    (house.folder / "set-aside").write_text("a file")

    assert drain(house) == 1
    assert spool.waiting() == [bad]


def test_many_files_are_listed_once_and_not_for_each_batch(house, monkeypatch):
    """It was done with the store locked: the door waited as long."""
    spool = Spool(house.folder)
    for number in range(40):
        spool.keep(house.delivery(number))
    monkeypatch.setattr("plugin.pipeline.spool.BATCH", 1)
    listed, marks = [], []
    waiting, unit = Spool.waiting, house.store.unit

    @contextmanager
    def watched():
        with unit() as one:
            before = len(listed)
            yield one
            assert len(listed) == before, "not while others wait for the store"
            marks.append(len(one.marks.get(f"spool.{spool.name()}")))

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "waiting", lambda self: listed.append(1) or waiting(self))
        patch.setattr(house.store, "unit", watched)
        assert drain(house) == 40

    assert len(listed) <= 2
    assert set(marks) == {1}, "names of files that are gone are forgotten"


@pytest.mark.parametrize("where", [".", "set-aside"])
def test_what_a_killed_writer_left_is_deleted_after_a_while(house, where):
    folder = house.folder / where
    folder.mkdir(parents=True)
    old, new = folder / ".one.delivery.ab.tmp", folder / ".two.delivery.cd.tmp"
    for path, seconds in ((old, 3_601), (new, 3_599)):
        path.write_bytes(b"half of a delivery")
        at = START.timestamp() - seconds
        os.utime(path, (at, at))

    assert drain(house) == 0
    assert (old.exists(), new.exists()) == (False, True)


def test_whoever_drains_goes_on_when_the_disk_was_away(house, monkeypatch):
    drainer = Drainer(house, every_seconds=0.01)
    Spool(house.folder).keep(house.delivery(1))
    away = iter([OSError(5, "Input/output error")] * 2)
    waiting = Spool.waiting

    def unsteady(self):
        for error in away:
            raise error
        return waiting(self)

    monkeypatch.setattr(Spool, "waiting", unsteady)
    drainer()
    deadline = time.monotonic() + 10
    while drainer._is_running and time.monotonic() < deadline:
        time.sleep(0.01)

    assert (house.kept(), drainer._is_running) == ([1], False)


def test_what_is_on_disk_is_answered_for_whatever_happens_next(house, path):
    def fail():
        raise RuntimeError("can't start new thread")

    with locked(house, path):
        assert house.inbox(on_spooled=fail).accept(house.delivery(1)) == SPOOLED


def test_the_web_process_moves_its_own_spool(house):
    drainer = Drainer(house, every_seconds=0.01)
    Spool(house.folder).keep(house.delivery(1))

    drainer()
    drainer()
    deadline = time.monotonic() + 10
    while Spool(house.folder).waiting() and time.monotonic() < deadline:
        time.sleep(0.01)

    assert house.kept() == [1]
    while drainer._is_running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert house.kicks
    assert not drainer._is_running


def test_whoever_keeps_on_disk_says_so(house, path):
    told = []
    inbox = house.inbox(on_spooled=lambda: told.append(1))

    inbox.accept(house.delivery(1))
    with locked(house, path):
        inbox.accept(house.delivery(2))

    assert told == [1]


def test_a_file_is_written_to_last_before_it_has_its_name(tmp_path, monkeypatch):
    """Data, then name, then folder: in this order a power cut leaves all or nothing."""
    calls = []
    fsync, rename = os.fsync, Path.rename

    def synced(handle):
        calls.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink().suffix))
        fsync(handle)

    def renamed(self, target):
        calls.append(("rename", target.suffix))
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    Spool(tmp_path).keep(Delivery(source="x", body=b"y", received_at=START))

    assert calls == [("fsync", ".tmp"), ("rename", ".delivery"), ("fsync", "")]


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_durably(tmp_path / "one", b"x")
    monkeypatch.undo()

    assert list(tmp_path.iterdir()) == []
    sync(tmp_path)


WRITER = """
import sys, itertools
from datetime import UTC, datetime
from pathlib import Path
from plugin.pipeline.spool import Spool
from webhooks.inbox import Delivery
spool = Spool(Path(sys.argv[1]))
for number in itertools.count():
    body = b"%d," % number * 5000
    at = datetime(2026, 11, 23, tzinfo=UTC)
    spool.keep(Delivery(source="mautic", body=body, received_at=at))
    print(number, flush=True)
"""


def test_what_was_answered_for_survives_kill_9(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "spool")], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    acknowledged += [int(one) for one in rest.split(b"\n")[:-1]]

    files = Spool(tmp_path / "spool").waiting()
    kept = {int(decode(one.read_bytes()).body.split(b",")[0]) for one in files}

    assert set(acknowledged) <= kept
    assert len(kept) <= len(acknowledged) + 1


@given(st.binary(max_size=200), st.text(max_size=20))
def test_a_delivery_is_read_as_it_was_written(body, source):
    delivery = Delivery(source=source, body=body, received_at=START)

    assert decode(encode(delivery)) == delivery


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reading(content):
    with suppress(Rejected):
        decode(content)
