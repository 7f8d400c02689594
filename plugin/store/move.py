"""Move a SQLite store to another database: whole, compared, or not at all.

The source is locked for writing as long as it takes: deliveries wait on the spool
meanwhile. Two databases cannot commit at once, so it goes in steps, each of which the
next run finds and goes on from, wherever the one before was killed:

1. The target is filled, read back and compared; nothing of it can be seen.
2. The source is closed: it is being moved.
3. What the target has is kept, in one commit.
4. The source says that it was moved.

As the source is closed before the target has anything, no delivery is ever kept
where nobody would read it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, make_url

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.store.closing import Closed, close, closed, open_again
from plugin.store.copying import Copied, Copying, Step, Tell, tables
from plugin.store.engine import (
    LOCK_SECONDS,
    MOVED,
    MOVING,
    open_engine,
    patient,
    transaction,
)
from plugin.store.schema import revision, upgrade

GO_ON = "start `stdc db move` again, or let this one take writes by `stdc db reopen`"


def _silent(step: Step, table: str, rows: int, total: int) -> None:
    del step, table, rows, total


def move(
    source: str, target: str, tell: Tell = _silent, *, patience: float = LOCK_SECONDS
) -> list[Copied]:
    """Copy every table of a SQLite store to an empty database, and close the source.

    `target` is an address as for `open_store`; it gets its tables. Killed at any
    point it can be done again, and then goes on; a target that has all there is to
    copy is compared instead. Raises Misconfigured or Rejected, before anything is
    changed, when one of them will not do, and Retryable when somebody else writes
    to one of them for `patience` seconds.
    """
    _check(source, target)
    shown = make_url(target).render_as_string(hide_password=True)
    old, new = (patient(open_engine(one), patience) for one in (source, target))
    try:
        with transaction(old, read_only=True) as reader:
            _refuse_moved(reader, shown)
        upgrade(target)
        with _told(old), transaction(new) as writer:
            _lock(writer)
            with transaction(old) as reader:
                _refuse_moved(reader, shown)
                done = _fill(reader, writer, tell)
                close(reader, Closed(MOVING, shown))
        with transaction(old) as reader:
            close(reader, Closed(MOVED, shown))
        return done
    finally:
        old.dispose()
        new.dispose()


def reopen(source: str) -> bool:
    """Let a store that was moved take writes again; tell whether it was one."""
    engine = _sqlite(source)
    try:
        with transaction(engine) as connection:
            return open_again(connection)
    finally:
        engine.dispose()


def _check(source: str, target: str) -> None:
    _sqlite(source).dispose()
    if make_url(source) == make_url(target):
        raise Misconfigured("the store is there already: that is its own address")
    current, head = revision(source)
    if current != head:
        raise Misconfigured(
            f"the store is at revision {current}, this code needs {head}",
            ("run: stdc db upgrade",),
        )


def _sqlite(url: str) -> Engine:
    engine = open_engine(url)
    if engine.dialect.name != "sqlite":
        raise Misconfigured(
            "only a SQLite store is moved", ("for PostgreSQL there is pg_dump",)
        )
    return engine


def _refuse_moved(connection: Connection, target: str) -> None:
    state = closed(connection)
    if state is None:
        return
    if state.why == MOVED:
        raise Rejected(
            f"this store was moved already, to {state.target}; "
            "`stdc db reopen` lets it take writes again"
        )
    if state.target != target:
        raise Rejected(
            f"this store is being moved to {state.target}: give that address, "
            "or begin anew after `stdc db reopen`"
        )


def _lock(writer: Connection) -> None:
    """Let nobody else fill the target, nor a move that was killed and still ends.

    On SQLite whoever may write is alone already.
    """
    if writer.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in tables())
        writer.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _fill(reader: Connection, writer: Connection, tell: Tell) -> list[Copied]:
    copying = Copying(reader, writer, tell)
    if not any(copying.there.values()):
        return copying.copy()
    done, differing = copying.compare()
    if differing:
        raise Misconfigured(
            "the target is not empty, and what it has is not this store",
            (*differing, *_what_to_do(writer.engine)),
        )
    return done


def _what_to_do(target: Engine) -> tuple[str, str]:
    if target.dialect.name == "postgresql":
        how = "psql -c 'DROP SCHEMA public CASCADE; CREATE SCHEMA public', in it"
    else:
        how = f"delete the file {target.url.database}"
    return (
        "if web or worker ran on it, it may have what is nowhere else: keep it",
        f"if not, give an empty database, or empty this one ({how}); then start again",
    )


@contextmanager
def _told(source: Engine) -> Iterator[None]:
    """Say what to do where the last word of the target did not come."""
    try:
        yield
    except Retryable as error:
        with transaction(source, read_only=True) as reader:
            state = closed(reader)
        if state is None:
            raise
        raise Retryable(f"{error}; the store takes no writes: {GO_ON}") from error
