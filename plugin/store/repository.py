"""What every repository stands on: a connection, the time, and bulk statements."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Row, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

Clock = Callable[[], datetime]
Rows = Sequence[Mapping[str, Any]]
#: A row of whatever was selected, and a query for such rows.
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
T = TypeVar("T")

#: Values in one IN list, and rows in one statement that returns something.
CHUNK = 500


class Repository:
    """One part of the store within one transaction."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """Take the transaction's connection, and where time comes from."""
        self._connection = connection
        self._clock = clock

    def _insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """Begin an insert that knows this database's ON CONFLICT."""
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def _insert_new(self, table: Table, rows: Rows) -> None:
        """Insert the rows whose key is not there yet."""
        if rows:
            self._connection.execute(
                self._insert(table).on_conflict_do_nothing(), list(rows)
            )

    def _upsert(self, table: Table, rows: Rows) -> None:
        """Insert rows, or replace what those with the same primary key say."""
        if not rows:
            return
        insert = self._insert(table)
        key = [column.name for column in table.primary_key]
        changed = {name: insert.excluded[name] for name in rows[0] if name not in key}
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=key, set_=changed), list(rows)
        )

    def _where_in(
        self, query: AnySelect, column: "Column[Any]", values: Iterable[Any]
    ) -> Iterator[AnyRow]:
        """Yield the rows whose column is one of many values, some at a time."""
        for some in chunks(sorted(set(values))):
            yield from self._connection.execute(query.where(column.in_(some))).all()


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces that fit one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def pattern(text: str) -> str:
    """Write a LIKE pattern that finds the text anywhere; escape is a backslash."""
    return f"%{escaped(text)}%"


def escaped(text: str) -> str:
    """Write a text so that LIKE takes it as it stands; escape is a backslash."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
