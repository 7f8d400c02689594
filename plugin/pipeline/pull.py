"""One pull from Mautic, as it goes on: what was read, and what that healed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import structlog

from plugin.content.match import Catalogue
from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.pipeline.force import judge
from plugin.pipeline.parts import Parts
from plugin.store import Gap, OutboxWrite, Unit
from webhooks.events import ContentRef, Event
from webhooks.sources.base import ProfileSeen
from webhooks.sources.mautic_fields import Unfit
from webhooks.sources.mautic_stats import Table, is_told, read

log = structlog.get_logger(__name__)

#: What a contact is called that could not be read.
CONTACT = "contact"
#: A row as Mautic tells it.
Row = dict[str, str]
#: How far back is looked again: Mautic dates what it does before it commits it.
LOOKBACK = timedelta(minutes=15)
#: Clocks that differ by no more are the same: headers tell seconds.
SAME_TIME = timedelta(seconds=5)
#: Ids read again before the high-water mark: Mautic commits out of order.
OVERLAP = 200
#: Rows per page and commit, and the fewest that are asked for at a time.
PAGE, LEAST = 1000, 10
#: A page that Mautic cannot give is asked for again with so many times fewer rows.
SHRINK, GROW = 10, 2


def mark_name(table: str) -> str:
    """Name the high-water mark of a table."""
    return f"reconcile.{table}"


def reused(table: str) -> str:
    """Name that a table's numbers were given out twice."""
    return f"numbers of {table}"


@dataclass(slots=True)
class Pull:
    """Counts while it goes on; every `keep` is a unit of its own."""

    parts: Parts
    #: Rows that were read.
    read: int = 0
    #: Contacts of whom something was not known.
    profiles: int = 0
    #: Events that were not known, by type.
    healed: Counter[str] = field(default_factory=Counter)
    #: (table, number) -> what could not be read of it: "page_hits 812: no moment".
    unreadable: dict[tuple[str, int], str] = field(default_factory=dict)
    #: New rows that belong to nobody, by table.
    ownerless: Counter[str] = field(default_factory=Counter)
    #: What Mautic refuses to us, and what it could not give now: name -> why.
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    #: How far Mautic's clock is ahead of ours.
    ahead: timedelta = timedelta(0)
    _tried: list[str] = field(default_factory=list)
    #: Rows to ask for now.
    _limit: int = PAGE
    #: What is kept along with the next unit: what could not be read, and of whom
    #: rows are not.
    _gaps: list[Gap] = field(default_factory=list)
    _nobodys: Counter[str] = field(default_factory=Counter)

    def try_to(self, what: str, pull: Callable[["Pull"], None]) -> None:
        """Pull one thing; whatever is wrong with it, go on with the others.

        Raises Retryable or Misconfigured only when Mautic gives us nothing at all.
        """
        self._limit = PAGE
        self._tried.append(what)
        try:
            self.unless_refused(what, pull)
        except (Retryable, Misconfigured) as error:
            self.raise_if_away(error)
            log.warning("reconcile.failed", what=what, why=str(error))
            self.failed[what] = str(error)
        except Exception as error:  # our bug in one table must not starve the others
            log.exception("reconcile.failed", what=what)
            self.failed[what] = f"our bug: {error!r}"

    def unless_refused(self, what: str, step: Callable[["Pull"], None]) -> None:
        """Do one thing, or leave it where Mautic refuses it to us; raise all else."""
        try:
            step(self)
        except Rejected as error:
            log.warning("reconcile.skipped", what=what, why=str(error))
            self.skipped[what] = str(error)

    def rows(
        self,
        table: str,
        after: int,
        *,
        largest: int = PAGE,
        equal: Mapping[str, object] | None = None,
        since: Mapping[str, datetime] | None = None,
    ) -> list[Row]:
        """Ask for the rows above an id, for fewer where that is too much for Mautic."""
        stats = self.parts.mautic.stats
        while True:
            limit = min(self._limit, largest)
            try:
                found = stats.rows(table, after, limit, equal=equal, since=since)
            except Retryable as error:
                if limit <= LEAST or error.after_seconds is not None:
                    raise
                self.raise_if_away(error)
                self._limit = max(LEAST, limit // SHRINK)
                log.warning("reconcile.smaller", what=table, rows=self._limit)
            else:
                self._limit = min(PAGE, self._limit * GROW)
                return found

    def raise_if_away(self, error: Retryable | Misconfigured) -> None:
        """Raise the error when Mautic does not answer what costs it nothing either."""
        try:
            self.parts.mautic.users.self_()
        except Rejected:
            return
        except (Retryable, Misconfigured):
            raise error from None

    def cannot_read(self, what: str, number: int, why: str) -> None:
        """Tell that something could not be read; it stays named until it was."""
        self.unreadable[what, number] = f"{what} {number}: {why}"
        now = self.parts.clock()
        self._gaps.append(Gap(what=what, number=number, why=why, since=now))

    def note_failures(self) -> None:
        """Keep what could not be pulled, and why; forget it of what could."""
        now, wrong = self.parts.clock(), {**self.skipped, **self.failed}
        with self.parts.store.unit() as unit:
            unit.gaps.note(
                Gap(what=what, why=why, since=now) for what, why in wrong.items()
            )
            for what in self._tried:
                if what not in wrong:
                    unit.gaps.close(what)

    def mark(self, name: str) -> Any:
        """Read a mark."""
        with self.parts.store.view() as unit:
            return unit.marks.get(name)

    def high_water(self, table: str) -> dict[str, int]:
        """Tell up to which `id` a table was read, and below which `floor` it never is.

        At the first pull that is the table's end.
        """
        told: dict[str, int] | int | None = self.mark(mark_name(table))
        if isinstance(told, int):  # as it was kept before rows were read again
            return {"id": told, "floor": told}
        if told is None:
            last = self.parts.mautic.stats.last_id(table)
            told = {"id": last, "floor": last}
            self.keep(marks={mark_name(table): told})
        return told

    def new_rows(
        self,
        table: str,
        *,
        largest: int = PAGE,
        equal: Mapping[str, object] | None = None,
    ) -> Iterator[tuple[list[Row], dict[str, Any]]]:
        """Yield the rows that came since the last time, and some of those before.

        Each page comes with the mark to keep along with it.
        """
        mark = self.high_water(table)
        is_of_people = equal is None
        after = max(mark["floor"], mark["id"] - OVERLAP)
        reached = 0
        while not self.parts.stopping():
            rows = self.rows(table, after, largest=largest, equal=equal)
            if not rows:
                break
            after = reached = int(rows[-1]["id"])
            self.read += len(rows)
            if is_of_people:
                self._count_nobodys(table, rows, mark["id"])
            self._tell_of_reuse(table, rows, mark)
            told = {**mark, "id": max(mark["id"], reached)}
            if told["id"] > mark.get("peak", told["id"]):
                told.pop("peak")
            yield rows, {mark_name(table): told}
        if reached < mark["id"] and not self.parts.stopping():
            self._anchor(table, mark)

    def _anchor(self, table: str, mark: Mapping[str, int]) -> None:
        """Go back to the table's end where that is below what was read before.

        Its last rows were deleted, or Mautic was restored from a backup.
        """
        last = self.parts.mautic.stats.last_id(table)
        if last >= mark["id"]:
            return
        log.warning("reconcile.anchored", what=table, read=mark["id"], end=last)
        peak = max(mark["id"], mark.get("peak", 0))
        anchored = {"id": last, "floor": min(mark["floor"], last), "peak": peak}
        self.keep(marks={mark_name(table): anchored})

    def _tell_of_reuse(
        self, table: str, rows: Iterable[Row], mark: Mapping[str, int]
    ) -> None:
        """Tell when numbers are given out again that we have read before."""
        peak = mark.get("peak", 0)
        if any(mark["id"] < int(row["id"]) <= peak for row in rows):
            why = (
                f"Mautic gives out numbers up to {peak} again, as after restoring a "
                "backup; what has the number of something older is not counted"
            )
            gap = Gap(what=reused(table), why=why, since=self.parts.clock())
            log.error("reconcile.reused", what=table, up_to=peak)
            self._gaps.append(gap)

    def rows_of(self, table: str, numbers: Sequence[int]) -> list[Row]:
        """Ask for the rows with these numbers, as far as there are any."""
        stats = self.parts.mautic.stats
        return stats.rows(table, 0, len(numbers), among=numbers)

    def _count_nobodys(self, table: str, rows: Iterable[Row], known: int) -> None:
        """Count the new rows that belong to no contact: they say nothing of anybody."""
        for row in rows:
            if not row.get("lead_id") and int(row["id"]) > known:
                self.ownerless[table] += 1
                self._nobodys[table] += 1

    def rows_since(
        self,
        table: str,
        since: Mapping[str, datetime],
        largest: int = PAGE,
        after: int = 0,
    ) -> Iterator[list[Row]]:
        """Yield the rows above an id that changed since a moment."""
        while rows := self.rows(table, after, largest=largest, since=since):
            after = int(rows[-1]["id"])
            self.read += len(rows)
            yield rows

    def events_in(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> list[Event]:
        """Read rows; what cannot be read is told, and holds up nothing."""
        events: list[Event] = []
        for row in rows:
            try:
                events.extend(read(table, row))
            except Unfit as error:
                self.cannot_read(table.name, int(row["id"]), str(error))
        return events

    def compare_clocks(self) -> None:
        """Learn what time it is in Mautic: what changes there is dated by its clock.

        Raises Retryable or Misconfigured when it gives us nothing at all.
        """
        mautic = self.parts.mautic
        mautic.users.self_()
        try:
            there = parsedate_to_datetime(mautic.session.date or "")
        except ValueError:
            return
        ahead = there.astimezone(UTC) - self.parts.clock()
        if abs(ahead) > SAME_TIME:
            log.warning("reconcile.clocks", ahead_seconds=round(ahead.total_seconds()))
            self.ahead = ahead

    def now(self) -> datetime:
        """Tell the moment, by Mautic's clock, up to which can be read now."""
        return self.parts.clock() + self.ahead

    def window(self, name: str) -> datetime | None:
        """Tell from when on to read what changes in time; None at the first pull.

        A little earlier than the last pull, as what was dated then may have been
        committed later, but never from before the first one.
        """
        told: dict[str, str] | None = self.mark(name)
        if told is None:
            return None
        last, first = (datetime.fromisoformat(told[key]) for key in ("at", "floor"))
        # a clock that was ahead and was set right must leave no gap
        now = self.now()
        return max(min(last, now) - LOOKBACK, min(first, now))

    def read_until(self, name: str, now: datetime) -> None:
        """Remember that everything until then was read."""
        told = self.mark(name) or {"floor": now.isoformat()}
        self.keep(marks={name: {"at": now.isoformat(), "floor": told["floor"]}})

    def keep(
        self,
        *,
        events: Iterable[Event] = (),
        profiles: Iterable[ProfileSeen] = (),
        wanted: Iterable[OutboxWrite] = (),
        marks: Mapping[str, Any] | None = None,
        fuller: Iterable[Event] = (),
        closed: Mapping[str, Iterable[int]] | None = None,
    ) -> None:
        """Keep what is new, decide about whom it concerns, and set the marks.

        `fuller` are reports of known events that say more. `closed` could not be read
        before and was read now; what could not be is kept beside the mark that goes
        past it.
        """
        now = self.parts.clock()
        with self.parts.store.unit() as unit:
            catalogue = self.parts.catalogue(unit)
            happened = [
                replace(
                    one,
                    occurred_at=min(one.occurred_at, now),
                    content=_named(one.content, catalogue),
                    via=_named(one.via, catalogue),
                )
                for one in events
            ]
            spoken = self.parts.mappings.fields.hand_over.tags
            told = unit.people.see_profiles(profiles, spoken)
            happened = unit.history.welcome(happened)
            known = unit.history.has(event.key for event in happened)
            news = {one.key: one for one in happened if one.key not in known}
            touched = told | unit.history.append(news.values(), now)
            awaited = {one.key: one.type.value for one in news.values() if is_told(one)}
            unit.awaited.add(awaited, now)
            touched |= unit.history.complete(fuller)
            people = unit.people.persons_of(touched, now).values()
            judge(self.parts, unit, people, as_of=now)
            unit.outbox.put_many(wanted)
            for name, value in (marks or {}).items():
                unit.marks.put(name, value)
            self._note_gaps(unit, closed or {})
        self._gaps.clear()
        self._nobodys.clear()
        self.profiles += len(told)
        self.healed.update(event.type.value for event in news.values())

    def _note_gaps(self, unit: Unit, closed: Mapping[str, Iterable[int]]) -> None:
        for what, numbers in closed.items():
            unit.gaps.close(what, numbers)
        unit.gaps.note(self._gaps)
        for table, count in self._nobodys.items():
            unit.tallies.count(f"ownerless.{table}", count)


def _named(ref: ContentRef | None, catalogue: Catalogue) -> ContentRef | None:
    """Name content as its webhook would: tables have only its number."""
    item = catalogue.find(ref)
    if ref is None or ref.name or item is None:
        return ref
    return replace(ref, name=item.name)
