"""Pull what webhooks lost, and what has no webhook: heal the history by itself.

Up to 6.x Mautic forgets an event on any answer that is not 2xx, and never sends
downloads or videos at all. Its tables have everything, with the same natural
keys, so pulling the same rows twice costs time and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from plugin.pipeline import reconcile_people, tables, unread
from plugin.pipeline.parts import Parts
from plugin.pipeline.pull import Pull, mark_name, reused
from plugin.pipeline.spool import Spool
from plugin.store import Gap, Unit
from webhooks.sources.mautic_stats import CAMPAIGN_LOG, LOGS, TABLES, Table

log = structlog.get_logger(__name__)

#: Of all that is lacking so much is named.
NAMED = 100
#: What no pull covers: Mautic's tables do not say it, or nothing that ships scores it.
UNCOVERED = (
    "changes of points",
    "members who entered or left a segment",
    "companies, and who belongs to them",
    "SMS that were sent",
    "refusals that were lifted, as events: the contact itself is put right",
    "opens of e-mails that were sent more than 90 days before",
)
#: A webhook that did not come so long after the event was pulled is lost.
PATIENCE = timedelta(hours=1)
#: When everything was last read to its end.
WHOLE_MARK = "reconcile.whole"
#: Opens of mails that were sent longer ago are not looked for: Mautic has no index on
#: when a mail was opened, and would read through all that it ever sent.
OPENED_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A table with rows that become news long after they were made."""

    table: Table
    #: The column that tells when they do.
    at: str
    #: The column that tells when they were made, where only young ones are read.
    made: str | None = None


#: A mail is opened, and a campaign's step that was planned is taken.
LATER = (
    Later(
        table=next(one for one in TABLES if one.name == "email_stats"),
        at="last_opened",
        made="date_sent",
    ),
    Later(table=CAMPAIGN_LOG, at="date_triggered"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one pull found."""

    rows: int = 0
    #: Events that no webhook had brought, by type.
    healed: Mapping[str, int] = field(default_factory=dict)
    #: Contacts of whom something had not been heard.
    profiles: int = 0
    #: What could not be read: "page_hits 812: no moment can be read".
    unreadable: tuple[str, ...] = ()
    #: Table -> new rows that belong to no contact, and so say nothing of anybody.
    ownerless: Mapping[str, int] = field(default_factory=dict)
    #: What Mautic does not let us read, and why.
    skipped: tuple[str, ...] = ()
    #: What it could not give this time, and why; the next pull tries again.
    failed: tuple[str, ...] = ()
    #: All that no pull has brought yet, also earlier ones; see `NAMED`.
    gaps: tuple[Gap, ...] = ()
    #: How many those are.
    lacking: int = 0


def reconcile(parts: Parts) -> Reconciled:
    """Pull everything from its high-water mark on; return what was healed.

    What was never pulled starts at its present end: the past is for backfill,
    because a sign-up of last year must hand nobody over today. A table that cannot
    be read now holds up no other one: it is named, and taken up where it was by the
    next pull. Raises Retryable or Misconfigured when Mautic cannot be read at all.
    """
    pull, began = Pull(parts), parts.clock()
    pull.compare_clocks()
    for what, step in STEPS.items():
        if parts.stopping():
            break
        pull.try_to(what, step)
    else:
        if not pull.failed:
            pull.keep(marks={WHOLE_MARK: began.isoformat()})
    pull.note_failures()
    count_lost(parts)
    with parts.store.view() as unit:
        gaps, lacking = tuple(unit.gaps.list(NAMED)), unit.gaps.count()
    failed, healed = list(pull.failed), pull.healed.total()
    log.info("reconcile", rows=pull.read, healed=healed, failed=failed)
    return Reconciled(
        rows=pull.read,
        healed=dict(sorted(pull.healed.items())),
        profiles=pull.profiles,
        unreadable=tuple(pull.unreadable.values()),
        ownerless=dict(sorted(pull.ownerless.items())),
        skipped=_named(pull.skipped),
        failed=_named(pull.failed),
        gaps=gaps,
        lacking=lacking,
    )


def _named(told: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{what}: {why}" for what, why in told.items())


def last_whole(unit: Unit) -> datetime | None:
    """Say when a pull that read everything began; None where there was none yet."""
    told: str | None = unit.marks.get(WHOLE_MARK)
    return None if told is None else datetime.fromisoformat(told)


def count_lost(parts: Parts) -> None:
    """Count the events whose webhook did not come in time after a pull brought them.

    In queue mode Mautic sends them later than a pull may find them, and what came in
    may still wait here: that is not lost.
    """
    if Spool(parts.settings.spool).waiting():
        return
    now = parts.clock()
    with parts.store.unit() as unit:
        waits_since = unit.inbox.oldest()
        before = min(now, waits_since or now) - PATIENCE
        for kind, count in unit.awaited.lost(before).items():
            unit.tallies.count(f"healed.{kind}", count)


def noted(parts: Parts) -> None:
    """Forget what only a person can judge, and has: that numbers came again."""
    with parts.store.unit() as unit:
        for one in unit.gaps.list(NAMED):
            if one.what.startswith(reused("")):
                unit.gaps.close(one.what)


def begin(parts: Parts) -> Mapping[str, int]:
    """Set the marks that are not set yet to the present; what is older is history.

    Returns up to which row of each table that is; tables which Mautic does not let
    us read are left out. From then on reconcile brings whatever comes later.
    """
    pull, floors = Pull(parts), dict[str, int]()
    pull.compare_clocks()

    def remember(pull: Pull, name: str) -> None:
        floors[name] = pull.high_water(name)["floor"]

    def until_now(pull: Pull) -> None:
        floors[CAMPAIGN_LOG.name] = pull.parts.mautic.stats.last_id(CAMPAIGN_LOG.name)

    for table in (*TABLES, *LOGS):
        pull.unless_refused(table.name, partial(remember, name=table.name))
    # a campaign's log has no mark by number: a row is news when its step is taken
    pull.unless_refused(CAMPAIGN_LOG.name, until_now)
    now = pull.now()
    later = [mark_name(_moment_of(one)) for one in LATER]
    for name in (*later, *reconcile_people.MOMENTS):
        if pull.mark(name) is None:
            pull.read_until(name, now)
    for what, name in reconcile_people.LOGS.items():
        pull.unless_refused(what, partial(remember, name=name))
    return floors


def _rows(pull: Pull, table: Table) -> None:
    """Pull the new rows of a table, page by page."""
    for rows, marks in pull.new_rows(table.name):
        pull.keep(events=tables.events_in(pull, table, rows), marks=marks)


def _later(pull: Pull, one: Later) -> None:
    """Pull what came to rows since the last time, however old they are."""
    mark = mark_name(_moment_of(one))
    now, since, after = pull.now(), pull.window(mark), _begin_at(pull, one)
    if since is not None and after is not None:
        for rows in pull.rows_since(one.table.name, {one.at: since}, after=after):
            events = tables.events_in(pull, one.table, rows)
            pull.keep(events=[event for event in events if event.occurred_at >= since])
    pull.read_until(mark, now)


def _begin_at(pull: Pull, one: Later) -> int | None:
    """Say above which id the rows are young enough; None where none is."""
    if one.made is None:
        return 0
    oldest = pull.now() - OPENED_WITHIN
    first = pull.parts.mautic.stats.first_id(one.table.name, one.made, oldest)
    return None if first is None else first - 1


def _moment_of(one: Later) -> str:
    return f"{one.table.name}.{one.at}"


#: What is pulled, in this order, by its name for people.
STEPS: Mapping[str, Callable[[Pull], None]] = {
    "what could not be read before": unread.read_again,
    **{one.name: partial(_rows, table=one) for one in (*TABLES, *LOGS)},
    **{_moment_of(one): partial(_later, one=one) for one in LATER},
    **reconcile_people.STEPS,
}
