"""What only an Odoo has, look-alike or real: refusals, stages, a poll."""

from dataclasses import replace
from typing import Any

import pytest

from plugin.ats import odoo_standing
from plugin.ats.base import (
    GONE,
    Confidence,
    Conflict,
    MatchKeys,
    Permanent,
    StageKind,
    TargetIntent,
    TargetKind,
)
from plugin.ats.handover import hand_over
from plugin.ats.odoo_records import APPLICATION
from tests.contract.ats.acts import create, stage_kind


def test_an_address_in_capitals_is_found(odoo: Any) -> None:
    draft = odoo.draft()
    ref = create(odoo, draft)

    keys = MatchKeys(marker="mautic:other:1", email=f"  {draft.email.upper()} ")
    (match,) = odoo.connector.find(keys).value.matches

    assert (match.ref.id, match.confidence) == (ref, Confidence.EXACT)


def test_somebody_refused_is_found_and_not_made_again(odoo: Any) -> None:
    draft = odoo.draft()
    ref = create(odoo, draft)
    odoo.move(ref, active=False)

    again = hand_over(
        odoo.connector,
        replace(draft, marker="mautic:other:2"),
        TargetIntent(),
        link_ref=None,
        op_id="again",
    )

    assert (again.failure, again.was_created) == (None, False)
    assert odoo.people(draft) == [ref]


def test_two_with_one_address_are_for_a_person_to_judge(odoo: Any) -> None:
    draft = odoo.draft()
    for _ in range(2):
        values = {"partner_name": "By hand", "email_from": draft.email}
        odoo.db.create(odoo.db.person, values)

    result = hand_over(odoo.connector, draft, TargetIntent(), link_ref=None, op_id="x")

    assert isinstance(result.failure, Conflict)
    assert list(result.failure.refs) == odoo.people(draft)
    assert len(odoo.people(draft)) == 2


def test_what_the_recruiter_filled_in_is_not_overwritten(odoo: Any) -> None:
    draft = odoo.draft(
        fields={"partner_phone": "0611111111", "linkedin_profile": "https://l/old"},
        only_if_empty=frozenset({"partner_phone"}),
    )
    ref = create(odoo, draft)
    odoo.db.write(odoo.db.person, int(ref), {"partner_phone": "0622222222"})

    fields = {"partner_phone": "0633333333", "linkedin_profile": "https://l/new"}
    create(odoo, replace(draft, fields=fields))

    row = odoo.row(ref, "partner_phone", "linkedin_profile")
    assert row["partner_phone"] == "0622222222"
    assert row["linkedin_profile"] == "https://l/new"


def test_an_applications_own_fields_and_source_come_along(odoo: Any) -> None:
    ref = create(odoo, odoo.draft(fields={"applicant_notes": "a < b"}))

    (application,) = odoo.applications(ref)
    notes = odoo.db.call(
        APPLICATION, "read", [application["id"]], fields=["applicant_notes"]
    )
    assert "a &lt; b" in notes[0]["applicant_notes"]
    assert application["source_id"][1] == "LinkedIn"


def test_a_note_says_what_was_written_and_nothing_else(odoo: Any) -> None:
    ref = create(odoo, odoo.draft(note="<script>alert(1)</script>\n<b>a</b> & b"))

    (note,) = odoo.notes(ref)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br/>" in note.replace("<br>", "<br/>")
    assert "&lt;b&gt;a&lt;/b&gt; &amp; b" in note


def test_hired_and_taken_back(odoo: Any) -> None:
    ref = create(odoo)
    assert stage_kind(odoo, ref) is StageKind.NEW

    odoo.move(ref, stage_id=odoo.hired_stage())
    assert stage_kind(odoo, ref) is StageKind.HIRED

    odoo.move(ref, active=False)
    assert stage_kind(odoo, ref) is StageKind.HIRED, (
        "archived later, hired all the same"
    )

    odoo.move(ref, active=True, stage_id=odoo.hired_stage() - 1)
    assert stage_kind(odoo, ref) is StageKind.ACTIVE


def test_refused(odoo: Any) -> None:
    ref = create(odoo)

    odoo.move(ref, active=False, refuse_reason_id=1)

    assert stage_kind(odoo, ref) is StageKind.REJECTED


def test_deleted_says_so_and_is_not_made_again(odoo: Any) -> None:
    draft = odoo.draft()
    ref = create(odoo, draft, TargetKind.NONE)
    link = odoo.connector.fetch([ref]).value[0].ref
    odoo.db.call(odoo.db.person, "unlink", [int(ref)])

    (snapshot,) = odoo.connector.fetch([ref]).value
    again = hand_over(
        odoo.connector, draft, TargetIntent(), link_ref=link, op_id="again"
    )

    assert snapshot.is_deleted
    assert isinstance(again.failure, Permanent)
    assert again.failure.code == GONE
    assert odoo.people(draft) == []


def test_a_wrong_job_is_permanent_and_makes_nobody_twice(odoo: Any) -> None:
    draft = odoo.draft()
    intent = TargetIntent(kind=TargetKind.JOB, ref="999999")

    results = [
        hand_over(odoo.connector, draft, intent, link_ref=None, op_id="x")
        for _ in range(2)
    ]

    assert isinstance(results[0].failure, Permanent)
    assert len(odoo.people(draft)) <= 1


def test_a_target_that_is_no_id_is_the_mappings_fault(odoo: Any) -> None:
    intent = TargetIntent(kind=TargetKind.JOB, ref="developer")

    result = hand_over(
        odoo.connector, odoo.draft(), intent, link_ref=None, op_id=odoo.run
    )

    assert isinstance(result.failure, Permanent)
    assert "'developer' is no id" in result.failure.message


def test_an_unknown_field_is_permanent(odoo: Any) -> None:
    made = odoo.connector.create(
        odoo.draft(fields={"no_such_field": "x"}), TargetIntent(), op_id="x"
    )

    assert isinstance(made, Permanent)
    assert "no_such_field" in made.message


def test_a_poll_tells_every_change_once(
    odoo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odoo_standing, "PAGE", 2)
    cursor = odoo.connector.changes(None).value.cursor
    refs = [create(odoo) for _ in range(5)]

    told, cursor = _all_news(odoo, cursor)
    assert [one.ref.id for one in told if one.ref.id in refs] == sorted(refs, key=int)

    odoo.move(refs[1], stage_id=odoo.hired_stage())
    told, cursor = _all_news(odoo, cursor)
    assert [(one.ref.id, one.stage_kind) for one in told] == [
        (refs[1], StageKind.HIRED)
    ]
    assert _all_news(odoo, cursor)[0] == []


def _all_news(odoo: Any, cursor: str) -> tuple[list[Any], str]:
    told = []
    for _ in range(50):
        page = odoo.connector.changes(cursor).value
        told += page.snapshots
        cursor = page.cursor
        if not page.has_more:
            return told, cursor
    raise AssertionError("the poll never ends")
