"""Who did what, to whom and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from plugin.store.repository import Repository
from plugin.store.tables import audit

#: Lines read at a time.
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit."""

    id: int
    at: datetime
    actor: str
    #: Dotted, past participle: "contact.merged".
    action: str
    #: "contact:17", "write:4": what it was done to.
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines; None asks for nothing."""

    subjects: Collection[str] | None = None
    actions: Collection[str] | None = None
    actor: str | None = None
    #: From this moment on, and before that one.
    since: datetime | None = None
    until: datetime | None = None


class Audit(Repository):
    """The audit: added to, and cut off where it is too old."""

    def purge(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` lines from before then; return how many."""
        old = (
            select(audit.c.id)
            .where(audit.c.at < before)
            .order_by(audit.c.at, audit.c.id)
            .limit(limit)
        )
        return self._connection.execute(
            delete(audit).where(audit.c.id.in_(old))
        ).rowcount

    def add(
        self,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        detail: Mapping[str, Any],
    ) -> None:
        """Write one line; ids and reasons only, never addresses or secrets."""
        self._connection.execute(
            audit.insert().values(
                at=at,
                actor=actor,
                action=action,
                subject=subject,
                detail=dict(detail),
            )
        )

    def list(
        self, subject: str | None = None, limit: int = 50, before: int | None = None
    ) -> list[AuditEntry]:
        """List lines, newest first, those with a smaller id than `before`."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        if before is not None:
            query = query.where(audit.c.id < before)
        rows = self._connection.execute(query)
        return [AuditEntry(**row._asdict()) for row in rows]

    def search(
        self, wanted: "Wanted", before: int | None = None, limit: int = PAGE
    ) -> Sequence[AuditEntry]:
        """Read the next lines of what is wanted, newest first, ids below `before`."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if wanted.subjects is not None:
            query = query.where(audit.c.subject.in_(wanted.subjects))
        if wanted.actions is not None:
            query = query.where(audit.c.action.in_(wanted.actions))
        if wanted.actor is not None:
            query = query.where(audit.c.actor == wanted.actor)
        if wanted.since is not None:
            query = query.where(audit.c.at >= wanted.since)
        if wanted.until is not None:
            query = query.where(audit.c.at < wanted.until)
        if before is not None:
            query = query.where(audit.c.id < before)
        rows = self._connection.execute(query)
        return [AuditEntry(**row._asdict()) for row in rows]
