"""What we made in Mautic: only that is ever changed or taken away."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from plugin.store.repository import Repository
from plugin.store.tables import owned


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """One thing in Mautic that is ours."""

    kind: str
    #: Our own lasting name for it.
    key: str
    #: Mautic's id.
    remote_id: int
    #: Hash of what we last wrote, to see what somebody else changed.
    fingerprint: str


class Possessions(Repository):
    """What is ours, within one transaction."""

    def get(self, kind: str, key: str) -> Owned | None:
        """Read one; None when it is not ours."""
        query = select(owned).where(owned.c.kind == kind, owned.c.key == key)
        row = self._connection.execute(query).one_or_none()
        return Owned(**row._asdict()) if row else None

    def put(self, kind: str, key: str, remote_id: int, fingerprint: str) -> None:
        """Say that this is ours, and what we last wrote."""
        row = {
            "kind": kind,
            "key": key,
            "remote_id": remote_id,
            "fingerprint": fingerprint,
        }
        self._upsert(owned, [row])

    def list(self, kind: str | None = None) -> list[Owned]:
        """List what is ours, by kind and key."""
        query = select(owned).order_by(owned.c.kind, owned.c.key)
        if kind is not None:
            query = query.where(owned.c.kind == kind)
        return [Owned(**row._asdict()) for row in self._connection.execute(query)]

    def ids(self, kind: str) -> dict[str, int]:
        """Map our keys of one kind to Mautic's ids."""
        return {one.key: one.remote_id for one in self.list(kind)}

    def delete(self, kind: str, key: str) -> None:
        """Say that this is ours no more."""
        self._connection.execute(
            delete(owned).where(owned.c.kind == kind, owned.c.key == key)
        )
