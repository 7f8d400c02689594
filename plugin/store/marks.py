"""Named values that outlive a process: high-water marks, tokens, cursors."""

from typing import Any

from sqlalchemy import delete, select

from plugin.store.repository import Repository
from plugin.store.tables import marks


class Marks(Repository):
    """The marks within one transaction; each value is any JSON but null."""

    def get(self, name: str) -> Any:
        """Read a mark; None when it was never put."""
        return self._connection.scalar(
            select(marks.c.value).where(marks.c.name == name)
        )

    def starting(self, prefix: str) -> dict[str, Any]:
        """Read the marks whose names begin so, by name."""
        query = select(marks).where(marks.c.name.startswith(prefix, autoescape=True))
        return {row.name: row.value for row in self._connection.execute(query)}

    def put(self, name: str, value: Any) -> None:
        """Set a mark; None removes it."""
        if value is None:
            self._connection.execute(delete(marks).where(marks.c.name == name))
        else:
            self._upsert(marks, [{"name": name, "value": value}])
