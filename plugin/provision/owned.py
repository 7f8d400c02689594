"""What we made in Mautic, remembered by the store in a short unit each time.

A plan is read and applied over the network; a unit that stayed open meanwhile
would hold up the door.
"""

from collections.abc import Sequence

from plugin.provision.resources import OwnedItem
from plugin.store import Store


class StoredOwned:
    """`Owned`, kept in the store; each change is committed at once."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    def get(self, kind: str, key: str) -> OwnedItem | None:
        """Return what we remember of it, or None."""
        with self._store.view() as unit:
            return unit.owned.get(kind, key)

    def put(self, kind: str, key: str, remote_id: int, fingerprint: str) -> None:
        """Remember it, replacing what was known."""
        with self._store.unit() as unit:
            unit.owned.put(kind, key, remote_id, fingerprint)

    def list(self) -> Sequence[OwnedItem]:
        """Return everything we made."""
        with self._store.view() as unit:
            return unit.owned.list()

    def delete(self, kind: str, key: str) -> None:
        """Forget it."""
        with self._store.unit() as unit:
            unit.owned.delete(kind, key)
