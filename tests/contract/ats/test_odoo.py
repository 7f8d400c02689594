"""What only an Odoo has: two generations, pools, stages that mail, webhooks."""

from dataclasses import replace
from typing import Any

import pytest

from plugin.ats import odoo_standing
from plugin.ats.base import (
    GONE,
    AuthBroken,
    Confidence,
    Conflict,
    MatchKeys,
    Permanent,
    Retry,
    StageKind,
    TargetIntent,
    TargetKind,
    Throttled,
    Unknown,
)
from plugin.ats.handover import hand_over
from plugin.ats.odoo import OdooConnector
from plugin.ats.odoo_records import APPLICATION
from plugin.ats.odoo_rpc import Detected
from plugin.sandbox.odoo.server import OdooSandbox
from tests.contract.ats.conftest import sandboxed

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


@pytest.mark.parametrize("version", [18, 19])
class TestLookAlike:
    """What a real server would have to be prepared for."""

    def test_a_hire_in_a_custom_stage(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            odoo = sandboxed(sandbox)
            odoo.connector = OdooConnector(
                sandbox.url, odoo.rpc, hired_stages=frozenset({"Contract Proposal"})
            )
            ref = create(odoo)
            odoo.move(ref, stage_id=5)

            assert stage_kind(odoo, ref) is StageKind.HIRED

    def test_the_marker_may_have_a_field_of_its_own(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            sandbox.state.add_field(sandbox.person, "x_mautic_id", "char")
            odoo = sandboxed(sandbox)
            odoo.connector = OdooConnector(
                sandbox.url, odoo.rpc, marker_field="x_mautic_id"
            )
            draft = odoo.draft(email=None)
            ref = create(odoo, draft)
            (match,) = odoo.connector.find(MatchKeys(marker=draft.marker)).value.matches

            assert match.ref.id == ref
            assert odoo.row(ref, "x_mautic_id")["x_mautic_id"] == draft.marker
            tags = sandbox.state.tables["hr.applicant.category"].values()
            assert draft.marker not in {tag["name"] for tag in tags}

    def test_a_marker_field_that_is_not_there_is_told(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            rpc = sandboxed(sandbox).rpc
            result = OdooConnector(sandbox.url, rpc, marker_field="x_no").check()

        assert isinstance(result, Permanent)
        assert "has no field x_no" in result.message

    def test_nobody_is_ever_mailed(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            odoo = sandboxed(sandbox)
            for kind in TargetKind:
                if kind is not TargetKind.TALENT_POOL or version == 19:
                    draft = odoo.draft()
                    create(odoo, draft, kind)
                    create(odoo, replace(draft, note="again"), kind)

            assert sandbox.state.mails == []

    def test_wrong_credentials(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            odoo = sandboxed(sandbox, key="wrong")

            assert isinstance(odoo.connector.fetch(["1"]), AuthBroken)
            assert isinstance(odoo.connector.check(), AuthBroken)

    def test_too_few_rights_are_told_by_the_check(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            rpc = Detected(
                sandbox.url, sandbox.database, "norights", sandbox.key_without_rights
            )
            result = OdooConnector(sandbox.url, rpc).check()

        assert isinstance(result, AuthBroken)
        assert "may not create" in result.message

    def test_a_server_that_is_away(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            odoo = sandboxed(sandbox)
            odoo.connector.check()
        keys = MatchKeys(marker="mautic:x:1")

        assert isinstance(odoo.connector.find(keys), Retry)

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [(429, Throttled), (502, Unknown), (503, Retry), (401, AuthBroken)],
    )
    def test_what_a_proxy_says(
        self, version: int, status: int, outcome: type[Any]
    ) -> None:
        with OdooSandbox(version) as sandbox:
            odoo = sandboxed(sandbox)
            odoo.connector.check()
            sandbox.faults.answer(status, {"Retry-After": "7"}, "<html>no</html>")
            failure = odoo.connector.fetch(["1"])

        assert type(failure) is outcome
        if status in (429, 503):
            assert failure.after_seconds == 7

    def test_a_wrong_database_is_no_outage(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            rpc = Detected(sandbox.url, "nosuchdb", sandbox.login, sandbox.api_key)
            failure = OdooConnector(sandbox.url, rpc).fetch(["1"])

        assert isinstance(failure, AuthBroken)

    def test_two_applications_count_as_the_more_hopeful(self, version: int) -> None:
        with OdooSandbox(version) as sandbox:
            odoo = sandboxed(sandbox)
            if version == 18:
                ref = create(odoo)
                values = {"candidate_id": int(ref), "job_id": 2}
                second = odoo.db.create(APPLICATION, values)
            else:
                ref = create(odoo, kind=TargetKind.TALENT_POOL)
                both = [_on_a_job(odoo, ref, job) for job in (1, 2)]
                second = both[1]
            odoo.db.write(APPLICATION, second, {"active": False, "refuse_reason_id": 1})
            still = stage_kind(odoo, ref)
            rows = odoo.db.ids(APPLICATION, [["job_id", "=", 1]])
            odoo.db.write(APPLICATION, rows[0], {"active": False})

            assert still is StageKind.NEW
            assert stage_kind(odoo, ref) is StageKind.REJECTED


def _on_a_job(odoo: Any, ref: str, job: int) -> int:
    """Put a talent on a job, as the recruiter's wizard does; give the application."""
    made = odoo.db.create(
        "job.add.applicants",
        {"applicant_ids": [[6, 0, [int(ref)]]], "job_ids": [[6, 0, [job]]]},
    )
    action = odoo.db.call("job.add.applicants", "action_add_applicants_to_job", [made])
    return int(action["res_id"])


def test_a_talent_with_an_application_is_one_person() -> None:
    with OdooSandbox(19) as sandbox:
        odoo = sandboxed(sandbox)
        draft = odoo.draft()
        ref = create(odoo, draft, TargetKind.TALENT_POOL)
        start = odoo.connector.changes(None).value.cursor
        application = _on_a_job(odoo, ref, 1)

        result = hand_over(
            odoo.connector,
            replace(draft, marker="mautic:other:3"),
            TargetIntent(),
            link_ref=None,
            op_id="again",
        )
        odoo.db.write(APPLICATION, application, {"stage_id": odoo.hired_stage()})
        page = odoo.connector.changes(start).value

        assert (result.failure, result.ref.id) == (None, ref)
        kinds = {one.ref.id: one.stage_kind for one in page.snapshots}
        assert kinds == {ref: StageKind.HIRED, str(application): StageKind.HIRED}


def test_an_applicant_on_a_job_gets_a_whole_pool_record() -> None:
    with OdooSandbox(19) as sandbox:
        odoo = sandboxed(sandbox)
        draft = odoo.draft()
        ref = create(odoo, draft)
        for _ in range(2):
            attached = odoo.connector.attach(
                odoo.connector.fetch([ref]).value[0].ref,
                draft,
                odoo.intent(TargetKind.TALENT_POOL),
                op_id="x",
            )
            assert attached.value.id == ref

        rows = odoo.db.rows(
            APPLICATION,
            [["email_normalized", "=", draft.email.lower()]],
            ["talent_pool_ids", "pool_applicant_id"],
        )
        talent = rows[1]["id"]
        assert [row["talent_pool_ids"] for row in rows] == [[], [1]]
        assert {row["pool_applicant_id"][0] for row in rows} == {talent}


def test_a_hint_may_name_an_application_of_18() -> None:
    with OdooSandbox(18) as sandbox:
        odoo = sandboxed(sandbox)
        create(odoo, kind=TargetKind.NONE)
        ref = create(odoo)
        number = odoo.applications(ref)[0]["id"]

        (snapshot,) = odoo.connector.fetch([f"hr.applicant/{number}"]).value

        assert number != int(ref)
        assert snapshot.ref.id == ref
        assert odoo.connector.fetch(["hr.applicant/999"]).value == ()
