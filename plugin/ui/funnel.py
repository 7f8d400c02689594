"""The funnel: how many are where, who moved, who is there, what is stuck."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.pipeline.parts import Parts
from plugin.store import Found, InboxState, OutboxItem, OutboxState, Unit
from plugin.ui import paging, roles
from plugin.ui.pictures import Band, funnel

#: People on one page of the list.
PAGE = 25
#: How far back "moved lately" looks, and how many moves it shows.
LATELY = timedelta(days=28)
MOVES = 10
#: Moves looked through for those: a start is none that anybody waits for.
RECENT = 500
#: Parked writes that are listed; `stdc outbox list` has them all.
PARKED = 10

_ORDER = {phase: place for place, phase in enumerate(Phase)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A phase's place in the funnel."""

    phase: Phase
    count: int
    #: Of everybody who is in a phase, 0..1.
    share: float
    band: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move, with whose it was."""

    person_id: int
    name: str
    move: Move

    @property
    def is_up(self) -> bool:
        """Whether it brought them nearer."""
        before = self.move.before
        return before is None or _ORDER[self.move.after] >= _ORDER[before]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Who is asked for."""

    text: str
    phase: Phase | None
    known_only: bool
    page: paging.Page

    @property
    def is_narrow(self) -> bool:
        """Whether not simply everybody is asked for."""
        return bool(self.text or self.phase or self.known_only)

    def args(self, number: int = 1) -> dict[str, Any]:
        """Write it as the arguments of an address, for another page of the list."""
        return {
            "q": self.text or None,
            "phase": self.phase.value if self.phase else None,
            "known": "1" if self.known_only else None,
            "page": number if number > 1 else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What waits for a worker, and what for a person."""

    to_read: int
    to_write: int
    unreadable: int
    stuck: int
    #: The first of those stuck.
    parked: list[OutboxItem]
    #: Since when the oldest delivery waits; None when none does.
    reads_since: datetime | None

    @property
    def needs_person(self) -> int:
        """How many things only a person can set right."""
        return self.unreadable + self.stuck


def show(parts: Parts) -> str:
    """Render the funnel for this request; nothing is written."""
    query = _query()
    with parts.store.view() as unit:
        found = _found(unit, query)
        return render_template(
            "funnel.html",
            standings=_standings(unit),
            query=query,
            found=found[:PAGE],
            has_more=len(found) > PAGE,
            total=_total(unit, query, found),
            moves=_moves(unit, parts.clock() - LATELY),
            work=_work(unit),
        )


def _query() -> Query:
    phase = request.args.get("phase", "")
    return Query(
        text=request.args.get("q", "").replace("\x00", "").strip()[:200],
        phase=Phase(phase) if phase in set(Phase) else None,
        known_only=request.args.get("known") == "1",
        page=paging.asked(request.args, PAGE),
    )


def _found(unit: Unit, query: Query) -> list[Found]:
    """Find one more than fits, which says whether there is a next page."""
    return unit.people.search(
        query.text,
        query.phase,
        PAGE + 1,
        query.page.offset,
        known_only=query.known_only,
        among=roles.visible(),
    )


def _total(unit: Unit, query: Query, found: list[Found]) -> int:
    if query.page.number == 1 and len(found) <= PAGE:
        return len(found)
    return unit.people.count(
        query.text, query.phase, known_only=query.known_only, among=roles.visible()
    )


def _standings(unit: Unit) -> list[Standing]:
    counts = unit.people.counts_by_phase()
    everybody = max(1, sum(counts.values()))
    bands = funnel([counts[phase] for phase in Phase])
    return [
        Standing(
            phase=phase,
            count=counts[phase],
            share=counts[phase] / everybody,
            band=band,
        )
        for phase, band in zip(Phase, bands, strict=True)
    ]


def _moves(unit: Unit, since: datetime) -> list[Moved]:
    """List the latest moves of those who are still there, without their starts."""
    seen = roles.visible()
    recent = [
        one
        for one in unit.people.recent_moves(since, RECENT)
        if one[1].cause is not Cause.STARTED and one[1].after in seen
    ][: 2 * MOVES]
    people = unit.people.load_many({person_id for person_id, _ in recent})
    names = {one.id: one.profile.name for one in people if one.contact_id is not None}
    return [
        Moved(person_id=person_id, name=names[person_id], move=move)
        for person_id, move in recent
        if person_id in names
    ][:MOVES]


def _work(unit: Unit) -> Work:
    inbox = unit.inbox.depth()
    outbox: dict[OutboxState, int] = {}
    for (_, state), count in unit.outbox.depth().items():
        outbox[state] = outbox.get(state, 0) + count
    stuck = outbox.get(OutboxState.PARKED, 0)
    return Work(
        to_read=_sum(inbox, InboxState.NEW, InboxState.CLAIMED),
        to_write=_sum(outbox, OutboxState.PENDING, OutboxState.CLAIMED),
        unreadable=inbox.get(InboxState.PARKED, 0),
        stuck=stuck,
        parked=unit.outbox.list(OutboxState.PARKED, limit=PARKED) if stuck else [],
        reads_since=unit.inbox.oldest(),
    )


def _sum(depth: Mapping[Any, int], *states: Any) -> int:
    return sum(depth.get(state, 0) for state in states)
