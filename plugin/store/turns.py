"""Who should hear from us when, and how people came: counted, for calendar and market.

Every count reads an index alone (`ix_people_due`, `ix_people_came`, `ix_events_sent`),
never the people themselves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy import literal as value

from plugin.mappings.model import Phase
from plugin.planning.mix import Came
from plugin.planning.turns import Waiting
from plugin.store.directory import EVERYBODY, FOUND, Found, Narrow, found, narrowed
from plugin.store.repository import Repository
from plugin.store.tables import contacts, events, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which of those who wait are asked for; None asks nothing."""

    #: Due from the first day to the last; `never` for those who are not due at all.
    first: date | None = None
    last: date | None = None
    never: bool = False
    rhythm: str | None = None
    phase: Phase | None = None
    why: str | None = None
    sunset: str | None = None
    #: Not those whom one of these rules holds back.
    but: frozenset[str] = frozenset()


class Turns(Repository):
    """Counts of turns within one transaction."""

    def waiting(self) -> list[Waiting]:
        """Count everybody who was decided about, by when they are due and why."""
        by = (
            people.c.due_on,
            people.c.rhythm,
            people.c.phase,
            people.c.due_why,
            people.c.sunset,
        )
        rows = self._connection.execute(
            select(*by, func.count().label("people"))
            .where(people.c.gone.is_(False), people.c.due_why.is_not(None))
            .group_by(*by)
        )
        return [
            Waiting(
                on=row.due_on,
                rhythm=row.rhythm,
                phase=Phase(row.phase),
                why=row.due_why,
                sunset=row.sunset,
                people=row.people,
            )
            for row in rows
        ]

    def listed(
        self, which: Which, limit: int, offset: int, among: Collection[Phase]
    ) -> list[tuple[Found, date | None]]:
        """List some of those who wait, with their day; the earliest first."""
        query = (
            select(*FOUND, people.c.due_on)
            .join(contacts, contacts.c.contact_id == people.c.person_id)
            .where(*_conditions(which, among))
            .order_by(people.c.due_on, people.c.person_id)
            .limit(limit)
            .offset(offset)
        )
        return [(found(row), row.due_on) for row in self._connection.execute(query)]

    def sent(self, bounds: Sequence[datetime]) -> list[int]:
        """Count the mails that went between each two moments and the next."""
        counts = [
            select(value(number).label("number"), func.count().label("mails")).where(
                events.c.type == "email.sent",
                events.c.occurred_at >= begins,
                events.c.occurred_at < ends,
            )
            for number, (begins, ends) in enumerate(pairwise(bounds))
        ]
        if not counts:
            return []
        rows = self._connection.execute(union_all(*counts))
        found = {row.number: row.mails for row in rows}
        return [found[number] for number in range(len(counts))]

    def came(self, since: date | None = None, narrow: Narrow = EVERYBODY) -> list[Came]:
        """Count everybody who is there by the day and the channel they came by.

        With `since` only who came on that day (UTC) or later.
        """
        by = (
            people.c.came_on,
            people.c.audiences,
            people.c.phase,
            people.c.came_by,
        )
        query = (
            select(*by, func.count().label("people"))
            .where(people.c.gone.is_(False), people.c.came_on.is_not(None))
            .where(*narrowed(narrow))
            .group_by(*by)
        )
        if since is not None:
            query = query.where(people.c.came_on >= since)
        if narrow.owner_id is not None:
            query = query.join(contacts, contacts.c.contact_id == people.c.person_id)
        rows = self._connection.execute(query)
        return [
            Came(
                on=row.came_on,
                audiences=tuple((row.audiences or "").split(",")[:-1]),
                phase=Phase(row.phase),
                channel=row.came_by,
                people=row.people,
            )
            for row in rows
        ]


def _conditions(which: Which, among: Collection[Phase]) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = [
        people.c.gone.is_(False),
        people.c.due_why.is_not(None),
    ]
    if which.never:
        asked.append(people.c.due_on.is_(None))
    if which.first is not None:
        asked.append(people.c.due_on >= which.first)
    if which.last is not None:
        asked.append(people.c.due_on <= which.last)
    if which.but:
        asked.append(people.c.due_why.not_in(sorted(which.but)))
    exactly = {
        people.c.rhythm: which.rhythm,
        people.c.phase: which.phase,
        people.c.due_why: which.why,
        people.c.sunset: which.sunset,
    }
    asked.extend(
        column == wanted for column, wanted in exactly.items() if wanted is not None
    )
    if set(among) != set(Phase):
        asked.append(people.c.phase.in_([one.value for one in among]))
    return asked
