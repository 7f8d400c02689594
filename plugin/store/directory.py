"""Finding people: for pages and lists, so rows rather than whole persons."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select

from plugin.mappings.model import Phase
from plugin.store.repository import AnyRow, Repository, escaped, pattern
from plugin.store.tables import contacts, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One person in a list."""

    person_id: int
    email: str | None
    name: str
    phase: Phase | None
    since: datetime | None
    centipoints: int

    @property
    def contact_id(self) -> int:
        """Mautic's id: who is listed is there under their own number."""
        return self.person_id

    @property
    def shown(self) -> int:
        """The 1..100 that Mautic shows."""
        return max(1, min(100, round(self.centipoints / 100)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """Among whom is looked; None asks nothing."""

    #: Keys of an audience and of a topic they belong to or care for.
    audience: str | None = None
    interest: str | None = None
    #: Mautic's user who owns the contact.
    owner_id: int | None = None
    #: "rising" for who begins to move.
    trend: str | None = None

    @property
    def is_asked(self) -> bool:
        """Whether anything is asked at all."""
        return self != EVERYBODY


EVERYBODY = Narrow()

FOUND = (
    people.c.person_id,
    people.c.phase,
    people.c.since,
    people.c.centipoints,
    contacts.c.email,
    contacts.c.first_name,
    contacts.c.last_name,
)


class Directory(Repository):
    """The part of `people` that finds them."""

    def search(
        self,
        text: str = "",
        phase: Phase | None = None,
        limit: int = 50,
        offset: int = 0,
        *,
        known_only: bool = False,
        among: Collection[Phase] = tuple(Phase),
        narrow: Narrow = EVERYBODY,
    ) -> list[Found]:
        """Find people by a part of name or e-mail or by id; most points first.

        `known_only` leaves out visitors without a name or an address, `among` whoever
        is in none of these phases.
        """
        query = (
            select(*FOUND)
            .join(contacts, contacts.c.contact_id == people.c.person_id)
            .where(*_conditions(text, phase, known_only=known_only, among=among))
            .where(*narrowed(narrow))
            .order_by(people.c.centipoints.desc(), people.c.person_id)
            .limit(limit)
            .offset(offset)
        )
        return [found(row) for row in self._connection.execute(query)]

    def count(
        self,
        text: str = "",
        phase: Phase | None = None,
        *,
        known_only: bool = False,
        among: Collection[Phase] = tuple(Phase),
        narrow: Narrow = EVERYBODY,
    ) -> int:
        """Count whom `search` would find without a limit."""
        query = (
            select(func.count())
            .select_from(people)
            .where(*_conditions(text, phase, known_only=known_only, among=among))
            .where(*narrowed(narrow))
        )
        if text or known_only or narrow.owner_id is not None:
            query = query.join(contacts, contacts.c.contact_id == people.c.person_id)
        return self._connection.scalar(query) or 0

    def counts_by_phase(self, narrow: Narrow = EVERYBODY) -> Mapping[Phase, int]:
        """Count the people in each phase; a phase without anybody is 0."""
        query = (
            select(people.c.phase, func.count())
            .where(people.c.gone.is_(False), people.c.phase.is_not(None))
            .where(*narrowed(narrow))
            .group_by(people.c.phase)
        )
        if narrow.owner_id is not None:
            query = query.join(contacts, contacts.c.contact_id == people.c.person_id)
        rows = self._connection.execute(query)
        return dict.fromkeys(Phase, 0) | {Phase(one): n for one, n in rows}

    def owners(self) -> list[int]:
        """List the users of Mautic who own somebody."""
        query = select(contacts.c.owner_id).where(contacts.c.owner_id.is_not(None))
        ordered = query.distinct().order_by(contacts.c.owner_id)
        return list(self._connection.scalars(ordered))

    def ids(self, after: int, limit: int) -> list[int]:
        """List the next persons by id, to go through everybody in pieces."""
        query = select(people.c.person_id).where(
            people.c.gone.is_(False), people.c.person_id > after
        )
        ordered = query.order_by(people.c.person_id).limit(limit)
        return list(self._connection.scalars(ordered))

    def caring(self, topics: Collection[str]) -> set[int]:
        """Find the persons who have one of these interests, as last decided."""
        asked = [
            condition
            for topic in sorted(topics)
            for condition in narrowed(Narrow(interest=topic))
        ]
        query = select(people.c.person_id).where(people.c.gone.is_(False), or_(*asked))
        return set(self._connection.scalars(query))

    def by_email(self, email: str) -> list[int]:
        """List the persons who have this address, whatever its case."""
        rows = self._connection.scalars(
            select(contacts.c.person_id)
            .where(func.lower(contacts.c.email) == email.lower())
            .distinct()
        )
        return sorted(rows)

    def addresses(self, contact_ids: Collection[int]) -> frozenset[str]:
        """List these contacts' addresses that no other contact has; in lower case."""
        lowered = func.lower(contacts.c.email)
        own = select(lowered).where(
            contacts.c.contact_id.in_(contact_ids), contacts.c.email.is_not(None)
        )
        found = set(self._connection.scalars(own))
        shared = select(lowered).where(
            lowered.in_(found), contacts.c.contact_id.not_in(contact_ids)
        )
        return frozenset(found - set(self._connection.scalars(shared)) - {""})


def narrowed(narrow: Narrow) -> list[ColumnElement[bool]]:
    """Write as conditions among whom is looked; `owner_id` stands in contacts."""
    conditions: list[ColumnElement[bool]] = []
    listed = {people.c.audiences: narrow.audience, people.c.interests: narrow.interest}
    for column, key in listed.items():
        if key is not None:
            begins, inside = f"{escaped(key)},%", f"%,{escaped(key)},%"
            conditions.append(
                or_(column.like(begins, escape="\\"), column.like(inside, escape="\\"))
            )
    if narrow.trend is not None:
        conditions.append(people.c.trend == narrow.trend)
    if narrow.owner_id is not None:
        conditions.append(contacts.c.owner_id == narrow.owner_id)
    return conditions


def _conditions(
    text: str, phase: Phase | None, *, known_only: bool, among: Collection[Phase]
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [people.c.gone.is_(False)]
    if phase is not None:
        conditions.append(people.c.phase == phase)
    if set(among) != set(Phase):
        conditions.append(people.c.phase.in_([one.value for one in among]))
    if known_only:
        known = (contacts.c.email, contacts.c.first_name, contacts.c.last_name)
        conditions.append(or_(*(column.is_not(None) for column in known)))
    conditions.extend(_has(word) for word in text.split())
    return conditions


def _has(word: str) -> ColumnElement[bool]:
    like = pattern(word.lower())
    texts = (contacts.c.email, contacts.c.first_name, contacts.c.last_name)
    return or_(
        *(func.lower(column).like(like, escape="\\") for column in texts),
        cast(people.c.person_id, String) == word,
    )


def found(row: AnyRow) -> Found:
    """Read one person of a list from a row with `FOUND`."""
    return Found(
        person_id=row.person_id,
        email=row.email,
        name=" ".join(part for part in (row.first_name, row.last_name) if part),
        phase=Phase(row.phase) if row.phase else None,
        since=row.since,
        centipoints=row.centipoints,
    )
