"""One statement for many rows, with no more work per row than the driver needs.

SQLAlchemy works out the parameters of each row anew; over thousands of rows that
takes longer than the database does. Here it is worked out once per statement.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

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
        written = [ready.written(row) for row in rows]
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
