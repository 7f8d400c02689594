"""How a candidate of Recruitee stands: by their placements, the furthest of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from plugin.ats.base import Ref, Snapshot, StageKind

#: The furthest first; who is still in one job is not rejected for another.
ORDER = (StageKind.HIRED, StageKind.ACTIVE, StageKind.NEW, StageKind.REJECTED)


def snapshot(ref: Ref, read: Mapping[str, Any], hired: frozenset[str]) -> Snapshot:
    """Read a candidate's standing; `hired` are names or ids of stages; pure."""
    stands = [_of(one, hired) for one in read.get("placements") or []]
    kind, stage = min(
        stands or [(StageKind.NEW, "")], key=lambda one: ORDER.index(one[0])
    )
    return Snapshot(
        ref=ref,
        stage_kind=kind,
        stage=stage,
        updated_at=_moment(read.get("updated_at")),
        is_deleted=bool(read.get("deleted_at") or read.get("soft_deleted_at")),
    )


def _of(placement: Mapping[str, Any], hired: frozenset[str]) -> tuple[StageKind, str]:
    stage = placement.get("stage") or {}
    name = str(stage.get("name") or "")
    number = str(placement.get("stage_id") or stage.get("id") or "")
    if placement.get("disqualified_at"):
        return StageKind.REJECTED, name
    # category "hire" is reported, not documented; the mapping's word comes first
    if {name, number} & hired or (not hired and stage.get("category") == "hire"):
        return StageKind.HIRED, name
    is_first = stage.get("category") in (None, "apply")
    return (StageKind.NEW if is_first else StageKind.ACTIVE), name


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
