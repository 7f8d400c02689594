"""Move a SQLite store to another database: whole, compared, or not at all.

The source is locked for writing as long as it takes: deliveries wait on the spool
meanwhile. What is copied becomes visible in one commit, after every table was read
back and compared. Then the source takes no more writes, so that a process that still
has its address cannot put there what nobody would read again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine, Table, func, make_url, select, text

from plugin.errors import Bug, Misconfigured, Rejected
from plugin.store.bulk import Bulk
from plugin.store.engine import LOCK_SECONDS, MOVED, open_engine, patient, transaction
from plugin.store.repository import AnyRow
from plugin.store.schema import revision, upgrade
from plugin.store.tables import metadata

#: Rows written, and read back, at a time.
BATCH = 2_000
#: What a trigger can refuse.
WRITES = ("INSERT", "UPDATE", "DELETE")
#: Sums of row hashes are taken modulo this.
MODULUS = 2**256


class Tell(Protocol):
    """Hears how it goes."""

    def __call__(self, table: str, rows: int, total: int) -> None:
        """Hear that so many more rows of a table are copied, of so many in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied of a table; equal on both sides."""

    table: str
    rows: int
    #: SHA-256 of each row, added up: whatever the order, equal rows, equal sum.
    checksum: str


def _silent(table: str, rows: int, total: int) -> None:
    del table, rows, total


def move(
    source: str, target: str, tell: Tell = _silent, *, patience: float = LOCK_SECONDS
) -> list[Copied]:
    """Copy every table of a SQLite store to an empty database, and close the source.

    `target` is an address as for `open_store`; it gets its tables. Killed at any
    point, the target is as empty as before, and the source as it was. Raises
    Misconfigured or Rejected, before anything is copied, when one of them will not
    do, and Retryable when somebody else writes to the source for `patience` seconds.
    """
    _check(source, target)
    old, new = open_engine(source), open_engine(target)
    try:
        with transaction(patient(old, patience)) as reader:
            _refuse_moved(reader)
            upgrade(target)
            with transaction(new) as writer:
                _refuse_filled(writer)
                done = [_copy(reader, writer, one, tell) for one in _tables()]
                _set_sequences(writer)
            _close(reader, _shown(target))
        return done
    finally:
        old.dispose()
        new.dispose()


def reopen(source: str) -> bool:
    """Let a store that was moved take writes again; tell whether it was one."""
    engine = _sqlite(source)
    try:
        with transaction(engine) as connection:
            triggers = _triggers(connection)
            for name in triggers:
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return bool(triggers)
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


def _refuse_moved(connection: Connection) -> None:
    if _triggers(connection):
        raise Rejected(
            "this store was moved already; `stdc db reopen` lets it take writes again"
        )


def _refuse_filled(connection: Connection) -> None:
    filled = [
        table.name
        for table in _tables()
        if connection.execute(select(table).limit(1)).first() is not None
    ]
    if filled:
        raise Rejected(
            f"the target is not empty: it has rows in {', '.join(filled)}; "
            "give an empty database"
        )


def _tables() -> Sequence[Table]:
    """List all tables, those that others refer to first."""
    return metadata.sorted_tables


def _copy(reader: Connection, writer: Connection, table: Table, tell: Tell) -> Copied:
    """Copy a table, read it back, and compare."""
    query = select(func.count()).select_from(table)
    total = reader.scalar(query) or 0
    insert, given = Bulk(table.insert()), _Sum()
    for rows in _pages(reader, table):
        insert.run(writer, (row._asdict() for row in rows))
        given.add(rows)
        tell(table.name, len(rows), total)
    found = _Sum()
    for rows in _pages(writer, table):
        found.add(rows)
    if (given.rows, given.value) != (found.rows, found.value):
        raise Bug(f"store: {table.name} is not the same after it was copied")
    checksum = f"{found.value:064x}"
    return Copied(table=table.name, rows=found.rows, checksum=checksum)


class _Sum:
    """Adds up hashes of rows."""

    def __init__(self) -> None:
        self.rows = 0
        self.value = 0

    def add(self, rows: Sequence[AnyRow]) -> None:
        for row in rows:
            whole = repr(tuple(row)).encode("utf-8", "surrogatepass")
            digest = hashlib.sha256(whole).digest()
            self.value = (self.value + int.from_bytes(digest)) % MODULUS
        self.rows += len(rows)


def _pages(connection: Connection, table: Table) -> Iterator[Sequence[AnyRow]]:
    """Yield all rows by primary key, some at a time, without holding the rest."""
    ordered = select(table).order_by(*table.primary_key)
    found = connection.execute(ordered, execution_options={"yield_per": BATCH})
    yield from found.partitions()


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL number on from where SQLite was."""
    if connection.dialect.name != "postgresql":
        return
    for table in _tables():
        column = table.autoincrement_column
        if column is None:
            continue
        last = connection.scalar(select(func.max(column)))
        if last is not None:
            named = func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(select(func.setval(named, last)))


def _close(connection: Connection, target: str) -> None:
    """Refuse every write from now on, and say where the store is."""
    why = f"{MOVED} to {target}".replace("'", "''")
    for table in _tables():
        for write in WRITES:
            connection.exec_driver_sql(
                f'CREATE TRIGGER "stdc_moved_{table.name}_{write.lower()}" '
                f'BEFORE {write} ON "{table.name}" '
                f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )


def _triggers(connection: Connection) -> list[str]:
    query = text(
        "SELECT name FROM sqlite_master "
        "WHERE type = 'trigger' AND name LIKE 'stdc\\_moved\\_%' ESCAPE '\\'"
    )
    return list(connection.scalars(query))


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)
