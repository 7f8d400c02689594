"""What a recruiter or we do to an Odoo again and again in tests."""

from typing import Any

from plugin.ats.base import (
    StageKind,
    TargetKind,
)
from plugin.ats.handover import hand_over

ON_A_JOB = TargetKind.JOB


def create(odoo: Any, draft: Any = None, kind: TargetKind = ON_A_JOB) -> str:
    """Hand somebody over; give their id."""
    result = hand_over(
        odoo.connector,
        draft or odoo.draft(),
        odoo.intent(kind),
        link_ref=None,
        op_id=f"{odoo.run}-{id(draft)}",
    )
    assert result.failure is None
    return str(result.ref.id)


def stage_kind(odoo: Any, ref: str) -> StageKind:
    (snapshot,) = odoo.connector.fetch([ref]).value
    assert snapshot.ref.id == ref
    kind: StageKind = snapshot.stage_kind
    return kind
