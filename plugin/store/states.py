"""Where each person stands, and who has to be decided again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Update, bindparam, null, select, update

from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.store.bulk import Bulk
from plugin.store.identity import Identity
from plugin.store.repository import AnyRow, chunks
from plugin.store.tables import people


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonState:
    """What was last decided of a person, and what Mautic was told."""

    phase: Phase
    since: datetime
    cause: Cause
    centipoints: int
    #: When time alone may change something.
    review_at: datetime | None = None
    falls_to: Phase | None = None
    #: The projection last put into the outbox, and the one that Mautic took.
    wanted: dict[str, Any] | None = None
    written: dict[str, Any] | None = None
    #: Which mappings decided, and as of when.
    mapping_version: str = ""
    scored_at: datetime | None = None
    #: From which day they should hear from us again, by which rule (`Why`), how far
    #: they are who show no sign of life (`Step`), and whose rhythm it is.
    due_on: date | None = None
    due_why: str | None = None
    sunset: str | None = None
    rhythm: str | None = None
    #: Keys of their audiences, strongest interest first, a comma after each.
    audiences: str | None = None
    #: On which day (UTC) and by which channel they came.
    came_on: date | None = None
    came_by: str | None = None
    #: Topics, strongest first, a comma after each; and whether they begin to move.
    interests: str | None = None
    trend: str | None = None


STATE = (
    people.c.phase,
    people.c.since,
    people.c.cause,
    people.c.centipoints,
    people.c.review_at,
    people.c.falls_to,
    people.c.wanted,
    people.c.written,
    people.c.mapping_version,
    people.c.scored_at,
    people.c.due_on,
    people.c.due_why,
    people.c.sunset,
    people.c.rhythm,
    people.c.audiences,
    people.c.came_on,
    people.c.came_by,
    people.c.interests,
    people.c.trend,
)


class States(Identity):
    """The part of `people` that keeps decisions and who waits for one."""

    def state(self, person_id: int) -> PersonState | None:
        """Read what was last decided; None when nothing was yet."""
        return self.states([person_id]).get(person_id)

    def states(self, person_ids: Iterable[int]) -> dict[int, PersonState]:
        """Read what was last decided, of those of whom anything was."""
        query = select(people.c.person_id, *STATE).where(people.c.phase.is_not(None))
        rows = self._where_in(query, people.c.person_id, person_ids)
        return {row.person_id: _state(row) for row in rows}

    def save_state(self, person_id: int, state: PersonState) -> None:
        """Keep a decision; the person is no longer dirty."""
        self.save_states({person_id: state})

    def save_states(
        self,
        states: Mapping[int, PersonState],
        before: Mapping[int, PersonState] = MappingProxyType({}),
    ) -> None:
        """Keep decisions; these persons are no longer dirty.

        Safe because a unit that loaded a person holds them until its end:
        whoever marks them dirty meanwhile, does so after this. `before` is what was
        kept until now, where that is known: what lists and counts go by changes seldom,
        and whoever writes it writes all its indexes.
        """
        standing = {
            who: state
            for who, state in states.items()
            if who not in before or _standing(before[who]) != _standing(state)
        }
        for save, rows in ((SAVE_STANDING, standing), (SAVE, states)):
            save.run(
                self._connection,
                (_bound(who, state) for who, state in rows.items()),
            )

    def save_written(self, person_id: int, written: Mapping[str, Any]) -> None:
        """Keep what Mautic took."""
        self._connection.execute(
            update(people)
            .where(people.c.person_id == person_id)
            .values(written=dict(written))
        )

    def due(self, now: datetime, limit: int) -> list[int]:
        """List whom time has changed by now, longest ago first."""
        query = select(people.c.person_id).where(people.c.review_at <= now)
        ordered = query.order_by(people.c.review_at, people.c.person_id).limit(limit)
        return list(self._connection.scalars(ordered))

    def mark_dirty(self, person_ids: Iterable[int]) -> None:
        """Ask for a new decision; those whom Mautic deleted get none."""
        for some in chunks(sorted(self.current(person_ids))):
            self._connection.execute(_mark(self._clock()).where(_among(some)))

    def mark_all_dirty(self) -> None:
        """Ask for a new decision for everybody, as when the mappings changed."""
        self._connection.execute(_mark(self._clock()))

    def claim_dirty(self, limit: int, now: datetime, lease_seconds: float) -> list[int]:
        """Take up to `limit` dirty persons until the lease is over.

        They stay dirty until `save_states` or `clean`, so a worker that dies
        gives them back by the lease.
        """
        ids = self._connection.scalars(
            select(people.c.person_id)
            .where(people.c.dirty_at <= now)
            .order_by(people.c.dirty_at, people.c.person_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        until = now + timedelta(seconds=lease_seconds)
        for some in chunks(ids):
            self._connection.execute(
                update(people).where(_among(some)).values(dirty_at=until)
            )
        return sorted(ids)

    def clean(self, person_ids: Iterable[int]) -> None:
        """Say that these need no decision after all."""
        for some in chunks(sorted(set(person_ids))):
            self._connection.execute(
                update(people).where(_among(some)).values(dirty_at=None)
            )


#: What lists and counts go by.
STANDING = frozenset(
    {
        "phase",
        "due_on",
        "due_why",
        "sunset",
        "rhythm",
        "audiences",
        "came_on",
        "came_by",
        "interests",
        "trend",
    }
)


def _save(names: Iterable[str]) -> Update:
    return (
        update(people)
        .where(people.c.person_id == bindparam("_person_id"))
        .values({name: bindparam(f"_{name}") for name in names})
    )


_NAMES = tuple(column.name for column in STATE)
SAVE = Bulk(_save(one for one in _NAMES if one not in STANDING).values(dirty_at=null()))
SAVE_STANDING = Bulk(_save(one for one in _NAMES if one in STANDING))


def _among(person_ids: Iterable[int]) -> Any:
    return people.c.person_id.in_(list(person_ids))


def _mark(now: datetime) -> Update:
    return update(people).where(people.c.gone.is_(False)).values(dirty_at=now)


def _state(row: AnyRow) -> PersonState:
    return PersonState(
        phase=Phase(row.phase),
        since=row.since,
        cause=Cause(row.cause),
        centipoints=row.centipoints,
        review_at=row.review_at,
        falls_to=Phase(row.falls_to) if row.falls_to else None,
        wanted=row.wanted,
        written=row.written,
        mapping_version=row.mapping_version or "",
        scored_at=row.scored_at,
        due_on=row.due_on,
        due_why=row.due_why,
        sunset=row.sunset,
        rhythm=row.rhythm,
        audiences=row.audiences,
        came_on=row.came_on,
        came_by=row.came_by,
        interests=row.interests,
        trend=row.trend,
    )


BOUND = tuple((f"_{column.name}", column.name) for column in STATE)


def _standing(state: PersonState) -> tuple[Any, ...]:
    return tuple(getattr(state, name) for name in sorted(STANDING))


def _bound(person_id: int, state: PersonState) -> dict[str, Any]:
    values = {bound: getattr(state, name) for bound, name in BOUND}
    values["_person_id"] = person_id
    return values
