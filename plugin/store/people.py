"""People: one door to who they are, what they did and where they stand."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from plugin.history.domains import domain_of
from plugin.history.model import Person, Profile
from plugin.store.bursts import Bursts
from plugin.store.directory import Directory
from plugin.store.engine import is_read_only
from plugin.store.history import History, Kept
from plugin.store.journeys import Journeys
from plugin.store.pasts import Pasts
from plugin.store.profiles import Profiles
from plugin.store.states import States
from plugin.store.tables import people

#: What is kept of somebody of whom nothing happened.
NOTHING = Kept((), None, frozenset())


class People(Profiles, States, Journeys, Directory):
    """Everything about persons; each part has a module of its own."""

    def load(self, person_id: int) -> Person | None:
        """Read a person with their whole history; None when nobody is known so."""
        found = self.load_many([person_id])
        return found[0] if found else None

    def load_many(self, person_ids: Iterable[int]) -> list[Person]:
        """Read persons with their histories, by id, in a few queries.

        Who was merged meanwhile comes as their winner, once. In a unit that
        writes, they are held until it ends: nobody else decides about them on
        the base of less.
        """
        ids = self._held(self.current(person_ids))
        gone = self._gone(ids)
        profiles = self._profiles(ids)
        histories = History(self._connection, self._clock).whole(ids)
        domains = {who: domain_of(one.email) for who, one in profiles.items()}
        pasts = Pasts(self._connection, self._clock).of(ids)
        bursts = Bursts(self._connection, self._clock).of_domains(domains.values())
        return [
            Person(
                id=who,
                contact_id=None if who in gone else who,
                profile=profiles.get(who, Profile()),
                events=histories.get(who, NOTHING).events,
                seen_at=histories.get(who, NOTHING).seen_at,
                recalled=histories.get(who, NOTHING).recalled,
                domain_bursts=bursts.get(domains.get(who, ""), ()),
                past=pasts.get(who),
            )
            for who in sorted(ids)
        ]

    def living(self, person_ids: Iterable[int]) -> set[int]:
        """Say which of these persons Mautic has as a contact, under this very id."""
        ids = set(person_ids)
        return (ids & self.current(ids)) - self._gone(ids)

    def _gone(self, person_ids: Collection[int]) -> set[int]:
        query = select(people.c.person_id).where(people.c.gone)
        rows = self._where_in(query, people.c.person_id, person_ids)
        return {row.person_id for row in rows}

    def _held(self, person_ids: set[int]) -> set[int]:
        """Lock persons, and go on with their winners if they merged just before."""
        if not _locks_rows(self._connection):
            return person_ids
        query = (
            select(people.c.person_id).order_by(people.c.person_id).with_for_update()
        )
        held: set[int] = set()
        while missing := person_ids - held:
            rows = self._where_in(query, people.c.person_id, missing)
            held |= {row.person_id for row in rows}
            person_ids = self.current(person_ids)
            if person_ids - held == missing:
                break
        return person_ids


def _locks_rows(connection: Connection) -> bool:
    """Whether rows are locked at all: SQLite's writer holds the whole file."""
    return connection.dialect.name == "postgresql" and not is_read_only(connection)
