"""What a real Odoo would have to be prepared for: rights, pools, custom fields."""

from dataclasses import replace
from typing import Any

import pytest

from plugin.ats.base import (
    AuthBroken,
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
from tests.contract.ats.acts import create, stage_kind
from tests.contract.ats.conftest import sandboxed


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
