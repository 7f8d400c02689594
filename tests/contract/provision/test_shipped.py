"""What the shipped mappings make of a new Mautic, and whether it works there."""

import pytest

from plugin.provision import render
from plugin.provision.apply import Outcome, apply
from plugin.provision.desired import desired
from plugin.provision.plan import plan
from plugin.provision.read import read
from plugin.provision.resources import Kind, MemoryOwned
from tests.golden.build import shipped

from .conftest import NOW


@pytest.fixture
def owned():
    return MemoryOwned()


@pytest.fixture
def wanted():
    whole = desired(
        shipped(), webhook_url="https://stdc.example/hook", webhook_secret="x" * 16
    )
    # Without the hook: nobody listens there.
    return {key: one for key, one in whole.items() if key.kind is not Kind.HOOK}


def see(mautic, wanted, owned):
    return plan(wanted, read(mautic, wanted, owned), owned)


@pytest.fixture
def made(mautic, wanted, owned):
    results = list(apply(see(mautic, wanted, owned), mautic, owned))
    assert [one.message for one in results if one.outcome is not Outcome.DONE] == []
    return mautic


def test_a_second_plan_is_empty_and_needs_no_store(made, wanted, owned):
    assert render.as_text(see(made, wanted, owned)) == render.EMPTY
    assert render.as_text(see(made, wanted, MemoryOwned())) == render.EMPTY


def members(sandbox, mautic, contact_id):
    sandbox.segments_update()
    ids = {
        segment
        for (segment, member), row in sandbox.state.members.items()
        if member == contact_id and not row["manually_removed"]
    }
    return {
        one["alias"] for one in mautic.segments.everything() if one["id"] in ids
    } - {"stdc-do"}


@pytest.fixture
def contact(made):
    one = made.contacts.make({"email": "s@kandidaat.example", "stdc_phase": "do"})
    yield one["id"]
    made.contacts.remove(one["id"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"stdc-ready"}),
        ({"stdc_ats_status": "new"}, set()),
        ({"stdc_momentum": "rising"}, {"stdc-ready", "stdc-rising"}),
        ({"tags": ["interest-cloud"]}, {"stdc-ready", "stdc-do-cloud"}),
        ({"stdc_next_touch_on": "2026-11-23"}, {"stdc-ready", "stdc-due"}),
        ({"stdc_next_touch_on": "2026-11-24"}, {"stdc-ready"}),
    ],
    ids=["do", "handed-over", "rising", "interest", "due", "not-due-yet"],
)
def test_people_are_in_the_segments_they_belong_to(
    sandbox, made, contact, values, expected
):
    assert NOW.date().isoformat() == "2026-11-23"
    made.contacts.batch_patch([{"id": contact, **values}])

    assert members(sandbox, made, contact) == expected
