"""Rows as awkward as a store may hold, for every table it has."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    Table,
    Text,
    column,
    func,
    insert,
    inspect,
    select,
    table,
)

from plugin.store.columns import Instant, Json, Words
from plugin.store.engine import open_engine, transaction
from plugin.store.tables import metadata

AT = datetime(2025, 11, 3, 8, 0, 0, 123456, tzinfo=UTC)
ROWS = 5

#: Type of a column -> a value as awkward as it may hold, from a number.
AWKWARD: Mapping[type, Callable[[int], Any]] = {
    Instant: lambda number: AT + timedelta(microseconds=number),
    Json: lambda number: {"é": ["\U0001f3a7", 2**53, 1.5, None, number]},
    LargeBinary: lambda number: bytes(range(256)) * (number % 7),
    Date: lambda number: AT.date() + timedelta(days=number),
    Boolean: lambda number: number % 2 == 0,
    BigInteger: lambda number: number,
    Integer: lambda number: number,
    Text: lambda number: f"{number} 'één' \U0001f3a7 \n",
    Words: lambda number: f"{number} 'één' \U0001f3a7 \n",
}


def value(of: "Column[Any]", number: int) -> Any:
    """Make a value for a column; some are missing."""
    if of.nullable and not of.primary_key and number % 3 == 2:
        return None
    return AWKWARD[type(of.type)](number)


def columns_at(url: str) -> dict[str, list["Column[Any]"]]:
    """List the columns that a store has at its revision, by table."""
    engine = open_engine(url)
    with transaction(engine, read_only=True) as connection:
        found = inspect(connection)
        there = {
            name: {one["name"] for one in found.get_columns(name)}
            for name in found.get_table_names()
        }
    engine.dispose()
    return {
        one.name: [each for each in one.columns if each.name in there[one.name]]
        for one in metadata.sorted_tables
        if one.name in there
    }


def fill(url: str, rows: int = ROWS) -> None:
    """Put rows into every table that the store has at its revision."""
    there = columns_at(url)
    engine = open_engine(url)
    with transaction(engine) as connection:
        for name, columns in there.items():
            made = [
                {one.name: value(one, number) for one in columns}
                for number in range(1, rows + 1)
            ]
            connection.execute(insert(_narrow(name, columns)), made)
            _number_on(connection, metadata.tables[name], rows)
    engine.dispose()


def _number_on(connection: Connection, of: Table, last: int) -> None:
    numbered = of.autoincrement_column
    if connection.dialect.name == "postgresql" and numbered is not None:
        sequence = func.pg_get_serial_sequence(of.name, numbered.name)
        connection.execute(select(func.setval(sequence, last)))


def content(
    url: str, columns: Mapping[str, list["Column[Any]"]] | None = None
) -> dict[str, list[str]]:
    """Read every table whole; order is the database's own affair."""
    of_each = columns_at(url) if columns is None else columns
    engine = open_engine(url)
    with transaction(engine, read_only=True) as connection:
        found = {
            name: sorted(
                repr(tuple(row))
                for row in connection.execute(select(_narrow(name, of_it)))
            )
            for name, of_it in of_each.items()
        }
    engine.dispose()
    return found


def _narrow(name: str, columns: list["Column[Any]"]) -> Any:
    return table(name, *(column(one.name, one.type) for one in columns))
