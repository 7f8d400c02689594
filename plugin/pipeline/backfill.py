"""Score a database that is there already, from its history, without a word.

Reads all contacts and what they did through the REST API, up to where reconcile
takes over, and then decides about everybody. What it has read is committed page by
page together with how far it is, so it can be killed at any moment and go on.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar
from uuid import uuid4

import structlog

from plugin.errors import Rejected, Retryable
from plugin.mautic.client import Mautic
from plugin.pipeline import backoff, catalogue, reconcile, rediscovered
from plugin.pipeline.backfill_sources import SOURCES, Page, Source, page_of
from plugin.pipeline.backfill_state import MARK, Standing, TakenOver, advance, standing
from plugin.pipeline.domains import learn_domains
from plugin.pipeline.force import is_ours, require
from plugin.pipeline.pace import Pace
from plugin.pipeline.pages import MOST_FAILURES, Patience, Row, ahead, pages
from plugin.pipeline.parts import Parts
from plugin.pipeline.refresh import notice
from plugin.pipeline.rescore import rescore
from plugin.pipeline.silence import Voice
from plugin.pipeline.turns import leased

log = structlog.get_logger(__name__)

#: People decided about and committed at once.
STEP = 500
T = TypeVar("T")

#: What the last part is called, for who watches.
SCORING = "people"


class Watch(Protocol):
    """Is told how it goes."""

    def begin(self, what: str, total: int, done: int) -> None:
        """Hear that a part begins, of so many rows, and some done before."""

    def did(self, count: int) -> None:
        """Hear that so many more of it are done."""


class Nobody:
    """Watches nothing."""

    def begin(self, what: str, total: int, done: int) -> None:
        """Hear that a part begins."""

    def did(self, count: int) -> None:
        """Hear that more of it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a backfill goes about it."""

    #: Whether Mautic is told of the phases, once everybody is decided about.
    write_phases: bool = False
    #: Ask Mautic only a quarter of the time.
    gentle: bool = False
    #: Rows per second at the most.
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a part of a backfill would read, from one page of it."""

    name: str
    rows: int
    #: About so long, at the speed of that page.
    seconds: float
    #: Why Mautic does not let us read it.
    refused: str = ""


def prospect(parts: Parts, timer: Callable[[], float]) -> Iterator[Prospect]:
    """Say of each part what there is to read; keep nothing."""
    for source in SOURCES:
        try:
            total = source.count(parts.mautic)
            began = timer()
            rows = len(source.ask(parts.mautic, 0, source.largest))
            each = (timer() - began) / max(rows, 1)
        except Rejected as error:
            yield Prospect(name=source.name, rows=0, seconds=0.0, refused=str(error))
        else:
            yield Prospect(name=source.name, rows=total, seconds=total * each)


def told(parts: Parts) -> Standing | None:
    """Say how far the backfill is; None where none was begun."""
    with parts.store.view() as unit:
        return standing(unit)


@dataclass(kw_only=True)
class Backfill:
    """One run of `stdc backfill`; a run that was killed is gone on with."""

    parts: Parts
    how: How = How()
    watch: Watch = field(default_factory=Nobody)
    wait: Callable[[float], None] = time.sleep
    timer: Callable[[], float] = time.monotonic
    _now: Standing = field(init=False, repr=False)

    def run(self) -> Standing:
        """Read what is left to read, decide about everybody; return what came of it.

        Raises Retryable when Mautic or the store does not answer for half an hour,
        and Rejected when another run has taken over; what was done is kept.
        """
        self._begin()
        for source in SOURCES:
            if source.name not in self._now.done:
                self._try_to_read(source)
        leased(self.parts, "domains", lambda: learn_domains(self.parts))
        self._decide()
        log.info("backfill", people=self._now.people, found=self._now.found)
        return self._now

    def _begin(self) -> None:
        """Take over what was begun, or begin: from now on nothing is history."""
        run, before = uuid4().hex, told(self.parts)
        voice = Voice.SHOW if self.how.write_phases else Voice.SILENT
        if before is not None:
            again = _again(before, voice)
            self._keep(replace(again, run=run), take_over=True)
            return
        require(self.parts)
        notice(self.parts)  # else everybody would be judged once more afterwards
        self._patiently(partial(catalogue.refresh_all, self.parts))
        now = self.parts.clock()
        floors = self._patiently(partial(reconcile.begin, self.parts))
        totals = self._patiently(partial(_totals, self.parts.mautic))
        fresh = Standing(
            run=run, begun_at=now, floors=floors, totals=totals, voice=voice
        )
        self._keep(fresh, take_over=True)

    def _try_to_read(self, source: Source) -> None:
        try:
            self._read(source)
        except TakenOver:
            raise
        except Rejected as error:
            log.warning("backfill.skipped", what=source.name, why=str(error))
            self._keep(self._now.refused(source.name, str(error)))

    def _read(self, source: Source) -> None:
        now = self._now
        floor = now.floors.get(source.name)
        total = now.totals.get(source.name, 0)
        self.watch.begin(source.name, total, now.rows.get(source.name, 0))
        pace = Pace(largest=source.largest, gentle=self.how.gentle, most=self.how.most)
        patience = Patience(timer=self.timer, wait=self.wait, jitter=self.parts.jitter)
        ask = partial(source.ask, self.parts.mautic)
        found = pages(ask, now.reached.get(source.name, 0), pace, patience)
        for rows in ahead(_until(found, floor)):
            self._take(source, rows)
        self._keep(self._now.ended(source.name))
        total = self._now.rows.get(source.name, 0)
        log.info("backfill.read", what=source.name, rows=total)

    def _take(self, source: Source, rows: list[Row]) -> None:
        """Keep one page, with how far that is."""
        page = page_of(source, rows, self.parts.clock())
        self._patiently(partial(self._commit, source.name, rows, page))
        self.watch.did(len(rows))

    def _commit(self, what: str, rows: list[Row], page: Page) -> None:
        with self.parts.store.unit() as unit:
            unit.people.see_profiles(page.profiles)
            new = unit.history.recall(page.events)
            about = {one.contact_id for one in page.events if one.contact_id}
            unit.people.persons_of(about, self.parts.clock())
            last = int(rows[-1]["id"])
            after = self._now.read(
                what, last, len(rows), events=new, unreadable=page.unreadable
            )
            advance(unit, after)
        self._now = after

    def _decide(self) -> None:
        """Decide about everybody in steps, and keep whom history alone shows."""
        if self._now.finished_at is not None:
            return
        with self.parts.store.view() as unit:
            total = unit.people.count()
        self.watch.begin(SCORING, total, self._now.people)
        while step := self._patiently(self._step):
            self.watch.did(step)
        self._keep(replace(self._now, finished_at=self.parts.clock()))

    def _step(self) -> int:
        parts, now = self.parts, self._now
        with parts.store.unit() as unit:
            if not is_ours(parts, unit):
                raise Rejected("other mappings were put in force meanwhile")
            ids = unit.people.ids(now.scored, STEP)
            if not ids:
                return 0
            best = rediscovered.Best.read(unit)
            rescore(
                parts,
                unit,
                ids,
                as_of=parts.clock(),
                voice=now.voice,
                tell=partial(best.consider, parts.mappings),
            )
            best.keep(unit)
            after = replace(
                now,
                scored=ids[-1],
                people=now.people + len(ids),
                found=now.found + best.found,
            )
            advance(unit, after)
        self._now = after
        return len(ids)

    def _patiently(self, act: Callable[[], T]) -> T:
        """Do something; while the store or Mautic is away, wait and do it again."""
        failures = 0
        while True:
            try:
                return act()
            except Retryable as error:
                failures += 1
                if failures >= MOST_FAILURES:
                    raise
                asked = error.after_seconds
                wait = backoff.delay(failures, self.parts.jitter(), asked)
                log.warning("backfill.wait", seconds=round(wait, 1), why=str(error))
                self.wait(wait)

    def _keep(self, now: Standing, *, take_over: bool = False) -> None:
        with self.parts.store.unit() as unit:
            if take_over:
                unit.marks.put(MARK, now.as_json())
                if not now.scored:
                    rediscovered.forget(unit)
            else:
                advance(unit, now)
        self._now = now


def _again(before: Standing, voice: Voice) -> Standing:
    """Go on with what was begun.

    Who is asked to write phases after all, or finds a table readable that was not,
    decides about everybody once more.
    """
    is_louder = voice is Voice.SHOW and before.voice is Voice.SILENT
    if is_louder or (before.finished_at is not None and before.skipped):
        return replace(
            before,
            voice=voice if is_louder else before.voice,
            finished_at=None,
            scored=0,
            people=0,
            found=0,
        )
    return before


def _totals(mautic: Mautic) -> Mapping[str, int]:
    totals: dict[str, int] = {}
    for source in SOURCES:
        try:
            totals[source.name] = source.count(mautic)
        except Rejected:
            continue  # said again, and kept, when it is read
    return totals


def _until(found: Iterator[list[Row]], floor: int | None) -> Iterator[list[Row]]:
    """Yield pages up to the last row that is history."""
    for rows in found:
        if floor is None or int(rows[-1]["id"]) <= floor:
            yield rows
            continue
        if old := [row for row in rows if int(row["id"]) <= floor]:
            yield old
        return
