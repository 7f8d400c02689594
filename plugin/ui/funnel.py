"""The funnel: how many are where, who moves, how they come, and what is stuck.

Everything can be narrowed to an audience, an interest, and an owner in Mautic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request

from plugin.mappings.model import Phase, Trend
from plugin.phases.decide import decide
from plugin.phases.model import Cause, Move
from plugin.pipeline.parts import Parts
from plugin.planning.mix import CHANNELS, UNKNOWN
from plugin.scoring.explain import explain
from plugin.store import Found, InboxState, Narrow, OutboxItem, OutboxState, Unit
from plugin.ui import paging, roles
from plugin.ui.flows import HEIGHT, sankey
from plugin.ui.language import current
from plugin.ui.pictures import Band, funnel, width

#: People on one page of the list.
PAGE = 25
#: How far back "moved lately" looks, and how many moves it shows.
LATELY = timedelta(days=28)
MOVES = 10
#: Moves looked through for those: a start is none that anybody waits for.
RECENT = 500
#: Who begins to move: so many are told of, the strongest first.
RISING = 10
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
class Riser:
    """Somebody who begins to move, and what shows it."""

    found: Found
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflow:
    """Who came lately by one channel."""

    #: Its key; empty for who did nothing of their own yet.
    channel: str
    people: int
    #: Of the largest, 0..100.
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Who is asked for."""

    text: str
    phase: Phase | None
    known_only: bool
    narrow: Narrow
    page: paging.Page

    @property
    def is_narrow(self) -> bool:
        """Whether not simply everybody is asked for."""
        asked = self.text or self.phase or self.known_only
        return bool(asked) or self.narrow.is_asked

    @property
    def is_counted(self) -> bool:
        """Whether a count by phase tells how many there are: all have been decided."""
        is_decided = self.narrow.audience or self.narrow.interest or self.phase
        return bool(is_decided) and not self.text and not self.known_only

    @property
    def kept(self) -> dict[str, Any]:
        """Write as arguments of an address among whom is looked."""
        return {
            "audience": self.narrow.audience,
            "interest": self.narrow.interest,
            "owner": self.narrow.owner_id,
        }

    def args(self, number: int = 1) -> dict[str, Any]:
        """Write it as the arguments of an address, for another page of the list."""
        return self.kept | {
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
    query, since = _query(), parts.clock() - LATELY
    with parts.store.view() as unit:
        found = _found(unit, query)
        return render_template(
            "funnel.html",
            standings=_standings(unit, query),
            query=query,
            audiences=parts.mappings.audiences,
            topics=parts.mappings.content.topics,
            owners=unit.people.owners(),
            found=found[:PAGE],
            has_more=len(found) > PAGE,
            total=_total(unit, query, found),
            moves=_moves(unit, since, query),
            flows=sankey(unit.people.flows(since, query.narrow)),
            height=HEIGHT,
            rising=_rising(parts, unit, query),
            inflow=_inflow(unit, since, query),
            work=_work(unit),
        )


def _query() -> Query:
    phase = request.args.get("phase", "")
    return Query(
        text=_word("q"),
        phase=Phase(phase) if phase in set(Phase) else None,
        known_only=request.args.get("known") == "1",
        narrow=Narrow(
            audience=_word("audience") or None,
            interest=_word("interest") or None,
            owner_id=paging.whole(request.args.get("owner", "")),
        ),
        page=paging.asked(request.args, PAGE),
    )


def _word(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "").strip()[:200]


def _found(unit: Unit, query: Query) -> list[Found]:
    """Find one more than fits, which says whether there is a next page."""
    return unit.people.search(
        query.text,
        query.phase,
        PAGE + 1,
        query.page.offset,
        known_only=query.known_only,
        among=roles.visible(),
        narrow=query.narrow,
    )


def _total(unit: Unit, query: Query, found: list[Found]) -> int:
    if query.page.number == 1 and len(found) <= PAGE:
        return len(found)
    if query.is_counted:
        counts = unit.people.counts_by_phase(query.narrow)
        asked = {query.phase} if query.phase else roles.visible()
        return sum(counts[phase] for phase in asked & roles.visible())
    return unit.people.count(
        query.text,
        query.phase,
        known_only=query.known_only,
        among=roles.visible(),
        narrow=query.narrow,
    )


def _standings(unit: Unit, query: Query) -> list[Standing]:
    counts = unit.people.counts_by_phase(query.narrow)
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


def _rising(parts: Parts, unit: Unit, query: Query) -> list[Riser]:
    """List who begins to move, with what shows it; recruiters see them all too."""
    narrow = replace(query.narrow, trend=Trend.RISING.value)
    found = unit.people.search(limit=RISING, narrow=narrow)
    people = {
        one.id: one for one in unit.people.load_many(row.person_id for row in found)
    }
    catalogue, mappings = parts.catalogue(unit), parts.mappings
    as_of, lang = parts.clock(), current()
    listed = []
    for row in found:
        person = people[row.person_id]
        decision = decide(person, mappings, catalogue, as_of=as_of)
        told = explain(decision, person, mappings, catalogue, lang)
        listed.append(Riser(found=row, why=told.momentum or told.because))
    return listed


def _inflow(unit: Unit, since: datetime, query: Query) -> list[Inflow]:
    """Count who came lately by each channel."""
    counts = dict.fromkeys(CHANNELS, 0)
    for one in unit.turns.came(since.date(), query.narrow):
        channel = one.channel if one.channel in counts else UNKNOWN
        counts[channel or UNKNOWN] += one.people
    most = max(counts.values())
    return [
        Inflow(channel=channel, people=people, width=width(people, most))
        for channel, people in counts.items()
    ]


def _moves(unit: Unit, since: datetime, query: Query) -> list[Moved]:
    """List the latest moves of those who are still there, without their starts."""
    seen = roles.visible()
    recent = [
        one
        for one in unit.people.recent_moves(since, RECENT, query.narrow)
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
