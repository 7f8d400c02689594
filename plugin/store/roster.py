"""Whose people are: by their owner in Mautic and their audiences."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from plugin.mappings.model import Phase
from plugin.store.repository import Repository
from plugin.store.tables import contacts, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Whose somebody is; of a group of people `person_id` is 0."""

    person_id: int = 0
    name: str = ""
    owner_id: int | None
    #: Keys, strongest interest first.
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """People of the same owner, audiences and phase who may hear from us."""

    entry: Entry
    phase: Phase
    people: int


class Roster(Repository):
    """Owners and audiences within one transaction."""

    def of(self, person_ids: Iterable[int]) -> dict[int, Entry]:
        """Look up whose these persons are; who is gone is left out."""
        query = (
            select(
                people.c.person_id,
                people.c.audiences,
                contacts.c.owner_id,
                contacts.c.first_name,
                contacts.c.last_name,
            )
            .join(contacts, contacts.c.contact_id == people.c.person_id)
            .where(people.c.gone.is_(False))
        )
        return {
            row.person_id: Entry(
                person_id=row.person_id,
                name=" ".join(part for part in (row.first_name, row.last_name) if part),
                owner_id=row.owner_id,
                audiences=_read(row.audiences),
            )
            for row in self._where_in(query, people.c.person_id, person_ids)
        }

    def due(self, today: date) -> list[Due]:
        """Count who may hear from us by a day, by owner, audiences and phase."""
        by = (contacts.c.owner_id, people.c.audiences, people.c.phase)
        rows = self._connection.execute(
            select(*by, func.count().label("people"))
            .join(contacts, contacts.c.contact_id == people.c.person_id)
            .where(people.c.gone.is_(False), people.c.due_on <= today)
            .group_by(*by)
        )
        return [
            Due(
                entry=Entry(owner_id=row.owner_id, audiences=_read(row.audiences)),
                phase=Phase(row.phase),
                people=row.people,
            )
            for row in rows
        ]


def _read(audiences: str | None) -> tuple[str, ...]:
    return tuple((audiences or "").split(",")[:-1])
