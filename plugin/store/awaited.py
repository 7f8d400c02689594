"""Events that a pull brought before their webhook: it may still come."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete

from plugin.store.columns import clean
from plugin.store.repository import Repository, chunks
from plugin.store.tables import awaited


class Awaited(Repository):
    """What is not known to be lost yet, within one transaction."""

    def add(self, types: Mapping[str, str], now: datetime) -> None:
        """Await the webhooks of these events: key -> type."""
        rows = [
            {"key": clean(key), "type": kind, "since": now}
            for key, kind in sorted(types.items())
        ]
        for some in chunks(rows):
            self._insert_new(awaited, some)

    def came(self, keys: Iterable[str]) -> None:
        """Hear that the webhooks of these came; of others nothing was expected."""
        for some in chunks(sorted(keys)):
            self._connection.execute(delete(awaited).where(awaited.c.key.in_(some)))

    def lost(self, before: datetime) -> Counter[str]:
        """Await no longer what was pulled before then; count it by type."""
        gone = delete(awaited).where(awaited.c.since < before)
        return Counter(self._connection.scalars(gone.returning(awaited.c.type)).all())
