"""The look-alike's rows have the shape of recorded ones, and its traps are set."""

from collections.abc import Iterator
from typing import Any

import pytest

from plugin.ats.base import TargetKind
from plugin.ats.handover import hand_over
from plugin.ats.odoo_records import APPLICATION, TAG
from plugin.sandbox.odoo.server import OdooSandbox
from tests.contract.ats.conftest import OdooAts, sandboxed
from tests.support.odoo_recordings import Exchange, exchanges

READS = [
    one
    for version in (18, 19)
    for one in exchanges(version)
    if one.call
    and one.call[1] in ("read", "search_read")
    and not one.error
    and isinstance(one.result, list)
    and one.result
]
#: Custom fields that an administrator made for the recordings.
CUSTOM = {
    "x_mautic_id": "char",
    "x_consent": "boolean",
    "x_consent_until": "date",
    "x_consent_basis": "selection",
}


@pytest.fixture(scope="module")
def lived_in() -> Iterator[dict[int, OdooAts]]:
    """Both generations, each with a candidate on a job, tagged, noted, in a pool."""
    with OdooSandbox(18) as old, OdooSandbox(19) as new:
        both = {18: sandboxed(old), 19: sandboxed(new)}
        for version, odoo in both.items():
            for name, kind in CUSTOM.items():
                odoo.sandbox.state.add_field(odoo.sandbox.person, name, kind)  # type: ignore[attr-defined]
            kinds = [TargetKind.JOB, *([TargetKind.TALENT_POOL] * (version - 18))]
            fields = {
                "partner_phone": "06 12 34 56 78",
                "linkedin_profile": "https://www.linkedin.com/in/sanne",
                "availability": "2026-12-01",
                "x_mautic_id": "mautic:main:12",
                "x_consent": "1",
                "x_consent_until": "2027-11-23",
                "x_consent_basis": "consent",
            }
            for kind in kinds:
                done = hand_over(
                    odoo.connector,
                    odoo.draft(fields=fields),
                    odoo.intent(kind),
                    link_ref=None,
                    op_id="x",
                )
                assert done.failure is None
            odoo.db.write(APPLICATION, 1, {"stage_id": odoo.hired_stage()})
        yield both


@pytest.mark.parametrize("one", READS, ids=lambda one: f"{one.version}-{one.name}")
def test_rows_have_the_recorded_shape(
    lived_in: dict[int, OdooAts], one: Exchange
) -> None:
    assert one.call is not None
    model = one.call[0]
    odoo = lived_in[one.version]
    # a field we have no use for is an error there: stricter than the real one
    known = odoo.db.types(model).keys() & one.result[0].keys()
    recorded = {name: value for name, value in one.result[0].items() if name in known}

    ours = odoo.db.rows(model, [], sorted(known), limit=1)[0]

    assert 2 * len(recorded) >= len(one.result[0]), "most of it is looked at"
    assert set(ours) == set(recorded) | {"id"}
    for name, value in recorded.items():
        assert _fits(value, ours[name]), (name, value, ours[name])


def _fits(recorded: Any, ours: Any) -> bool:
    """Whether two values of a field have one shape; empty is False in Odoo."""
    if recorded is False or ours is False:
        return True
    if isinstance(recorded, list) and isinstance(ours, list):
        is_pair = len(recorded) == 2 and isinstance(recorded[1], str)
        return not is_pair or (len(ours) == 2 and isinstance(ours[1], str))
    if isinstance(recorded, str) and isinstance(ours, str):
        return (recorded[4:5] == "-") == (ours[4:5] == "-") or recorded[:1] != "2"
    return isinstance(ours, type(recorded)) or isinstance(recorded, type(ours))


def test_enough_is_compared() -> None:
    assert len(READS) >= 40


@pytest.fixture(params=[18, 19])
def odoo(request: pytest.FixtureRequest) -> Iterator[OdooAts]:
    with OdooSandbox(request.param) as sandbox:
        yield sandboxed(sandbox)


def test_an_address_asked_for_in_capitals_is_not_found(odoo: OdooAts) -> None:
    odoo.sandbox.make(partner_name="Sanne", email_from="Sanne@Example.NL")  # type: ignore[attr-defined]

    def found(address: str) -> int:
        domain = [["email_normalized", "=", address]]
        return len(odoo.db.ids(odoo.db.person, domain))

    assert (found("Sanne@Example.NL"), found("sanne@example.nl")) == (0, 1)


def test_archived_people_are_hidden_unless_asked_for(odoo: OdooAts) -> None:
    ref = odoo.sandbox.make(partner_name="Sanne", email_from="s@example.nl")  # type: ignore[attr-defined]
    odoo.db.write(odoo.db.person, int(ref), {"active": False})
    given = {"domain": [["email_normalized", "=", "s@example.nl"]], "fields": ["id"]}

    hidden = odoo.db.call(odoo.db.person, "search_read", None, **given)
    shown = odoo.db.call(
        odoo.db.person, "search_read", None, context={"active_test": False}, **given
    )

    assert (hidden, [row["id"] for row in shown]) == ([], [int(ref)])


def test_a_tag_may_stand_there_in_another_case_but_not_twice(odoo: OdooAts) -> None:
    first = odoo.db.create(TAG, {"name": "Interest-IT"})

    with pytest.raises(Exception, match="already exists"):
        odoo.db.create(TAG, {"name": "Interest-IT"})
    assert odoo.db.create(TAG, {"name": "interest-it"}) != first
    assert odoo.db.named(TAG, "INTEREST-it") == first, "ours takes any case"


def test_a_second_source_of_one_name_gets_another(odoo: OdooAts) -> None:
    """So whoever does not look first fills the list with copies."""
    for _ in range(2):
        odoo.db.create("utm.source", {"name": "Mautic"})

    rows = odoo.db.rows("utm.source", [["name", "ilike", "Mautic"]], ["name"])
    assert [row["name"] for row in rows] == ["Mautic", "Mautic [2]"]


def test_a_stage_with_a_template_mails_whoever_gets_it(odoo: OdooAts) -> None:
    values = {"partner_name": "Sanne", "email_from": "s@example.nl"}
    person = odoo.db.create(odoo.db.person, values)
    mails = odoo.sandbox.state.mails  # type: ignore[attr-defined]
    if odoo.db.has_candidates:
        on_a_job = {"candidate_id": person, "job_id": 1}
    else:
        on_a_job = {**values, "job_id": 1}
    quiet = odoo.db.create(APPLICATION, on_a_job)
    assert mails == []

    odoo.db.write(APPLICATION, quiet, {"stage_id": 2})
    odoo.db.write(APPLICATION, quiet, {"stage_id": 1})
    assert len(mails) == 1
    odoo.db.create(APPLICATION, {**on_a_job, "stage_id": 1})
    assert len(mails) == 2


def test_reading_nothing_but_ids_gives_back_the_deleted(odoo: OdooAts) -> None:
    ref = int(odoo.sandbox.make(partner_name="Sanne"))  # type: ignore[attr-defined]
    odoo.db.call(odoo.db.person, "unlink", [ref])

    assert odoo.db.call(odoo.db.person, "read", [ref], fields=["id"]) == [{"id": ref}]
    assert odoo.db.call(odoo.db.person, "read", [ref], fields=["active"]) == []


def test_the_second_of_one_address_renames_the_partner_on_19_only(
    odoo: OdooAts,
) -> None:
    for name in ("Sanne de Wit", "S. de Wit"):
        values = {"partner_name": name, "email_from": "Sanne@example.nl"}
        odoo.db.create(odoo.db.person, values)

    (partner,) = odoo.db.rows("res.partner", [["email_normalized", "!=", False]],
                              ["name"])  # fmt: skip
    expected = "sanne@example.nl" if odoo.db.has_candidates else "S. de Wit"
    assert partner["name"] == expected
