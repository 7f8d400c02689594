"""Which candidate in which ATS a person is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from plugin.store.identity import Identity
from plugin.store.repository import AnyRow, AnySelect, Repository
from plugin.store.tables import contacts, links

#: Status of a link whose candidate was deleted there: nobody makes them again.
DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One person's candidate in one ATS."""

    connection: str
    #: The id under which the link was made; it follows the person when they merge.
    contact_id: int
    #: Whose it is now; filled in by the store, ignored when put.
    person_id: int
    #: The ATS's id.
    ref: str
    url: str | None
    #: What the ATS last said of them, in our words.
    status: str
    #: What we wrote into the ATS to find them again.
    marker: str
    handed_over_at: datetime | None
    updated_at: datetime
    #: What the ATS was last told of consent and do-not-contact; None for never.
    told: dict[str, Any] | None = None
    told_at: datetime | None = None
    #: What was last read there for Mautic's fields, by alias; None for never.
    pulled: dict[str, str] | None = None
    pulled_at: datetime | None = None


class Links(Repository):
    """The links within one transaction."""

    def put(self, link: Link) -> bool:
        """Make a link, or replace the one of this connection and contact id.

        False when they were erased meanwhile: nothing is kept of them.
        """
        identity = Identity(self._connection, self._clock)
        if not identity.persons_of([link.contact_id], self._clock()):
            return False
        self._upsert(
            links,
            [{name: getattr(link, name) for name in links.c.keys()}],  # noqa: SIM118 -- columns iterate as columns
        )
        return True

    def get(self, connection: str, person_id: int) -> Link | None:
        """Read a person's link; of several, after a merge, the one made first."""
        mine = [
            link for link in self.of_person(person_id) if link.connection == connection
        ]
        return mine[0] if mine else None

    def of_person(self, person_id: int) -> list[Link]:
        """List a person's links over all connections, made first first."""
        query = _links().where(contacts.c.person_id == person_id)
        return _read(self._connection.execute(query))

    def of_people(self, person_ids: list[int]) -> dict[int, list[Link]]:
        """List the links of many persons, by person."""
        found: dict[int, list[Link]] = {}
        for row in self._where_in(_links(), contacts.c.person_id, person_ids):
            found.setdefault(row.person_id, []).append(Link(**row._asdict()))
        return found

    def by_ref(self, connection: str, ref: str) -> Link | None:
        """Find who is this candidate; of several, the one linked first."""
        found = self.list(connection=connection, ref=ref)
        return found[0] if found else None

    def list(
        self,
        *,
        connection: str | None = None,
        status: str | None = None,
        ref: str | None = None,
        limit: int = 1000,
    ) -> list[Link]:
        """List links of anybody, made first first."""
        query = _links().limit(limit)
        if connection is not None:
            query = query.where(links.c.connection == connection)
        if status is not None:
            query = query.where(links.c.status == status)
        if ref is not None:
            query = query.where(links.c.ref == ref)
        return _read(self._connection.execute(query))


def _links() -> AnySelect:
    """Select links with the person each belongs to now."""
    made_first = (
        links.c.handed_over_at.is_(None),
        links.c.handed_over_at,
        links.c.connection,
        links.c.contact_id,
    )
    return (
        select(contacts.c.person_id, *links.c)
        .join(contacts, contacts.c.contact_id == links.c.contact_id)
        .order_by(*made_first)
    )


def _read(rows: Iterable[AnyRow]) -> list[Link]:
    return [Link(**row._asdict()) for row in rows]
