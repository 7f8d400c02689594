"""Pull what webhooks lost, and what has no webhook: heal the history by itself.

Up to 6.x Mautic forgets an event on any answer that is not 2xx, and never sends
downloads or videos at all. Its tables have everything, with the same natural
keys, so pulling the same rows twice costs time and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from plugin.pipeline import reconcile_people
from plugin.pipeline.parts import Parts
from plugin.pipeline.pull import Pull
from webhooks.events import Event, EventType
from webhooks.sources.mautic_fields import Unfit
from webhooks.sources.mautic_stats import CAMPAIGN_LOG, LOGS, TABLES, Table, read

log = structlog.get_logger(__name__)

#: Rows per page and commit.
PAGE = 1000
#: Ids read again before the high-water mark: Mautic commits out of order.
OVERLAP = 200
#: Tables with rows that become news long after they were made, and what tells when:
#: a mail is opened, and a campaign's step that was planned is taken.
LATER = {
    next(one for one in TABLES if one.name == "email_stats"): "last_opened",
    CAMPAIGN_LOG: "date_triggered",
}


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
    #: What Mautic does not let us read, and why.
    skipped: tuple[str, ...] = ()


def reconcile(parts: Parts) -> Reconciled:
    """Pull everything from its high-water mark on; return what was healed.

    What was never pulled starts at its present end: the past is for backfill,
    because a sign-up of last year must hand nobody over today. Raises Retryable
    or Misconfigured when Mautic cannot be read at all; marks stay where they are.
    """
    pull = Pull(parts)
    for table in (*TABLES, *LOGS):
        pull.try_to(table.name, partial(_rows, table=table))
    for table, moment in LATER.items():
        pull.try_to(f"{table.name}.{moment}", partial(_later, table=table, at=moment))
    for what, step in reconcile_people.STEPS.items():
        pull.try_to(what, step)
    log.info("reconcile", rows=pull.rows, healed=pull.healed.total())
    return Reconciled(
        rows=pull.rows,
        healed=dict(sorted(pull.healed.items())),
        profiles=pull.profiles,
        unreadable=tuple(pull.unreadable),
        skipped=tuple(pull.skipped),
    )


def begin(parts: Parts) -> Mapping[str, int]:
    """Set the marks that are not set yet to the present; what is older is history.

    Returns up to which row of each table that is; tables which Mautic does not let
    us read are left out. From then on reconcile brings whatever comes later.
    """
    pull, floors = Pull(parts), dict[str, int]()

    def remember(pull: Pull, table: Table) -> None:
        floors[table.name] = high_water(pull, table.name)["floor"]

    for table in (*TABLES, *LOGS):
        pull.try_to(table.name, partial(remember, table=table))
    now = parts.clock()
    later = [mark_name(f"{table.name}.{moment}") for table, moment in LATER.items()]
    for name in (*later, reconcile_people.SAVED_MARK):
        if pull.mark(name) is None:
            pull.read_until(name, now)
    for what, step in reconcile_people.LOGS.items():
        pull.try_to(what, step)
    return floors


def mark_name(table: str) -> str:
    """Name the high-water mark of a table."""
    return f"reconcile.{table}"


def _rows(pull: Pull, table: Table) -> None:
    """Pull the new rows of a table, page by page."""
    mark = high_water(pull, table.name)
    after = max(mark["floor"], mark["id"] - OVERLAP)
    stats = pull.parts.mautic.stats
    while not pull.parts.stopping():
        rows = stats.rows(table.name, after, PAGE)
        if not rows:
            return
        after = int(rows[-1]["id"])
        reached = {"id": max(mark["id"], after), "floor": mark["floor"]}
        pull.rows += len(rows)
        pull.keep(
            events=_events(pull, table, rows), marks={mark_name(table.name): reached}
        )


def high_water(pull: Pull, table: str) -> dict[str, int]:
    """Tell up to which `id` a table was read, and below which `floor` it never is."""
    mark: dict[str, int] | None = pull.mark(mark_name(table))
    if mark is None:
        last = pull.parts.mautic.stats.last_id(table)
        mark = {"id": last, "floor": last}
        pull.keep(marks={mark_name(table): mark})
    return mark


def _events(pull: Pull, table: Table, rows: list[dict[str, Any]]) -> list[Event]:
    events = _read(pull, table, rows)
    if not any(one.type is EventType.STAGE_CHANGED for one in events):
        return events
    with pull.parts.store.view() as unit:
        ours = set(unit.owned.ids("stage").values())
    # a stage of ours is where we put people ourselves
    return [one for one in events if one.data.get("stage") not in ours]


def _read(pull: Pull, table: Table, rows: list[dict[str, Any]]) -> list[Event]:
    events: list[Event] = []
    for row in rows:
        try:
            events.extend(read(table, row))
        except Unfit as error:
            pull.unreadable.append(f"{table.name} {row.get('id')}: {error}")
    return events


def _later(pull: Pull, table: Table, at: str) -> None:
    """Pull what came to rows since the last time, however old they are."""
    mark = mark_name(f"{table.name}.{at}")
    now, since, after = pull.parts.clock(), pull.window(mark), 0
    stats = pull.parts.mautic.stats
    while since is not None:
        rows = stats.rows(table.name, after, PAGE, since={at: since})
        if not rows:
            break
        after = int(rows[-1]["id"])
        pull.rows += len(rows)
        events = _events(pull, table, rows)
        pull.keep(events=[one for one in events if one.occurred_at >= since])
    pull.read_until(mark, now)
