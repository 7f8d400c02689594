"""A person's word on a hand-over, from the command line or a page, and acting on it."""

from datetime import datetime

from plugin.pipeline.force import judge
from plugin.pipeline.gating import keep_no, keep_yes
from plugin.pipeline.parts import Parts


def approve(parts: Parts, person_id: int, who: str, as_of: datetime) -> None:
    """Say yes about a candidate: they go to the ATS at once, consent provided.

    `who` is named in the audit. Raises Rejected where somebody is not in Do.
    """
    with parts.store.unit() as unit:
        keep_yes(parts, unit, person_id, who, as_of)
        judge(parts, unit, [person_id], as_of=as_of)


def decline(
    parts: Parts,
    person_id: int,
    who: str,
    as_of: datetime,
    *,
    reason: str,
    until: datetime | None = None,
) -> datetime:
    """Say not now about somebody, in any phase; return until when that holds.

    Signing up afterwards outweighs it. Who stands in the ATS already stays there.
    Raises Rejected for a date that has passed.
    """
    with parts.store.unit() as unit:
        end = keep_no(parts, unit, person_id, who, as_of, reason=reason, until=until)
        judge(parts, unit, [person_id], as_of=as_of)
    return end
