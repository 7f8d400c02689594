"""A crash or a lost line at every call of a hand-over: one candidate afterwards."""

from typing import Any

import pytest

from plugin.ats.base import Retry, TargetKind, Unknown
from plugin.ats.handover import hand_over
from tests.contract.ats.conftest import open_ats

TARGETS = {
    "webhook": (TargetKind.JOB,),
    "csv-sftp": (TargetKind.JOB,),
    "recruitee": (TargetKind.NONE, TargetKind.JOB, TargetKind.TALENT_POOL),
    "carerix": (TargetKind.NONE, TargetKind.JOB),
    "odoo-18": (TargetKind.NONE, TargetKind.JOB),
    "odoo-19": (TargetKind.NONE, TargetKind.JOB, TargetKind.TALENT_POOL),
}
#: Fewer calls than this and the hand-over did not do all of it.
LEAST = {"webhook": 1, "recruitee": 8, "carerix": 8}
CASES = [
    (kind, target, when, True)
    for kind, targets in TARGETS.items()
    for target in targets
    for when in ("before", "after")
]
#: Without an address only the marker says who was made.
CASES += [(kind, TargetKind.JOB, "after", False) for kind in TARGETS]


@pytest.mark.parametrize(("kind", "target", "when", "has_email"), CASES)
def test_a_broken_hand_over_ends_with_one_candidate(
    kind: str,
    target: TargetKind,
    when: str,
    has_email: bool,  # noqa: FBT001 -- a case
) -> None:
    calls = _hand_over(kind, target, has_email=has_email)

    assert calls >= LEAST.get(kind, 10)
    for number in range(1, calls + 1):
        _hand_over(kind, target, has_email=has_email, breaks=(number, when))


def _hand_over(
    kind: str,
    target: TargetKind,
    *,
    has_email: bool,
    breaks: tuple[int, str] | None = None,
) -> int:
    """Hand over to a fresh ATS, trying until it is done; count the calls."""
    with open_ats(kind) as ats:
        return _until_done(ats, target, has_email=has_email, breaks=breaks)


def _until_done(
    ats: Any, target: TargetKind, *, has_email: bool, breaks: tuple[int, str] | None
) -> int:
    draft = ats.draft() if has_email else ats.draft(email=None)
    intent = ats.intent(target)
    start = ats.faults.calls
    if breaks:
        ats.faults.drop(*breaks)
    failures = []
    while True:
        result = hand_over(ats.connector, draft, intent, link_ref=None, op_id=ats.run)
        if result.failure is None:
            break
        failures.append(result.failure)
        assert len(failures) < 3, failures
    calls = ats.faults.calls - start
    assert not ats.faults.planned, "the call to break never came"
    # a tag that was made after all is found at once, without another attempt
    assert len(failures) <= (1 if breaks else 0)
    assert all(isinstance(one, Unknown | Retry) for one in failures)
    _is_whole(ats, draft, target, result.ref.id)
    return int(calls)


def _is_whole(ats: Any, draft: Any, target: TargetKind, ref: str) -> None:
    assert len(ats.notes(ref)) == 1
    assert ats.tags(ref) == ["STDC", "security"]
    assert len(ats.jobs(ref)) == (1 if target is TargetKind.JOB else 0)
    vendor = getattr(ats, "vendor", None)
    if vendor is not None:
        assert len(ats.people(draft)) == 1
        assert vendor.state.mails == []
    sandbox = getattr(ats, "sandbox", None)
    if sandbox is None:
        return
    people = sandbox.state.tables[sandbox.person].values()
    assert sum(one["partner_name"] == draft.name for one in people) == 1
    assert sandbox.state.mails == []
