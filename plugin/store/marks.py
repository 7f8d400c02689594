"""Named values that outlive a process: high-water marks, tokens, cursors."""

from typing import Any

from sqlalchemy import Executable, delete, select, update

from plugin.store.repository import Repository
from plugin.store.tables import marks


class Marks(Repository):
    """The marks within one transaction; each value is any JSON but null."""

    def get(self, name: str) -> Any:
        """Read a mark; None when it was never put."""
        return self._connection.scalar(
            select(marks.c.value).where(marks.c.name == name)
        )

    def locked(self, name: str) -> Any:
        """Read a mark that nobody else changes until this unit ends."""
        query = select(marks.c.value).where(marks.c.name == name)
        return self._connection.scalar(query.with_for_update())

    def put_new(self, name: str, value: Any) -> None:
        """Set a mark unless it is set."""
        self._insert_new(marks, [{"name": name, "value": value}])

    def starting(self, prefix: str) -> dict[str, Any]:
        """Read the marks whose names begin so, by name."""
        query = select(marks).where(marks.c.name.startswith(prefix, autoescape=True))
        return {row.name: row.value for row in self._connection.execute(query)}

    def held(self, name: str) -> Any:
        """Read a mark; if it is there, nobody swaps it until this unit ends."""
        query = select(marks.c.value).where(marks.c.name == name)
        return self._connection.scalar(query.with_for_update(read=True))

    def swap(self, name: str, before: Any, value: Any) -> bool:
        """Set a mark if it says this still (None: is not there); tell whether."""
        if before is None:
            fresh = self._insert(marks).values(name=name, value=value)
            return self._did(fresh.on_conflict_do_nothing().returning(marks.c.name))
        is_so = (marks.c.name == name, marks.c.value == before)
        change = update(marks).where(*is_so).values(value=value)
        return self._did(change.returning(marks.c.name))

    def _did(self, statement: Executable) -> bool:
        return self._connection.scalar(statement) is not None

    def put(self, name: str, value: Any) -> None:
        """Set a mark; None removes it."""
        if value is None:
            self._connection.execute(delete(marks).where(marks.c.name == name))
        else:
            self._upsert(marks, [{"name": name, "value": value}])
