"""Rows of Mautic's tables as events, with what the tables themselves do not say."""

from collections.abc import Mapping, Sequence

from plugin.errors import Retryable
from plugin.pipeline import filled_in
from plugin.pipeline.pull import Pull, Row
from webhooks.events import Event, EventType
from webhooks.sources.mautic_stats import (
    CAMPAIGN_LOG,
    DO_NOT_CONTACT,
    LOGS,
    TABLES,
    Table,
)

#: Every table that is read as events, by its name.
BY_NAME: Mapping[str, Table] = {
    one.name: one for one in (*TABLES, *LOGS, DO_NOT_CONTACT, CAMPAIGN_LOG)
}
#: What is lacking of a sign-up whose answers cannot be read.
ANSWERS = f"answers of {filled_in.TABLE}"


def events_in(pull: Pull, table: Table, rows: list[Row]) -> list[Event]:
    """Read rows as events; what cannot be read is told, and holds up nothing."""
    told = _with_answers(pull, rows) if table.name == filled_in.TABLE else rows
    events = pull.events_in(table, told)
    if not any(one.type is EventType.STAGE_CHANGED for one in events):
        return events
    with pull.parts.store.view() as unit:
        ours = set(unit.owned.ids("stage").values())
    # a stage of ours is where we put people ourselves
    return [one for one in events if one.data.get("stage") not in ours]


def _with_answers(pull: Pull, rows: list[Row]) -> Sequence[filled_in.Row]:
    """Add what forms were filled in with, where we do not know it yet."""
    keys = {f"form:{row['id']}": row for row in rows}
    with pull.parts.store.view() as unit:
        known = unit.history.has(keys)
    news = [row for key, row in keys.items() if key not in known]
    return answers(pull, news).told(rows)


def answers(pull: Pull, rows: Sequence[Row]) -> filled_in.FilledIn:
    """Read what forms were filled in with; what cannot be read is told."""
    try:
        filled = filled_in.read(pull.parts.mautic, rows)
    except Retryable as error:
        pull.raise_if_away(error)
        why = {int(row["id"]): str(error) for row in rows}
        filled = filled_in.FilledIn(missing=why)
    for number, reason in filled.missing.items():
        pull.cannot_read(ANSWERS, number, reason)
    return filled
