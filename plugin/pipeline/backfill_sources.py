"""What a backfill reads from Mautic: contacts, and the tables of what people did."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from plugin.mautic.client import Mautic
from plugin.pipeline import filled_in
from plugin.pipeline.reconcile_people import identified, seen
from webhooks.events import Event
from webhooks.sources.base import ProfileSeen
from webhooks.sources.mautic_fields import Unfit
from webhooks.sources.mautic_stats import (
    CAMPAIGN_LOG,
    DO_NOT_CONTACT,
    LOGS,
    TABLES,
    Table,
    read,
)

Row = Mapping[str, Any]

#: Rows of a table per page at the most: some MB, and a short commit.
TABLE_ROWS = 5_000
#: Submissions per page at the most: what was filled in is asked for apart.
FORM_ROWS = 1_000
#: Contacts per page at the most: each has 10 kB and more.
CONTACT_ROWS = 500
#: The source that is no table.
CONTACTS = "contacts"


@dataclass(slots=True)
class Page:
    """What some rows say."""

    events: list[Event] = field(default_factory=list)
    profiles: list[ProfileSeen] = field(default_factory=list)
    #: "page_hits 812: no moment can be read".
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One thing that is read to its end, by id."""

    name: str
    #: Rows per page at the most.
    largest: int
    #: Asks for rows above an id, at most so many.
    ask: Callable[[Mautic, int, int], list[dict[str, Any]]]
    #: Counts its rows.
    count: Callable[[Mautic], int]
    #: Reads one row into a page, as of a moment.
    read: Callable[[Page, Row, datetime], None]


def page_of(source: Source, rows: Sequence[Row], now: datetime) -> Page:
    """Read some rows; what cannot be read is told, and holds up nothing."""
    page = Page()
    for row in rows:
        try:
            source.read(page, row, now)
        except Unfit as error:
            page.unreadable.append(f"{source.name} {row.get('id')}: {error}")
    return page


def _contact(page: Page, row: Row, now: datetime) -> None:
    told = seen(row, now)
    if told is not None:
        page.profiles.append(told)
    event = identified(row)
    if event is not None:
        page.events.append(_happened(event, now))


def _row(table: Table, page: Page, row: Row, now: datetime) -> None:
    page.events.extend(_happened(one, now) for one in read(table, row))


def _happened(event: Event, now: datetime) -> Event:
    """Let nothing happen after now: Mautic's clock may be ahead of ours."""
    return event if event.occurred_at <= now else replace(event, occurred_at=now)


def _ask(table: str, mautic: Mautic, after: int, limit: int) -> list[dict[str, Any]]:
    return list(mautic.stats.rows(table, after, limit))


def _ask_filled_in(mautic: Mautic, after: int, limit: int) -> list[dict[str, Any]]:
    """Ask for submissions with what was filled in, or why that cannot be read."""
    rows = _ask(filled_in.TABLE, mautic, after, limit)
    filled = filled_in.read(mautic, rows)
    return [
        {**row, "missing": filled.missing.get(int(row["id"]))}
        for row in filled.told(rows)
    ]


def _filled_in(table: Table, page: Page, row: Row, now: datetime) -> None:
    _row(table, page, row, now)
    if why := row["missing"]:
        page.unreadable.append(f"answers of {table.name} {row['id']}: {why}")


def _of_table(table: Table) -> Source:
    has_answers = table.name == filled_in.TABLE
    return Source(
        name=table.name,
        largest=FORM_ROWS if has_answers else TABLE_ROWS,
        ask=_ask_filled_in if has_answers else partial(_ask, table.name),
        count=partial(_count, table.name),
        read=partial(_filled_in if has_answers else _row, table),
    )


def _count(table: str, mautic: Mautic) -> int:
    return mautic.stats.count(table)


#: People first: then whatever is read later is about somebody known.
SOURCES: Sequence[Source] = (
    Source(
        name=CONTACTS,
        largest=CONTACT_ROWS,
        ask=lambda mautic, after, limit: mautic.contacts.after(after, limit),
        count=lambda mautic: mautic.contacts.count(),
        read=_contact,
    ),
    *(_of_table(table) for table in (*TABLES, *LOGS, DO_NOT_CONTACT, CAMPAIGN_LOG)),
)
