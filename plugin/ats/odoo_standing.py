"""How candidates of an Odoo stand: read now, or since a moment.

Hired is the stage's own flag with `date_closed`, never `application_status`: that
says "archived" of a hire too. One person may have several applications, and in 19
be two records joined by `pool_applicant_id`: the most hopeful application counts.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plugin.ats.base import ChangePage, Ref, Snapshot, StageKind
from plugin.ats.odoo_records import APPLICATION, PERSON_18, Database

#: Records per page of a poll.
PAGE = 200
#: `write_date` is the start of a transaction, and Odoo retries one for up to 25 s: so
#: look back from the newest one that was seen.
OVERLAP = timedelta(seconds=60)
#: Before the first application of all.
LONG_AGO = "2000-01-01 00:00:00"
STATUS = ["stage_id", "active", "date_closed", "refuse_reason_id", "write_date"]
#: The most hopeful first.
HOPE = (
    StageKind.HIRED,
    StageKind.OFFER,
    StageKind.ACTIVE,
    StageKind.NEW,
    StageKind.WITHDRAWN,
    StageKind.REJECTED,
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What the stages of this Odoo mean."""

    #: Those with Odoo's flag, and those that the mapping adds.
    flagged: frozenset[int]
    added: frozenset[int]
    first: int

    def kind(self, row: Mapping[str, Any]) -> StageKind:
        """Say how one application stands."""
        stage = row["stage_id"][0] if row.get("stage_id") else None
        if (stage in self.flagged and row["date_closed"]) or stage in self.added:
            return StageKind.HIRED
        if not row["active"]:
            return StageKind.REJECTED
        return StageKind.NEW if stage in (None, self.first) else StageKind.ACTIVE


class Standings:
    """Reads how people stand."""

    def __init__(
        self, database: Database, refer: Any, hired_stages: frozenset[str]
    ) -> None:
        """Take the database, what makes a Ref of a number, and more hired stages."""
        self._db = database
        self._refer = refer
        self._hired_stages = hired_stages

    def of(self, refs: Sequence[str]) -> tuple[Snapshot, ...]:
        """Read how these stand; `hr.applicant/61` names an application of 18."""
        named = [_parse(ref, self._db.person) for ref in refs]
        persons = {number for model, number in named if model == self._db.person}
        applications = {number for model, number in named} - persons
        if not self._db.has_candidates:
            return self._of_19(persons | applications)
        if applications:
            domain = [["id", "in", sorted(applications)]]
            rows = self._db.rows(APPLICATION, domain, ["candidate_id"])
            persons |= {int(row["candidate_id"][0]) for row in rows}
        return self._of_18(persons)

    def since(self, cursor: str | None) -> ChangePage:
        """Read who was written since a cursor, ours included.

        Our own writes are told too: a hire that we wrote to right afterwards has our
        name on it. What was seen exactly as it is now is left out.
        """
        if cursor is None:
            return ChangePage(snapshots=(), cursor=_cursor(self._present()))
        state = json.loads(cursor)
        until = state.get("until") or self._present()
        rows = self._rows(
            [
                ["write_date", ">=", _earlier(state["since"])],
                ["id", ">", state.get("after", 0)],
            ],
            limit=PAGE,
        )
        seen = state.get("seen", {})
        kept = state.get("kept", {}) | _marks(rows, _earlier(until))
        has_more = len(rows) == PAGE
        return ChangePage(
            snapshots=self._news([row for row in rows if not _was_seen(row, seen)]),
            cursor=_cursor(state["since"], until, int(rows[-1]["id"]), seen, kept)
            if has_more
            else _cursor(until, seen=kept),
            has_more=has_more,
        )

    def _news(self, rows: list[Row]) -> tuple[Snapshot, ...]:
        if not rows:
            return ()
        if self._db.has_candidates:
            return self._of_18({int(row["candidate_id"][0]) for row in rows})
        return self._of_19({int(row["id"]) for row in rows}, with_others=True)

    def _of_18(self, persons: Iterable[int]) -> tuple[Snapshot, ...]:
        numbers = sorted(persons)
        if not numbers:
            return ()
        there = self._db.rows(
            PERSON_18, [["id", "in", numbers]], ["active", "write_date"]
        )
        rows = self._rows([["candidate_id", "in", numbers]])
        mine: dict[int, list[Row]] = {int(row["id"]): [] for row in there}
        for row in rows:
            mine.setdefault(int(row["candidate_id"][0]), []).append(row)
        blank = {"stage_id": False, "date_closed": False}
        alone = {int(row["id"]): {**blank, **row} for row in there}
        stages = self._stages()
        return tuple(
            self._snapshot(number, mine[number] or [alone[number]], stages)
            if number in alone
            else self._gone(number)
            for number in numbers
        )

    def _of_19(
        self, numbers: Iterable[int], *, with_others: bool = False
    ) -> tuple[Snapshot, ...]:
        asked = sorted(numbers)
        if not asked:
            return ()
        seeds = self._rows([["id", "in", asked]])
        pools = sorted({_group(row) for row in seeds})
        rows = self._rows(
            ["|", ["id", "in", asked], ["pool_applicant_id", "in", pools]]
        )
        groups: dict[int, list[Row]] = {}
        for row in rows:
            groups.setdefault(_group(row), []).append(row)
        group_of = {int(row["id"]): _group(row) for row in rows}
        stages = self._stages()
        return tuple(
            self._snapshot(number, groups[group_of[number]], stages)
            if number in group_of
            else self._gone(number)
            for number in (sorted(group_of) if with_others else asked)
        )

    def _rows(self, domain: list[Any], **options: Any) -> list[Row]:
        more = "candidate_id" if self._db.has_candidates else "pool_applicant_id"
        return self._db.rows(APPLICATION, domain, ["id", *STATUS, more], **options)

    def _present(self) -> str:
        """Tell the newest `write_date`: Odoo's own clock, not ours."""
        newest = self._db.rows(
            APPLICATION, [], ["write_date"], order="write_date desc, id desc", limit=1
        )
        return str(newest[0]["write_date"]) if newest else LONG_AGO

    def _stages(self) -> Stages:
        rows = self._db.rows(
            "hr.recruitment.stage",
            [],
            ["id", "name", "sequence", "hired_stage"],
            order="sequence,id",
        )
        added = [
            row["id"]
            for row in rows
            if {str(row["id"]), row["name"]} & self._hired_stages
        ]
        return Stages(
            flagged=frozenset(row["id"] for row in rows if row["hired_stage"]),
            added=frozenset(added),
            first=rows[0]["id"] if rows else 0,
        )

    def _snapshot(self, number: int, rows: list[Row], stages: Stages) -> Snapshot:
        # in 19 a talent's pool record stands beside the applications, and says nothing
        told = [row for row in rows if _group(row) != row["id"]] or rows
        best = min(told, key=lambda row: HOPE.index(stages.kind(row)))
        written = max(datetime.fromisoformat(row["write_date"]) for row in rows)
        return Snapshot(
            ref=self._refer(number),
            stage_kind=stages.kind(best),
            stage=str(best["stage_id"][1]) if best["stage_id"] else "",
            updated_at=written.replace(tzinfo=UTC),
        )

    def _gone(self, number: int) -> Snapshot:
        ref: Ref = self._refer(number)
        return Snapshot(ref=ref, stage_kind=StageKind.WITHDRAWN, is_deleted=True)


def _group(row: Mapping[str, Any]) -> int:
    """Tell by which number a person's records are joined: the pool record's."""
    joined = row.get("pool_applicant_id")
    return int(joined[0]) if joined else int(row["id"])


def _parse(ref: str, person: str) -> tuple[str, int]:
    model, _, number = ref.rpartition("/")
    return model or person, int(number) if number.isdecimal() else 0


def _cursor(
    since: str,
    until: str | None = None,
    after: int = 0,
    seen: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
) -> str:
    """Write where a poll stands: page after page, then on from `until`."""
    whole = {"since": since, "until": until, "after": after, "seen": seen, "kept": kept}
    return json.dumps({name: value for name, value in whole.items() if value})


def _earlier(moment: str) -> str:
    return f"{datetime.fromisoformat(moment) - OVERLAP:%Y-%m-%d %H:%M:%S}"


def _marks(rows: list[Row], since: str) -> dict[str, str]:
    """Remember the rows that the next poll will meet again."""
    return {str(row["id"]): _mark(row) for row in rows if row["write_date"] >= since}


def _was_seen(row: Row, seen: Mapping[str, str]) -> bool:
    return seen.get(str(row["id"])) == _mark(row)


def _mark(row: Mapping[str, Any]) -> str:
    """Shorten a row to what tells whether it changed: times are whole seconds only."""
    text = json.dumps(row, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
