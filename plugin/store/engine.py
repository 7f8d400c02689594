"""Engines: what makes a commit durable and a writer wait, on both databases.

What a commit promises:

- SQLite: WAL with `synchronous = FULL`, so every commit has been fsynced when
  it returns; it survives kill -9 and power loss, if the disk honours fsync.
- PostgreSQL: `synchronous_commit = on` for each session, whatever the server's
  default is; power loss is survived as long as the server runs with `fsync`.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import local
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from plugin.errors import Bug, Misconfigured, Rejected, Retryable, StdcError

#: How long a writer waits for another one before it is told to come back.
LOCK_SECONDS = 30
#: SQLite pages kept in memory per connection, as KiB.
CACHE_KIB = 65_536
#: The write-ahead log is cut back to this after a checkpoint, in bytes.
WAL_BYTES = 64 * 1024 * 1024

SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    f"PRAGMA journal_size_limit = {WAL_BYTES}",
    "PRAGMA temp_store = MEMORY",
)
POSTGRES_SETTINGS = (
    "SET synchronous_commit = on",
    f"SET lock_timeout = '{LOCK_SECONDS}s'",
    "SET TIME ZONE 'UTC'",
)

#: How soon we notice that PostgreSQL's machine is gone, unless the address says
#: otherwise: seconds to connect, and (ms) until sent bytes must have arrived; a
#: visitor of Mautic's may wait meanwhile. Libpq by itself waits for minutes.
POSTGRES_NETWORK = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

#: Set on a connection that only reads: it takes no lock.
READ_ONLY = "stdc_read_only"
#: Set on a connection: the seconds it waits for another writer.
PATIENCE = "stdc_patience"
#: Set on a connection: the seconds that a whole transaction on PostgreSQL may take.
AT_MOST = "stdc_at_most"

#: How a store that was moved, or is just being moved, refuses a write.
MOVED, MOVING = "this store was moved", "this store is being moved"

#: PostgreSQL's codes for a table or a column that is not there.
UNDEFINED = frozenset({"42P01", "42703"})
#: The same in SQLite's words.
NO_SUCH = ("no such table", "no such column", "has no column")

#: SQLite's codes for a file that is damaged, or is something else.
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
#: SQLite says more in the bits above these.
PRIMARY_CODE = 0xFF
#: PostgreSQL's code for a right that was not given, or was taken away.
NO_RIGHT = "42501"
#: PostgreSQL's code for going on in a transaction that has failed: our mistake.
GOING_ON = "25P02"


def open_engine(url: str) -> Engine:
    """Open an engine on `sqlite:///path` or `postgresql+psycopg://...`.

    Raises Misconfigured for any other address.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise Misconfigured("database.url is not a database address") from error
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        if parsed.database in {None, "", ":memory:"}:
            raise Misconfigured("database.url: SQLite needs a file, as in sqlite:///x")
        return _sqlite(url)
    if parsed.drivername in {"postgresql", "postgresql+psycopg"}:
        return _postgresql(url)
    raise Misconfigured(
        f"database.url: {parsed.drivername!r} is not supported",
        ("give sqlite:///path or postgresql+psycopg://user@host/database",),
    )


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, hide_parameters=True, max_overflow=32)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # sqlite3 would begin transactions by itself, and too late: we do.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a lock taken later can fail half way."""
    read_only = is_read_only(connection)
    patience = _patience(connection)
    if connection.info.get(PATIENCE, LOCK_SECONDS) != patience:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(patience * 1000)}")
        connection.info[PATIENCE] = patience
    if connection.info.get(READ_ONLY, False) != read_only:
        connection.exec_driver_sql(f"PRAGMA query_only = {int(read_only)}")
        connection.info[READ_ONLY] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _postgresql(url: str) -> Engine:
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    network = {
        name: value
        for name, value in POSTGRES_NETWORK.items()
        if name not in parsed.query
    }
    engine = create_engine(
        parsed,
        hide_parameters=True,
        pool_pre_ping=True,
        max_overflow=32,
        connect_args=network,
    )
    event.listen(engine, "do_connect", _connect_postgresql)
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_postgresql(connection: DBAPIConnection, _entry: Any) -> None:
    cursor = connection.cursor()
    for setting in POSTGRES_SETTINGS:
        cursor.execute(setting)
    cursor.close()
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    """Let what only reads see one moment, as on SQLite."""
    if is_read_only(connection):
        connection.exec_driver_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        )
    limits = {"lock_timeout": _patience(connection)}
    if (at_most := connection.get_execution_options().get(AT_MOST)) is not None:
        limits["statement_timeout"] = at_most
    if limits != {"lock_timeout": LOCK_SECONDS}:
        wanted = (f"SET LOCAL {one} = {int(s * 1000)}" for one, s in limits.items())
        connection.exec_driver_sql("; ".join(wanted))


def _patience(connection: Connection) -> float:
    return float(connection.get_execution_options().get(PATIENCE, LOCK_SECONDS))


def is_read_only(connection: Connection) -> bool:
    """Whether this connection's transaction only reads."""
    return bool(connection.get_execution_options().get(READ_ONLY))


def patient(engine: Engine, seconds: float) -> Engine:
    """Give the engine with transactions that wait this long for another writer."""
    return engine.execution_options(**{PATIENCE: seconds})


def hurried(engine: Engine, seconds: float) -> Engine:
    """Give the engine with transactions that take no longer than this.

    Also where PostgreSQL is connected and says nothing: a server that was stopped, a
    pooler that is stuck, a disk that hangs. SQLite ends only waiting for a writer.
    """
    return engine.execution_options(**{PATIENCE: seconds, AT_MOST: seconds})


class _Patience(local):
    """Until when this thread waits for PostgreSQL; None for as long as it takes."""

    until: float | None = None


_patience_of_thread = _Patience()


class _Connection(psycopg.Connection[Any]):
    """A connection that is given up when its time is over, whatever it waits for.

    No time-out of the network's finds a server whose machine answers for it.
    """

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        until = _patience_of_thread.until
        if until is not None:
            gen = self._watched(gen, until)
        return super().wait(gen, *args, **kwargs)

    def _watched(self, gen: Any, until: float) -> Generator[Any, Any, Any]:
        """Let psycopg's generator go on while there is time: it is asked often."""
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and monotonic() >= until:
                    self.close()  # nobody can tell whether it was done
                    raise psycopg.OperationalError("no answer in time")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


def _connect_postgresql(
    _dialect: Any, _record: Any, given: Any, named: dict[str, Any]
) -> Any:
    until = _patience_of_thread.until
    if until is not None:
        left = int(until - monotonic())
        if left < 1:  # libpq knows whole seconds only
            raise psycopg.OperationalError("no time left to connect")
        told = int(named["connect_timeout"])
        named = {**named, "connect_timeout": min(left, told) if told > 0 else left}
    return _Connection.connect(*given, **named)


@contextmanager
def _in_time(engine: Engine) -> Iterator[None]:
    """Let what follows wait for PostgreSQL no longer than the engine allows."""
    seconds = engine.get_execution_options().get(AT_MOST)
    before = _patience_of_thread.until
    _patience_of_thread.until = seconds and monotonic() + seconds
    try:
        yield
    finally:
        _patience_of_thread.until = before


@contextmanager
def transaction(engine: Engine, *, read_only: bool = False) -> Iterator[Connection]:
    """Run one transaction; commit at the end, roll back on any exception.

    It waits `LOCK_SECONDS` for another writer, or as long as `patient` says, before
    it raises Retryable.

    Raises our errors in place of the driver's: Retryable when the database is
    locked, full, away, damaged or may only be read, Misconfigured when it lacks our
    tables, Rejected for a value it cannot hold, Bug for the rest.
    """
    with translated(), _in_time(engine), engine.connect() as connection:
        options = (
            connection.execution_options(**{READ_ONLY: True})
            if read_only
            else connection
        )
        with options.begin():
            yield options


def overwrite_deleted(connection: Connection) -> None:
    """Let SQLite write zeros over what this connection deletes from here on."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def checkpoint(engine: Engine) -> None:
    """Move SQLite's write-ahead log into its file and cut it; no-op on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        with translated(), engine.connect() as connection:
            raw = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


@contextmanager
def translated() -> Iterator[None]:
    """Raise our errors in place of the driver's, without any stored value."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _ours(error) from error
    except exc.TimeoutError as error:
        raise Retryable("store: no free connection") from error
    except (exc.StatementError, OverflowError) as error:
        raise Rejected(f"store: a value cannot be stored: {_cause(error)}") from error


def _cause(error: Exception) -> object:
    return getattr(error, "orig", None) or error


def _ours(error: exc.DBAPIError) -> StdcError:
    said = str(error.orig).strip()
    code = getattr(error.orig, "sqlstate", None)
    if code in UNDEFINED or any(words in said for words in NO_SUCH):
        return Misconfigured(
            "the store does not have the tables of this version", (said,)
        )
    if said.startswith(MOVED):
        # not for good: with the new address in config.toml it goes on
        return Retryable(f"store: {said}: give that address as database.url, restart")
    if said.startswith(MOVING):
        return Retryable(f"store: {said}: if that broke off, `stdc db move` it again")
    if isinstance(error, exc.DataError):
        return Rejected(f"store: a value cannot be stored: {said}")
    if _is_trouble(error):
        return Retryable(f"store: {said}")
    return Bug(f"store: {said}")


def _is_trouble(error: exc.DBAPIError) -> bool:
    """Tell the database's trouble, which is mended there, from a mistake of ours.

    A PostgreSQL that may only be read after a failover, or whose pages are damaged,
    calls that an internal error.
    """
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return True
    code = getattr(error.orig, "sqlstate", None)
    if isinstance(error, exc.InternalError):
        return code != GOING_ON
    primary = getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY_CODE
    return code == NO_RIGHT or primary in DAMAGED
