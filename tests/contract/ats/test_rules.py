"""How a value comes where there is one already, and whose a candidate is."""

from dataclasses import replace
from typing import Any

import pytest

from plugin.ats.base import Ref, TargetKind
from tests.contract.ats.acts import create
from tests.contract.ats.conftest import open_ats


@pytest.mark.parametrize("kind", ["odoo-18", "odoo-19"])
def test_what_is_appended_stands_there_once(kind: str) -> None:
    with open_ats(kind) as odoo:
        draft = _noted(odoo, "linkedin_profile", "eerste")
        ref = create(odoo, draft)
        again = _noted(odoo, "linkedin_profile", "tweede", like=draft)
        for _ in range(2):
            assert odoo.connector.update(_ref(ref), again, op_id="x").value
        assert odoo.row(ref, "linkedin_profile")["linkedin_profile"] == "eerste\ntweede"


def test_what_is_appended_in_recruitee_stands_there_once() -> None:
    with open_ats("recruitee") as ats:
        draft = _noted(ats, "cover_letter", "eerste")
        ref = create(ats, draft)
        for label in ("cover_letter", "Waarom"):
            for text in ("eerste", "tweede", "tweede"):
                wanted = _noted(ats, label, text, like=draft)
                assert ats.connector.update(_ref(ref), wanted, op_id="x").value
        held = ats.vendor.state.candidates[int(ref)]
        assert held["cover_letter"] == "eerste\ntweede"
        (field,) = [one for one in held["fields"] if one["name"] == "Waarom"]
        assert field["values"] == [{"text": "eerste\ntweede"}]


def test_a_receiver_is_told_the_rules_and_the_owner() -> None:
    with open_ats("webhook") as ats:
        draft = replace(_noted(ats, "waarom", "eerste"), owner="12")
        draft = replace(
            draft,
            fields={**draft.fields, "phone": "+31612345678"},
            only_if_empty=frozenset({"phone", "not-sent"}),
        )
        create(ats, draft)
        held = ats.receiver.people[draft.marker].data
        assert held["write"] == {"phone": "if_empty", "waarom": "append"}
        assert held["owner"] == "12"


@pytest.mark.parametrize("kind", ["odoo-18", "odoo-19"])
def test_a_new_candidate_is_the_recruiters_whom_the_mapping_names(kind: str) -> None:
    with open_ats(kind) as odoo:
        ref = create(odoo, replace(odoo.draft(), owner="5"), TargetKind.NONE)
        assert odoo.row(ref, "user_id")["user_id"][0] == 5
        taken = odoo.draft(name="Een Ander")
        odoo.connector.update(_ref(ref), replace(taken, owner="7"), op_id="x")
        assert odoo.row(ref, "user_id")["user_id"][0] == 5


def _noted(ats: Any, field: str, text: str, like: Any = None) -> Any:
    draft = like or ats.draft()
    return replace(draft, fields={field: text}, appended=frozenset({field}))


def _ref(number: str) -> Ref:
    return Ref(id=number)
