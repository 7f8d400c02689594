"""The mappings that ever made a score: which, since when, and what they said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from plugin.mappings.origin import Origin
from plugin.store.repository import AnyRow, Repository
from plugin.store.tables import marks

#: Each version is one mark, by this name and its hash.
_PREFIX = "mappings.used:"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One version of the mappings."""

    version: str
    #: When it first made a score here.
    first_used_at: datetime
    origin: Origin
    #: The files that differ from those of the version used before.
    changed: tuple[str, ...] = ()


class Rules(Repository):
    """The history of the mappings within one transaction."""

    def note(self, version: str, origin: Origin, at: datetime) -> bool:
        """Keep a version when it is used; tell whether it was new. Never changed."""
        if self.knows(version):
            return False
        edited = origin.edited_at.isoformat() if origin.edited_at else None
        value = {
            "at": at.isoformat(),
            "edited_at": edited,
            "edited_by": origin.edited_by,
            "texts": dict(origin.texts),
        }
        self._insert_new(marks, [{"name": _PREFIX + version, "value": value}])
        return True

    def knows(self, version: str) -> bool:
        """Whether a version was ever used."""
        query = select(marks.c.name).where(marks.c.name == _PREFIX + version)
        return self._connection.scalar(query) is not None

    def all(self) -> list[RuleSet]:
        """List every version, oldest first, each with what it changed."""
        query = select(marks).where(marks.c.name.startswith(_PREFIX, autoescape=True))
        found = sorted(
            (_read(row) for row in self._connection.execute(query)),
            key=lambda one: (one.first_used_at, one.version),
        )
        before: Origin | None = None
        listed = []
        for one in found:
            listed.append(_with_changes(one, before))
            before = one.origin
        return listed

    def get(self, version: str) -> RuleSet | None:
        """Find one by its version or the beginning of it; None if none or several."""
        found = [one for one in self.all() if one.version.startswith(version)]
        return found[0] if len(found) == 1 else None


def _with_changes(one: RuleSet, before: Origin | None) -> RuleSet:
    return RuleSet(
        version=one.version,
        first_used_at=one.first_used_at,
        origin=one.origin,
        changed=one.origin.changed_since(before),
    )


def _read(row: AnyRow) -> RuleSet:
    told: dict[str, Any] = row.value
    edited = told["edited_at"]
    return RuleSet(
        version=row.name.removeprefix(_PREFIX),
        first_used_at=datetime.fromisoformat(told["at"]),
        origin=Origin(
            texts=told["texts"],
            edited_at=datetime.fromisoformat(edited) if edited else None,
            edited_by=told["edited_by"],
        ),
    )
