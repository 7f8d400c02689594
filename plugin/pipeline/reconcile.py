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
from webhooks.events import Event
from webhooks.sources.mautic_fields import Unfit
from webhooks.sources.mautic_stats import TABLES, Table, read

log = structlog.get_logger(__name__)

#: Rows per page and commit.
PAGE = 1000
#: Ids read again before the high-water mark: Mautic commits out of order.
OVERLAP = 200
#: The one table whose rows grow: a mail is opened long after it was sent.
MAILS = next(table for table in TABLES if table.name == "email_stats")
#: Name of the mark that keeps until when openings were read.
OPENED_MARK = "reconcile.email_stats.last_opened"


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
    for table in TABLES:
        pull.try_to(table.name, partial(_rows, table=table))
    pull.try_to("openings", _openings)
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
    events: list[Event] = []
    for row in rows:
        try:
            events.extend(read(table, row))
        except Unfit as error:
            pull.unreadable.append(f"{table.name} {row.get('id')}: {error}")
    return events


def _openings(pull: Pull) -> None:
    """Pull what was opened since the last time, of mails sent whenever."""
    now, since, after = pull.parts.clock(), pull.window(OPENED_MARK), 0
    stats = pull.parts.mautic.stats
    while since is not None:
        rows = stats.rows(MAILS.name, after, PAGE, since={"last_opened": since})
        if not rows:
            break
        after = int(rows[-1]["id"])
        pull.rows += len(rows)
        events = _events(pull, MAILS, rows)
        pull.keep(events=[one for one in events if one.occurred_at >= since])
    pull.read_until(OPENED_MARK, now)
