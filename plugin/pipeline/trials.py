"""Drafts tried on the whole store: asked for on a page, counted by a worker.

A trial stands in a mark and is worked through in pieces, so that a worker that ends
begins no trial anew and deliveries never wait for it long. It keeps counts and nobody's
name or number: `stdc what-if` shows examples.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import structlog

from plugin.mappings.drafts import Draft, drafts
from plugin.mappings.model import Phase
from plugin.pipeline.parts import Parts
from plugin.pipeline.what_if import CHUNK, Trial, WhatIf
from plugin.store import Unit

log = structlog.get_logger(__name__)

_PREFIX = "trial:"
#: People decided about in one run, twice each.
LIMIT = 50_000


@dataclass(kw_only=True)
class Progress:
    """A trial of one draft: how far it is, and what it has found."""

    asked_at: datetime
    found: WhatIf
    #: Everybody there was when it was asked for; they may be more by now.
    total: int
    #: Looked at so far, those without a history too.
    done: int = 0
    #: The last person looked at.
    last: int = 0
    ended_at: datetime | None = None

    @property
    def share(self) -> float:
        """How far it is, 0..1."""
        if self.ended_at is not None:
            return 1.0
        return min(1.0, self.done / max(1, self.total))

    def is_of(self, draft: Draft, in_use: str) -> bool:
        """Whether it tells what this draft would change about these mappings."""
        if draft.mappings is None:
            return False
        versions = (self.found.before_version, self.found.after_version)
        return versions == (in_use, draft.mappings.version)

    def to_json(self) -> dict[str, Any]:
        """Write it into a mark."""
        found = self.found
        edges = [[a.value, b.value, n] for (a, b), n in found.edges.items()]
        return {
            "asked_at": self.asked_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "total": self.total,
            "done": self.done,
            "last": self.last,
            "versions": [found.before_version, found.after_version],
            "people": found.people,
            "rescored": found.rescored,
            "handed_over": found.handed_over,
            "edges": edges,
            "before": {one.value: found.before[one] for one in Phase},
            "after": {one.value: found.after[one] for one in Phase},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read it from a mark."""
        ended = told["ended_at"]
        asked_at = datetime.fromisoformat(told["asked_at"])
        found = WhatIf(
            as_of=asked_at,
            before_version=told["versions"][0],
            after_version=told["versions"][1],
            people=told["people"],
            rescored=told["rescored"],
            handed_over=told["handed_over"],
            edges=Counter({(Phase(a), Phase(b)): n for a, b, n in told["edges"]}),
            before=Counter({Phase(one): n for one, n in told["before"].items()}),
            after=Counter({Phase(one): n for one, n in told["after"].items()}),
        )
        return cls(
            asked_at=asked_at,
            ended_at=datetime.fromisoformat(ended) if ended else None,
            total=told["total"],
            done=told["done"],
            last=told["last"],
            found=found,
        )


def ask(parts: Parts, draft: Draft) -> bool:
    """Ask for a trial of a draft; False where the draft has mistakes.

    The next run of a worker begins it. One that was asked for earlier is forgotten.
    """
    if draft.mappings is None:
        return False
    with parts.store.unit() as unit:
        _put(unit, draft.name, _new(parts, unit, draft))
    return True


def of(unit: Unit, draft: Draft) -> Progress | None:
    """Give the trial of a draft that was asked for last; None where none was."""
    told = unit.marks.get(_PREFIX + draft.name)
    return None if told is None else Progress.from_json(told)


def go_on(parts: Parts, *, limit: int = LIMIT) -> int:
    """Go on with every trial that was asked for; return the people looked at.

    One whose draft, or whose mappings in use, changed meanwhile begins again: what was
    counted would compare two things that are both no more.
    """
    seen = 0
    for draft in drafts(parts.settings.mappings, language=parts.mappings.language):
        if draft.mappings is None:
            continue
        while seen < limit and not parts.stopping():
            looked_at = _piece(parts, draft)
            if not looked_at:
                break
            seen += looked_at
    if seen:
        log.info("trials", people=seen)
    return seen


def _piece(parts: Parts, draft: Draft) -> int:
    """Look at some people more; 0 where nothing is left to do."""
    progress = _under_way(parts, draft)
    if progress is None:
        return 0
    with parts.store.view() as unit:
        ids = unit.people.ids(progress.last, CHUNK)
        catalogue = parts.catalogue(unit)
        _trial(parts, draft, progress).count(unit, ids, catalogue, progress.found)
    progress.done += len(ids)
    progress.last = ids[-1] if ids else progress.last
    if len(ids) < CHUNK:
        progress.ended_at = parts.clock()
    with parts.store.unit() as unit:
        now = of(unit, draft)
        if now is not None and now.asked_at == progress.asked_at:
            _put(unit, draft.name, progress)
    return max(1, len(ids))


def _under_way(parts: Parts, draft: Draft) -> Progress | None:
    with parts.store.unit() as unit:
        progress = of(unit, draft)
        if progress is None or progress.ended_at is not None:
            return None
        if progress.is_of(draft, parts.mappings.version):
            return progress
        anew = _new(parts, unit, draft)
        _put(unit, draft.name, anew)
        return anew


def _trial(parts: Parts, draft: Draft, progress: Progress) -> Trial:
    assert draft.mappings is not None  # noqa: S101 -- who calls has looked
    return Trial(
        before=parts.mappings,
        after=draft.mappings,
        as_of=progress.found.as_of,
        lang=parts.mappings.language,
        examples=0,
    )


def _new(parts: Parts, unit: Unit, draft: Draft) -> Progress:
    assert draft.mappings is not None  # noqa: S101 -- who calls has looked
    now = parts.clock()
    found = WhatIf(
        as_of=now,
        before_version=parts.mappings.version,
        after_version=draft.mappings.version,
    )
    return Progress(asked_at=now, found=found, total=unit.people.count())


def _put(unit: Unit, name: str, progress: Progress) -> None:
    unit.marks.put(_PREFIX + name, progress.to_json())
