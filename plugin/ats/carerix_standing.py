"""How an employee of Carerix stands: by their jobs (placements) and matches."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from plugin.ats.base import Ref, Snapshot, StageKind

#: What is asked of an employee for this.
FIELDS = """
  _id modificationDate
  jobs { startDate endDate }
  matches { statusNode { _id value } }
"""


def snapshot(
    read: Mapping[str, Any],
    *,
    now: datetime,
    hired: frozenset[str],
    rejected: frozenset[str],
) -> Snapshot:
    """Read a standing; `hired` and `rejected` name statuses of a match; pure.

    A placement that has not ended is a hire; when all have, the assignment is over,
    unless they are being talked to again.
    """
    kind, stage = _standing(read, now, hired, rejected)
    return Snapshot(
        ref=Ref(id=str(read["_id"])),
        stage_kind=kind,
        stage=stage,
        updated_at=_moment(read.get("modificationDate")),
    )


def _standing(
    read: Mapping[str, Any],
    now: datetime,
    hired: frozenset[str],
    rejected: frozenset[str],
) -> tuple[StageKind, str]:
    ends = [_moment(one.get("endDate")) for one in read.get("jobs") or []]
    if any(end is None or end > now for end in ends):
        return StageKind.HIRED, "placement"
    statuses = [_status(one) for one in read.get("matches") or []]
    for names in statuses:
        if names & hired:
            return StageKind.HIRED, _told(names)
    going_on = [names for names in statuses if not names & rejected]
    if going_on:
        return StageKind.ACTIVE, _told(going_on[0])
    if ends:
        return StageKind.ENDED, "placement ended"
    if statuses:
        return StageKind.REJECTED, _told(statuses[0])
    return StageKind.NEW, ""


def _status(match: Mapping[str, Any]) -> frozenset[str]:
    node = match.get("statusNode") or {}
    return frozenset(str(node[key]) for key in ("_id", "value") if node.get(key))


def _told(names: frozenset[str]) -> str:
    return max(names, key=lambda name: (not name.isdecimal(), name), default="")


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
