"""One statement for many rows, with no more work per row than the driver needs.

SQLAlchemy works out the parameters of each row anew; over thousands of rows that
takes longer than the database does. Here it is worked out once per statement.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from plugin.errors import Rejected

#: Makes of a value what the driver takes; None where it takes it as it is.
Writer = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement in one database's words."""

    text: str
    parameters: list[tuple[str, Writer]]
    #: Whether the driver wants the values in order, or by name.
    in_order: bool

    def written(self, row: Mapping[str, Any]) -> list[Any]:
        return [
            row[name] if write is None else write(row[name])
            for name, write in self.parameters
        ]


class Bulk:
    """A statement whose every value is a named parameter, kept ready to run."""

    def __init__(self, statement: UpdateBase) -> None:
        """Take an insert, update or delete of a fixed shape."""
        self._statement = statement
        self._prepared: dict[str, _Prepared] = {}

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> int:
        """Run it for each row; nothing when there is none. Return the rows it met."""
        dialect = connection.dialect
        ready = self._prepared.get(dialect.name)
        if ready is None:
            ready = self._prepared[dialect.name] = self._prepare(dialect)
        written = _written(ready, rows)
        if not written:
            return 0
        names = [name for name, _ in ready.parameters]
        given: list[Any] = [
            tuple(values) if ready.in_order else dict(zip(names, values, strict=True))
            for values in written
        ]
        done = connection.exec_driver_sql(
            ready.text, given, execution_options={"preserve_rowcount": True}
        )
        return done.rowcount

    def _for(self, dialect: Dialect) -> UpdateBase:
        """Give the statement for a database."""
        del dialect  # most are the same for all
        return self._statement

    def _prepare(self, dialect: Dialect) -> _Prepared:
        compiled: Any = self._for(dialect).compile(dialect=dialect)
        names: list[str] = compiled.positiontup or list(compiled.binds)
        parameters = [
            (
                name,
                compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect),
            )
            for name in names
        ]
        return _Prepared(str(compiled), parameters, compiled.positional)


def _written(ready: _Prepared, rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    try:
        return [ready.written(row) for row in rows]
    except (TypeError, ValueError, OverflowError) as error:
        raise Rejected(f"store: a value cannot be stored: {error}") from error


class InsertNumbered(Bulk):
    """Insert rows that the database numbers, and say which numbers they got."""

    def __init__(self, table: Table, *columns: str) -> None:
        """Take what every row has; the rest is the database's default."""
        values = {name: bindparam(name, type_=table.c[name].type) for name in columns}
        super().__init__(table.insert().values(values))
        (key,) = table.primary_key
        self._numbering = table.insert().returning(key, sort_by_parameter_order=True)

    def numbers(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        """Insert the rows, at least one; return their numbers in the same order.

        SQLite numbers on from the highest, and nobody else writes meanwhile: the
        last number tells all, for a third of what asking for each costs.
        """
        if connection.dialect.name != "sqlite":
            return list(connection.scalars(self._numbering, rows))
        self.run(connection, rows)
        last = connection.exec_driver_sql("SELECT last_insert_rowid()").scalar_one()
        return list(range(last - len(rows) + 1, last + 1))


class InsertNew(Bulk):
    """Insert rows of these columns, but for those whose key is there already."""

    def __init__(self, table: Table, *columns: str) -> None:
        """Take what every row has; the rest is the database's default."""
        self._values = {
            name: bindparam(name, type_=table.c[name].type) for name in columns
        }
        self._table = table
        super().__init__(table.insert())

    def _for(self, dialect: Dialect) -> UpdateBase:
        if dialect.name == "postgresql":
            insert = postgresql.insert(self._table).values(self._values)
            return insert.on_conflict_do_nothing()
        return sqlite.insert(self._table).values(self._values).on_conflict_do_nothing()
