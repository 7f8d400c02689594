"""Copy tables from one database to another, and compare them, a little at a time."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    Text,
    cast,
    func,
    literal,
    select,
    tuple_,
)

from plugin.errors import Bug
from plugin.store.bulk import Bulk
from plugin.store.repository import AnyRow
from plugin.store.tables import metadata

#: Rows at a time, and bytes of text and bodies, unless one row alone has more.
BATCH, BATCH_BYTES = 2_000, 8 * 1024 * 1024
#: Sums of row hashes are taken modulo this.
MODULUS = 2**256
#: The lowest and the highest key of some rows.
Range = tuple[tuple[Any, ...], tuple[Any, ...]]


class Step(StrEnum):
    """What is done with a table."""

    COPY = "copying"
    COMPARE = "comparing"


class Tell(Protocol):
    """Hears how it goes."""

    def __call__(self, step: Step, table: str, rows: int, total: int) -> None:
        """Hear that so many more rows are done, of so many in all steps and tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied of a table; equal on both sides."""

    table: str
    rows: int
    #: SHA-256 of each row, added up: whatever the order, equal rows, equal sum.
    checksum: str
    #: Whether it was there already: an earlier run had copied it.
    found: bool = False


class Copying:
    """The tables of two databases, each read in one transaction."""

    def __init__(self, reader: Connection, writer: Connection, tell: Tell) -> None:
        """Take the database to read, the one to fill, and who hears how it goes."""
        self._reader, self._writer, self._tell = reader, writer, tell
        #: Rows that each table has.
        self.here, self.there = counted(reader), counted(writer)
        self._total = 2 * sum(self.here.values())

    def copy(self) -> list[Copied]:
        """Copy every table, those that others refer to first; read back, compare."""
        done = [self._copy(table) for table in tables()]
        _set_sequences(self._writer)
        return done

    def compare(self) -> tuple[list[Copied], list[str]]:
        """Compare every table; return those that are equal, and how others differ."""
        differing = [
            f"{name}: {count(rows)} here, {count(self.there[name])} there"
            for name, rows in self.here.items()
            if rows != self.there[name]
        ]
        if differing:
            return [], differing
        found = [self._compare(table) for table in tables()]
        return [one for one in found if isinstance(one, Copied)], [
            one for one in found if isinstance(one, str)
        ]

    def _copy(self, table: Table) -> Copied:
        insert, given = Bulk(table.insert()), _Sum()
        for rows in _pages(self._reader, table):
            insert.run(self._writer, (row._asdict() for row in rows))
            given.add(rows)
            self._tell(Step.COPY, table.name, len(rows), self._total)
        if (found := self._sum(self._writer, table)) != given:
            raise Bug(f"store: {table.name} is not the same after it was copied")
        return found.told(table)

    def _compare(self, table: Table) -> Copied | str:
        here = self._sum(self._reader, table)
        if here != self._sum(self._writer, table):
            return f"{table.name}: {count(here.rows)} here and there, not the same"
        return here.told(table, found=True)

    def _sum(self, connection: Connection, table: Table) -> "_Sum":
        added = _Sum()
        for rows in _pages(connection, table):
            added.add(rows)
            self._tell(Step.COMPARE, table.name, len(rows), self._total)
        return added


@dataclass(slots=True)
class _Sum:
    """Adds up hashes of rows."""

    rows: int = 0
    value: int = 0

    def add(self, rows: Sequence[AnyRow]) -> None:
        for row in rows:
            whole = repr(tuple(row)).encode("utf-8", "surrogatepass")
            digest = hashlib.sha256(whole).digest()
            self.value = (self.value + int.from_bytes(digest)) % MODULUS
        self.rows += len(rows)

    def told(self, table: Table, *, found: bool = False) -> Copied:
        checksum = f"{self.value:064x}"
        return Copied(table=table.name, rows=self.rows, checksum=checksum, found=found)


def tables() -> Sequence[Table]:
    """List all tables, those that others refer to first."""
    return metadata.sorted_tables


def counted(connection: Connection) -> Mapping[str, int]:
    """Count the rows of every table."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in tables()
    }


def count(rows: int) -> str:
    """Write a number of rows."""
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def _pages(connection: Connection, table: Table) -> Iterator[Sequence[AnyRow]]:
    """Yield all rows by primary key, some at a time, without holding the rest."""
    key = tuple_(*table.primary_key)
    ordered = select(table).order_by(*table.primary_key)
    for first, last in _ranges(connection, table):
        some = ordered.where(key >= _key(table, first), key <= _key(table, last))
        yield connection.execute(some).all()


def _key(table: Table, values: Sequence[Any]) -> ColumnElement[Any]:
    typed = zip(values, table.primary_key, strict=True)
    return tuple_(*(literal(value, column.type) for value, column in typed))


def _ranges(connection: Connection, table: Table) -> Iterator[Range]:
    """Cut a table by primary key into what may be held at once.

    How much a row has is asked before it is fetched: afterwards it is too late.
    """
    dialect = connection.dialect.name
    sizes = (_size(one, dialect) for one in table.columns if _may_be_long(one))
    size: ColumnElement[int] = sum(sizes, start=literal(0))
    query = select(size, *table.primary_key).order_by(*table.primary_key)
    options = {"yield_per": BATCH}
    first: tuple[Any, ...] = ()
    last: tuple[Any, ...] = ()
    rows = held = 0
    for more, *values in connection.execute(query, execution_options=options):
        if rows and (rows >= BATCH or held + more > BATCH_BYTES):
            yield first, last
            rows = held = 0
        last = tuple(values)
        first = first if rows else last
        rows, held = rows + 1, held + more
    if rows:
        yield first, last


def _may_be_long(column: "Column[Any]") -> bool:
    kind = getattr(column.type, "impl_instance", column.type)
    return isinstance(kind, Text | LargeBinary)


def _size(column: "Column[Any]", dialect: str) -> ColumnElement[int]:
    if dialect == "postgresql":
        size = func.octet_length(column)
    elif isinstance(column.type, LargeBinary):
        size = func.length(column)
    else:  # of a text it is characters
        size = func.length(cast(column, LargeBinary))
    return func.coalesce(size, 0)


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL number on from where SQLite was."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables():
        column = table.autoincrement_column
        if column is None:
            continue
        last = connection.scalar(select(func.max(column)))
        if last is not None:
            named = func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(select(func.setval(named, last)))
