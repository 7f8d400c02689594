"""Operations: what comes in, what goes out, what is stuck, and what was done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import lazy_gettext as _

from plugin.health.metrics import WELL, destinations, is_paused
from plugin.pipeline import ats_queue, backfill_state, heartbeat, writes
from plugin.pipeline.ats_queue import Trouble
from plugin.pipeline.backfill import SCORING
from plugin.pipeline.backfill_sources import CONTACTS
from plugin.pipeline.hook import HEALTH_MARK, Condition
from plugin.pipeline.parts import Parts
from plugin.pipeline.pull import mark_name
from plugin.pipeline.reconcile import last_whole
from plugin.pipeline.spool import Spool
from plugin.store import (
    AuditEntry,
    InboxState,
    OutboxState,
    Parked,
    Unit,
    Wanted,
)
from plugin.ui import roles
from plugin.ui.paging import whole
from plugin.ui.roles import Right
from webhooks.sources.mautic_stats import TABLES

#: Parked deliveries and writes on the page; the commands list them all.
PARKED = 10
#: Of what no pull has brought yet so much is on the page.
GAPS = 20
#: Lines of the audit on one page.
LINES = 25
#: With `?live=1` the browser asks again so often, in seconds.
LIVE_SECONDS = 10
#: What was worked through lately.
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: The worker's clock ticks every minute.
SILENT = timedelta(minutes=3)

CONDITIONS: Mapping[Condition, str] = {
    Condition.FINE: _("Mautic's webhook is published and right."),
    Condition.MENDED: _("Something was wrong with Mautic's webhook; it was put right."),
    Condition.NEEDS_A_PERSON: _("Mautic's webhook needs a person."),
    Condition.ABSENT: _("Mautic has no webhook of ours yet: stdc apply makes it."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What came in."""

    last_at: datetime | None
    #: Deliveries worked through within the last hour, and day.
    hour: int
    day: int
    waiting: int
    since: datetime | None
    #: On disk, because the database was away.
    spooled: int
    parked: int
    items: Sequence[Parked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One place that we write to."""

    destination: str
    waiting: int
    parked: int
    since: datetime | None
    #: Left alone for a while because it is down or refuses us.
    is_down: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Mautic's webhook as the worker last found it."""

    says: str
    advice: str
    is_well: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of a backfill: rows read of those there were."""

    what: str
    done: int
    total: int

    @property
    def share(self) -> float:
        """How far it is, 0..1."""
        return min(1.0, self.done / self.total) if self.total else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """How far the backfill is."""

    begun_at: datetime
    finished_at: datetime | None
    steps: Sequence[Step]
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ats:
    """One connection to an ATS."""

    name: str
    #: Status there -> candidates handed over.
    standing: Mapping[str, int]
    troubles: Sequence[Trouble]
    #: Who paused it, when and why; None where nobody did.
    held: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which lines of the audit are asked for."""

    actor: str
    action: str
    subject: str
    before: int | None

    @property
    def is_narrow(self) -> bool:
        """Whether not simply the last ones are asked for."""
        return bool(self.actor or self.action or self.subject or self.before)

    def args(self, before: int | None = None) -> dict[str, Any]:
        """Write it as the arguments of an address."""
        return {
            "actor": self.actor or None,
            "action": self.action or None,
            "subject": self.subject or None,
            "before": before,
        }


def show(parts: Parts) -> Response:
    """Render what is going on; with `?live=1` the browser asks again by itself."""
    roles.require(Right.OPERATIONS)
    question = _question()
    with parts.store.view() as unit:
        lines = _lines(unit, question)
        page = render_template(
            "operations.html",
            intake=_intake(parts, unit),
            worker=_worker(parts, unit),
            ways=list(_ways(parts, unit)),
            stuck=unit.outbox.list(
                OutboxState.PARKED, destination=writes.MAUTIC, limit=PARKED
            ),
            hook=_hook(unit),
            reached=list(_reached(unit)),
            gaps=unit.gaps.list(GAPS),
            lacking=unit.gaps.count(),
            whole_at=last_whole(unit),
            backfill=_backfill(unit),
            connections=list(_connections(parts, unit)),
            question=question,
            lines=lines[:LINES],
            earlier=lines[LINES - 1].id if len(lines) > LINES else None,
            is_live=_is_live(),
            live_seconds=LIVE_SECONDS,
            at=parts.clock(),
        )
    response = make_response(page)
    if _is_live():
        response.headers["Refresh"] = str(LIVE_SECONDS)
    return response


def _is_live() -> bool:
    return request.args.get("live") == "1"


def _question() -> Question:
    told = {
        name: request.args.get(name, "").replace("\x00", "").strip()[:200]
        for name in ("actor", "action", "subject")
    }
    return Question(**told, before=whole(request.args.get("before", "")))


def _lines(unit: Unit, question: Question) -> Sequence[AuditEntry]:
    """Read one line more than fits, which says whether there are earlier ones."""
    wanted = Wanted(
        actor=question.actor or None,
        actions=[question.action] if question.action else None,
        subjects=[question.subject] if question.subject else None,
    )
    return unit.audit.search(wanted, question.before, limit=LINES + 1)


def _intake(parts: Parts, unit: Unit) -> Intake:
    depth, now = unit.inbox.depth(), parts.clock()
    return Intake(
        last_at=unit.figures.last_received(),
        hour=unit.inbox.done_since(now - HOUR),
        day=unit.inbox.done_since(now - DAY),
        waiting=depth.get(InboxState.NEW, 0) + depth.get(InboxState.CLAIMED, 0),
        since=unit.inbox.oldest(),
        spooled=len(Spool(parts.settings.spool).waiting()),
        parked=depth.get(InboxState.PARKED, 0),
        items=unit.inbox.parked(PARKED),
    )


def _worker(parts: Parts, unit: Unit) -> tuple[datetime | None, bool]:
    """Say when the worker's clock last ticked, and whether that is too long ago."""
    beat = heartbeat.last_beat(unit)
    if beat is None:
        return None, True
    return beat.at, parts.clock() - beat.at > SILENT


def _ways(parts: Parts, unit: Unit) -> Iterator[Way]:
    depth = unit.outbox.depth()
    for where in destinations(parts):
        states = (OutboxState.PENDING, OutboxState.CLAIMED)
        yield Way(
            destination=where,
            waiting=sum(depth.get((where, one), 0) for one in states),
            parked=depth.get((where, OutboxState.PARKED), 0),
            since=unit.outbox.oldest(where),
            is_down=is_paused(unit, where, parts.clock()),
        )


def _hook(unit: Unit) -> Hook | None:
    told = unit.marks.get(HEALTH_MARK)
    if told is None:
        return None
    condition = Condition(told["condition"])
    return Hook(
        says=str(CONDITIONS[condition]),
        advice=told["advice"],
        is_well=condition in WELL,
    )


def _reached(unit: Unit) -> Iterator[tuple[str, int]]:
    """Give up to which row each of Mautic's tables was read."""
    for table in TABLES:
        mark = unit.marks.get(mark_name(table.name))
        if mark is not None:
            yield table.name, mark["id"]


def _backfill(unit: Unit) -> Backfill | None:
    now = backfill_state.standing(unit)
    if now is None:
        return None
    steps = [
        Step(
            what=what,
            done=total if what in now.done else now.rows.get(what, 0),
            total=total,
        )
        for what, total in now.totals.items()
    ]
    everybody = now.totals.get(CONTACTS, now.people)
    scored = Step(what=SCORING, done=now.people, total=max(everybody, now.people))
    return Backfill(
        begun_at=now.begun_at,
        finished_at=now.finished_at,
        steps=[*steps, scored],
        found=now.found,
    )


def _connections(parts: Parts, unit: Unit) -> Iterator[Ats]:
    standing = unit.figures.handed_over()
    names = sorted(parts.connectors)
    troubles = ats_queue.troubles(unit, names)
    for name in names:
        yield Ats(
            name=name,
            standing={
                status: count
                for (where, status), count in sorted(standing.items())
                if where == name
            },
            troubles=[one for one in troubles if one.connection == name],
            held=ats_queue.paused(unit, name),
        )
