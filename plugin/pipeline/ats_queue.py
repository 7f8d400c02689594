"""What stands still before an ATS: errors by cause, a pause, and sending again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.pipeline import writes
from plugin.pipeline.ats_news import DELETED
from plugin.pipeline.dispatch import hold, is_held, let_go
from plugin.pipeline.parts import Parts
from plugin.store import Link, OutboxItem, OutboxState, OutboxWrite, Unit

#: What an error says -> what a person does about it; the first that fits counts.
HINTS: Sequence[tuple[str, str]] = (
    ("may be this one", "choose who it is: `stdc ats review`"),
    ("cannot be trusted", "look the candidate up in the ATS, then retry"),
    ("calls_per_month", "raise calls_per_month in config.toml, or wait for next month"),
    ("mend the mapping", "mend mappings/ats/<connection>.toml, then retry"),
    ("requires", "fill in the field in Mautic, or drop `required` in the mapping"),
    ("deleted", "respect it: ignore; or make them anew in the ATS by hand"),
    ("our bug", "report it with the log; replay after an update"),
    ("must do", "do in the ATS what it says, then ignore"),
)
OTHERWISE = "read what the ATS said, mend it there or in the mapping, then retry"
#: What differs from one error to the next of the same cause.
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\S+@\S+|\b[0-9a-f]{8,}\b|\d+")
#: Writes read at once.
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Parked writes of one connection with one cause."""

    connection: str
    kind: str
    #: What was said, without what is particular to one candidate.
    cause: str
    #: Numbers of the writes, oldest first.
    writes: tuple[int, ...]
    contacts: tuple[int, ...]
    since: datetime
    #: One of them, as it was said.
    example: str
    hint: str


def troubles(unit: Unit, connections: Iterable[str]) -> list[Trouble]:
    """Group what is parked by cause; the largest group first."""
    groups: dict[tuple[str, str, str], list[OutboxItem]] = {}
    for connection in connections:
        for item in parked(unit, connection):
            cause = _cause(item.last_error or "")
            groups.setdefault((connection, item.kind, cause), []).append(item)
    found = [_trouble(*key, items) for key, items in groups.items()]
    return sorted(found, key=lambda one: (-len(one.writes), one.since))


def parked(unit: Unit, connection: str) -> list[OutboxItem]:
    """List what is parked for one connection, oldest first."""
    found: list[OutboxItem] = []
    while page := unit.outbox.list(
        OutboxState.PARKED,
        writes.ats(connection),
        limit=PAGE,
        after=found[-1].id if found else 0,
    ):
        found.extend(page)
    return found


def pause(parts: Parts, connection: str, who: str, why: str) -> None:
    """Send nothing to a connection and ask it nothing, until `resume`."""
    now = parts.clock()
    with parts.store.unit() as unit:
        hold(unit, writes.ats(connection), who, why, now)
        detail = {"connection": connection, "why": why}
        unit.audit.add(now, who, "ats.paused", f"ats:{connection}", detail)


def resume(parts: Parts, connection: str, who: str) -> bool:
    """Go on with a connection; tell whether it was paused."""
    now = parts.clock()
    with parts.store.unit() as unit:
        was_held = let_go(unit, writes.ats(connection))
        if was_held:
            detail = {"connection": connection}
            unit.audit.add(now, who, "ats.resumed", f"ats:{connection}", detail)
    return was_held


def paused(unit: Unit, connection: str) -> dict[str, Any] | None:
    """Say who paused a connection, when and why; None where nobody did."""
    return is_held(unit, writes.ats(connection))


def ask_again(parts: Parts, links: Iterable[Link], who: str) -> int:
    """Want candidates who stand in an ATS written there again; return how many."""
    now = parts.clock()
    living = [one for one in links if one.status != DELETED]
    with parts.store.unit() as unit:
        unit.outbox.put_many(_wish(one, now) for one in living)
        for one in living:
            detail = {"connection": one.connection}
            subject = f"person:{one.person_id}"
            unit.audit.add(now, who, "candidate.resync", subject, detail)
    return len(living)


def _wish(link: Link, now: datetime) -> OutboxWrite:
    return writes.resync(link.connection, link.person_id, now)


def _cause(said: str) -> str:
    return _PARTICULAR.sub("…", said)


def _trouble(
    connection: str, kind: str, cause: str, items: Sequence[OutboxItem]
) -> Trouble:
    example = items[0].last_error or ""
    fitting = (hint for part, hint in HINTS if part in example)
    contacts = dict.fromkeys(one.contact_id or one.person_id for one in items)
    return Trouble(
        connection=connection,
        kind=kind,
        cause=cause,
        writes=tuple(one.id for one in items),
        contacts=tuple(one for one in contacts if one is not None),
        since=min(one.created_at for one in items),
        example=example,
        hint=next(fitting, OTHERWISE),
    )
