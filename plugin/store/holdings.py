"""Everything the tables hold of one person, for the person: the right of access."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from plugin.store.erasure import Rows, theirs, written
from plugin.store.repository import Repository
from plugin.store.tables import audit, outbox

#: What a person reads instead of a table's name; the others keep theirs.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "people": "standing",
        "moves": "journey",
        "events": "history",
        "pasts": "forgotten",
        "outbox": "writes",
        "links": "candidates",
    }
)


class Holdings(Repository):
    """What there is of a person, within one transaction."""

    def of(
        self,
        contact_ids: Iterable[int],
        refs: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> dict[str, list[dict[str, Any]]]:
        """Read every row about the contacts that are one person, by table.

        `refs` are the ATS's own ids of them, by connection. These are the very rows
        that an erasure deletes, and of the audit those that are about them.
        """
        who = Rows(contact_ids=frozenset(contact_ids), refs=refs)
        found = {
            NAMES.get(table.name, table.name): [
                row._asdict()
                for row in self._connection.execute(
                    select(table).where(condition).order_by(*table.primary_key)
                )
            ]
            for table, condition in reversed(theirs(who))
        }
        return {**found, "audit": self._audit(who)}

    def _audit(self, who: Rows) -> list[dict[str, Any]]:
        writes = self._connection.scalars(select(outbox.c.id).where(written(who)))
        subjects = {*who.subjects, *(f"write:{one}" for one in writes)}
        lines = self._where_in(select(audit), audit.c.subject, subjects)
        return sorted((row._asdict() for row in lines), key=lambda row: int(row["id"]))
