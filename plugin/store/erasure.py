"""Deleting a person from the tables: every row about them, and nobody else's."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Table,
    Text,
    delete,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from plugin.store.engine import overwrite_deleted
from plugin.store.repository import AnyRow, Repository, chunks, pattern
from plugin.store.tables import audit, events, metadata, outbox, people
from plugin.store.tombstones import Tombstones
from plugin.store.writes import OutboxState, merged_into

#: What the audit of an erased person still says; a reason may be a person's own words.
KEPT_DETAIL = frozenset(
    {"connection", "created", "mappings", "consent", "phase", "cause", "since"}
)
#: Actions whose reason is one of ours, word for word.
OUR_WORDS = frozenset({"handover.dropped"})
#: Columns that say whose a row is.
NAMING = ("contact_id", "person_id", "loser", "winner")
#: Types of what an ATS tells: Mautic has no rows of it.
BY_ATS = "candidate.%"
#: What stands where a contact id stood in what is about somebody else.
ERASED = "[erased]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Where a person stands in the tables."""

    #: Every contact that is this person.
    contact_ids: frozenset[int]
    #: The ATS's own ids of them, by connection.
    refs: Mapping[str, frozenset[str]]

    @property
    def subjects(self) -> frozenset[str]:
        """Name them as the audit does."""
        return frozenset(
            f"{kind}:{one}"
            for kind in ("contact", "person")
            for one in self.contact_ids
        )

    @property
    def rereads(self) -> frozenset[str]:
        """Name the writes that read their candidate again."""
        return frozenset(
            f"reread:{connection}:{ref}"
            for connection, refs in self.refs.items()
            for ref in refs
        )


class Erasure(Repository):
    """The rows of one person, counted or deleted within one transaction."""

    def count(self, who: Rows) -> dict[str, int]:
        """Count what `erase` would delete, by table; of the audit what it redacts."""
        counts = {
            table.name: self._connection.scalar(
                select(func.count()).select_from(table).where(theirs)
            )
            or 0
            for table, theirs in theirs(who)
        }
        return {**counts, "audit": len(self._lines(who))}

    def scrub(self, pieces: Iterable[str], without: Callable[[Any], Any]) -> int:
        """Take them out of what others sent in forms: "who sent you here?".

        `pieces` are parts of their addresses that a row must have to be looked at.
        """
        rest = type_coerce(events.c.rest, Text)
        likes = [rest.ilike(pattern(one), escape="\\") for one in pieces]
        if not likes:
            return 0
        overwrite_deleted(self._connection)
        query = select(events.c.id, events.c.rest).where(or_(*likes))
        found = {row.id: row.rest for row in self._connection.execute(query)}
        changed = {
            one: new for one, old in found.items() if (new := without(old)) != old
        }
        for number, new in changed.items():
            self._connection.execute(
                update(events).where(events.c.id == number).values(rest=new)
            )
        return len(changed)

    def erase(self, who: Rows, erasure: str) -> dict[str, int]:
        """Delete every row about them, and take them out of the audit's.

        What a unit that is still open writes about them is waited for: it holds
        their row of `people`. On SQLite what is deleted is overwritten in the file.
        """
        overwrite_deleted(self._connection)
        held = select(people.c.person_id).where(people.c.person_id.in_(who.contact_ids))
        self._connection.execute(held.with_for_update()).all()
        redacted = self._redact(who, erasure)
        # somebody else who was taken for them once
        told = outbox.c.last_error.in_([merged_into(one) for one in who.contact_ids])
        self._connection.execute(
            update(outbox).where(told).values(last_error=merged_into(ERASED))
        )
        self._bury_events(who, erasure)
        counts = {table.name: self._delete(table, one) for table, one in theirs(who)}
        return {**counts, "audit": redacted}

    def _bury_events(self, who: Rows, erasure: str) -> None:
        """Let what Mautic may move to another contact be known again."""
        moved = select(events.c.key).where(events.c.type.not_like(BY_ATS))
        rows = self._where_in(moved, events.c.contact_id, who.contact_ids)
        tombstones = Tombstones(self._connection, self._clock)
        tombstones.bury_events((row.key for row in rows), who.contact_ids, erasure)

    def halt(self, who: Rows) -> None:
        """Let nothing more be sent of them; what is under way is not waited for."""
        waiting = outbox.c.state != OutboxState.CLAIMED
        self._delete(outbox, written(who) & waiting & outbox.c.done_at.is_(None))

    def attempted(self, who: Rows, kind: str) -> list[tuple[str, int | None]]:
        """List (destination, person id) of writes that were tried and not done."""
        rows = self._connection.execute(
            select(outbox.c.destination, outbox.c.person_id).where(
                written(who),
                outbox.c.kind == kind,
                outbox.c.claims > 0,
                outbox.c.done_at.is_(None),
            )
        )
        return [(row.destination, row.person_id) for row in rows]

    def _delete(self, table: Table, theirs: ColumnElement[bool]) -> int:
        gone: CursorResult[Any] = self._connection.execute(delete(table).where(theirs))
        return gone.rowcount

    def _redact(self, who: Rows, erasure: str) -> int:
        """Leave what was done and when, under the erasure's name; drop whose it was."""
        lines = self._lines(who)
        for row in lines:
            of_others = row.subject.startswith("contact:")
            if row.subject in who.subjects or not of_others:
                subject, detail = f"erased:{erasure}", _bare(row)
            else:
                subject = row.subject
                detail = _without(row.detail, who.contact_ids)
            self._connection.execute(
                update(audit)
                .where(audit.c.id == row.id)
                .values(subject=subject, detail=detail)
            )
        return len(lines)

    def _lines(self, who: Rows) -> list[AnyRow]:
        """Read the audit's lines about them, and about others that name them."""
        query = select(audit)
        about = list(self._where_in(query, audit.c.subject, who.subjects))
        writes = select(outbox.c.id).where(written(who))
        names = [f"write:{one}" for one in self._connection.scalars(writes)]
        about += self._where_in(query, audit.c.subject, names)
        for some in chunks(sorted(who.contact_ids)):
            text = type_coerce(audit.c.detail, Text)
            like = or_(*(text.contains(str(one)) for one in some))
            others = query.where(audit.c.subject.like("contact:%"), like)
            about += [
                row
                for row in self._connection.execute(others)
                if row.subject not in who.subjects
                and _without(row.detail, who.contact_ids) != row.detail
            ]
        return about


def theirs(who: Rows) -> list[tuple[Table, ColumnElement[bool]]]:
    """Say which rows of which table are theirs, in an order that can be deleted.

    Whatever table names a contact or a person is among them by that alone.
    """
    found = []
    for table in reversed(metadata.sorted_tables):
        names = [table.c[one] for one in NAMING if one in table.c]
        if table is outbox:
            found.append((table, written(who)))
        elif names:
            found.append((table, or_(*(one.in_(who.contact_ids) for one in names))))
    return found


def written(who: Rows) -> ColumnElement[bool]:
    """Say which writes are about them, or read their candidate again."""
    return or_(
        outbox.c.person_id.in_(who.contact_ids),
        outbox.c.contact_id.in_(who.contact_ids),
        outbox.c.supersedes.in_(who.rereads),
    )


def _bare(row: AnyRow) -> dict[str, Any]:
    kept = KEPT_DETAIL | ({"why"} if row.action in OUR_WORDS else set())
    return {name: value for name, value in row.detail.items() if name in kept}


def _without(detail: Mapping[str, Any], ids: Collection[int]) -> dict[str, Any]:
    return {name: _unnamed(value, ids) for name, value in detail.items()}


def _unnamed(value: Any, ids: Iterable[int]) -> Any:
    if isinstance(value, int) and value in set(ids):
        return None
    if not isinstance(value, str):
        return value
    numbers = "|".join(map(str, sorted(ids)))
    return re.sub(rf"\b(?:{numbers})\b", ERASED, value)
