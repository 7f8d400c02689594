"""Every person's moves from phase to phase, and which of them are news."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import delete, func, select

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.store.bulk import Bulk
from plugin.store.directory import EVERYBODY, Narrow, narrowed
from plugin.store.repository import AnyRow, Repository, chunks
from plugin.store.tables import contacts, moves, people

#: Rows fetched at a time when going through everybody.
_BATCH = 2_000

MOVE = (
    moves.c.at,
    moves.c.before,
    moves.c.after,
    moves.c.cause,
    moves.c.detail,
    moves.c.event_key,
)


INSERT = Bulk(moves.insert())


class Journeys(Repository):
    """The part of `people` that keeps their moves."""

    def record_moves(self, person_id: int, journey: Sequence[Move]) -> list[Move]:
        """Replace a person's moves; return those to announce (see `record_all`)."""
        return self.record_all({person_id: journey})[person_id]

    def record_all(
        self, journeys: Mapping[int, Sequence[Move]]
    ) -> dict[int, list[Move]]:
        """Replace the moves of some persons; return what to announce, by person.

        Late evidence rewrites a journey, so what is news is the latest move, and
        only if no move of the same moment, phase and cause was kept before, for
        this person or for one that was merged into them.
        """
        kept = self._kept(journeys)
        changed = {
            who: journey
            for who, journey in journeys.items()
            if kept.get(who, ()) != tuple(journey)
        }
        self._replace(changed)
        return {who: _news(kept.get(who, ()), to) for who, to in journeys.items()}

    def moves(self, person_id: int) -> list[Move]:
        """List a person's moves, oldest first."""
        return list(self._kept([person_id]).get(person_id, ()))

    def recent_moves(
        self, since: datetime, limit: int = 100, narrow: Narrow = EVERYBODY
    ) -> list[tuple[int, Move]]:
        """List (person id, move) of everybody since then, newest first."""
        query = (
            select(contacts.c.person_id, *MOVE)
            .join(contacts, contacts.c.contact_id == moves.c.contact_id)
            .where(moves.c.at >= since)
        )
        if narrow.is_asked:
            query = query.join(people, people.c.person_id == contacts.c.person_id)
        rows = self._connection.execute(
            query.where(*narrowed(narrow))
            .order_by(moves.c.at.desc(), contacts.c.person_id, moves.c.position.desc())
            .limit(limit)
        )
        return [(row.person_id, _move(row)) for row in rows]

    def flows(
        self, since: datetime, narrow: Narrow = EVERYBODY
    ) -> dict[tuple[Phase | None, Phase], int]:
        """Count the moves since then by from and to; from None for who came in."""
        query = (
            select(moves.c.before, moves.c.after, func.count())
            .where(moves.c.at >= since)
            .group_by(moves.c.before, moves.c.after)
        )
        if narrow.is_asked:
            query = (
                query.join(contacts, contacts.c.contact_id == moves.c.contact_id)
                .join(people, people.c.person_id == contacts.c.person_id)
                .where(*narrowed(narrow))
            )
        return {
            (Phase(before) if before else None, Phase(after)): count
            for before, after, count in self._connection.execute(query)
        }

    def every_journey(self) -> Iterator[tuple[int, list[Move], datetime | None]]:
        """Yield (person id, moves, when they were deleted) of everybody, by id.

        Oldest move first; the moment is None while Mautic still has the person.
        """
        own = contacts.alias("own")
        query = (
            select(
                contacts.c.person_id,
                people.c.gone,
                own.c.deleted_at.label("gone_at"),
                *MOVE,
            )
            .join(contacts, contacts.c.contact_id == moves.c.contact_id)
            .join(people, people.c.person_id == contacts.c.person_id)
            .join(own, own.c.contact_id == contacts.c.person_id)
            .order_by(contacts.c.person_id, moves.c.at, moves.c.position)
            .execution_options(yield_per=_BATCH)
        )
        rows = self._connection.execute(query)
        for person_id, theirs in groupby(rows, key=lambda row: row.person_id):
            listed = list(theirs)
            gone_at = listed[0].gone_at if listed[0].gone else None
            yield person_id, [_move(row) for row in listed], gone_at

    def _kept(self, person_ids: Iterable[int]) -> dict[int, tuple[Move, ...]]:
        query = (
            select(contacts.c.person_id, *MOVE)
            .join(contacts, contacts.c.contact_id == moves.c.contact_id)
            .order_by(moves.c.at, moves.c.contact_id, moves.c.position)
        )
        found: dict[int, list[Move]] = {}
        for row in self._where_in(query, contacts.c.person_id, person_ids):
            found.setdefault(row.person_id, []).append(_move(row))
        return {who: tuple(journey) for who, journey in found.items()}

    def _replace(self, journeys: Mapping[int, Sequence[Move]]) -> None:
        for some in chunks(sorted(journeys)):
            theirs = select(contacts.c.contact_id).where(contacts.c.person_id.in_(some))
            self._connection.execute(
                delete(moves).where(moves.c.contact_id.in_(theirs))
            )
        INSERT.run(
            self._connection,
            (
                _row(who, position, move)
                for who, journey in journeys.items()
                for position, move in enumerate(journey)
            ),
        )


def _news(kept: Iterable[Move], journey: Sequence[Move]) -> list[Move]:
    known = {_identity(move) for move in kept}
    return [move for move in journey[-1:] if _identity(move) not in known]


def _identity(move: Move) -> tuple[datetime, Phase, Cause]:
    return move.at, move.after, move.cause


def _row(person_id: int, position: int, move: Move) -> dict[str, Any]:
    return {
        "contact_id": person_id,
        "position": position,
        "at": move.at,
        "before": move.before,
        "after": move.after,
        "cause": move.cause,
        "detail": move.detail,
        "event_key": move.event_key,
    }


def _move(row: AnyRow) -> Move:
    return Move(
        at=row.at,
        before=Phase(row.before) if row.before else None,
        after=Phase(row.after),
        cause=Cause(row.cause),
        detail=row.detail,
        event_key=row.event_key,
    )
