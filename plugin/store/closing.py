"""Close a SQLite store that moves: it refuses every write and says where it went.

Triggers do it, so it holds for every process, whenever that began and whatever
version it is of.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text

from plugin.store.engine import MOVED, MOVING
from plugin.store.tables import metadata

#: What a trigger can refuse.
WRITES = ("INSERT", "UPDATE", "DELETE")
_SAID = re.compile(rf"RAISE\(ABORT, '({MOVED}|{MOVING}) to (.*)'\); END$")


@dataclass(frozen=True, slots=True)
class Closed:
    """That a store takes no writes, and why."""

    #: MOVING or MOVED.
    why: str
    #: The new address, without a password.
    target: str


def closed(connection: Connection) -> Closed | None:
    """Tell whether a store is closed, and why."""
    query = text(f"SELECT sql {_TRIGGERS} LIMIT 1")
    written = connection.scalar(query)
    if written is None:
        return None
    (why, target) = _SAID.search(written).groups()  # type: ignore[union-attr]
    return Closed(why, target.replace("''", "'"))


def close(connection: Connection, state: Closed) -> None:
    """Refuse every write from now on, for this reason and no other."""
    open_again(connection)
    said = f"{state.why} to {state.target}".replace("'", "''")
    for table in metadata.sorted_tables:
        for write in WRITES:
            connection.exec_driver_sql(
                f'CREATE TRIGGER "stdc_moved_{table.name}_{write.lower()}" '
                f'BEFORE {write} ON "{table.name}" '
                f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )


def open_again(connection: Connection) -> bool:
    """Take writes again; tell whether it was closed."""
    names = list(connection.scalars(text(f"SELECT name {_TRIGGERS}")))
    for name in names:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return bool(names)


_TRIGGERS = (
    "FROM sqlite_master "
    "WHERE type = 'trigger' AND name LIKE 'stdc\\_moved\\_%' ESCAPE '\\'"
)
