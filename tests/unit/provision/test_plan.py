import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.mappings.model import Phase
from plugin.mappings.provisioned import CampaignStep
from plugin.provision import render
from plugin.provision.plan import Action, NotOurs, Plan, plan, shared_fingerprint
from plugin.provision.resources import (
    Existing,
    Key,
    Kind,
    MemoryOwned,
    Resource,
    Secret,
)

from . import samples

DO = Key(Kind.SEGMENT, "stdc-do")
HOOK = Key(Kind.HOOK, "hook")


class Model:
    """What Mautic would hold, in our shape."""

    def __init__(self) -> None:
        self.existing: dict[Key, Existing] = {}
        self.owned = MemoryOwned()
        self.last = 0

    def put(self, want: Resource, *, ours: bool = True, **changes: Any) -> Existing:
        self.last += 1
        have = Existing(
            key=want.key,
            attributes={**want.attributes, **changes},
            remote_id=self.last,
        )
        self.existing[want.key] = have
        if ours:
            self.remember(want, have)
        return have

    def remember(self, want: Resource, have: Existing) -> None:
        kind, name = have.key
        self.owned.put(kind.value, name, have.remote_id, shared_fingerprint(want, have))

    def apply(self, made: Plan, limit: int | None = None) -> None:
        for change in made.changes[:limit]:
            have = change.existing
            if have is None:
                self.put(change.desired)
                continue
            after = {one.name: one.after for one in change.attributes}
            attributes = {**have.attributes, **after}
            self.existing[change.key] = replace(have, attributes=attributes)
            self.remember(change.desired, self.existing[change.key])

    def plan(self, wanted: Mapping[Key, Resource]) -> Plan:
        return plan(wanted, self.existing, self.owned)


@pytest.fixture
def wanted():
    return samples.wanted()


@pytest.fixture
def model(wanted):
    made = Model()
    for one in wanted.values():
        made.put(one)
    return made


def test_an_empty_mautic_gets_everything_in_the_order_it_can_be_made(wanted):
    made = Model().plan(wanted)

    kinds = [change.key.kind for change in made.changes]
    assert len(made.changes) == len(wanted)
    assert kinds == sorted(kinds, key=lambda kind: kind.rank)
    assert {change.reason for change in made.changes} == {"not in Mautic yet"}


def test_what_is_right_is_left_alone(model, wanted):
    made = model.plan(wanted)

    assert made.is_empty
    assert render.as_text(made) == render.EMPTY


def test_only_what_differs_is_changed(model, wanted):
    model.put(wanted[DO], name="Do!", published=False)

    (change,) = model.plan(wanted).changes

    assert change.action is Action.UPDATE
    assert {(one.name, one.before) for one in change.attributes} == {
        ("name", "Do!"),
        ("published", False),
    }


def test_what_mautic_does_not_answer_is_not_compared(model, wanted):
    key = Key(Kind.FIELD, "stdc_reason")
    have = model.existing[key]
    attributes = {k: v for k, v in have.attributes.items() if k != "length"}
    model.existing[key] = replace(have, attributes=attributes)

    assert model.plan(wanted).is_empty


def test_a_change_by_hand_is_told_from_a_change_of_the_mappings(model, wanted):
    model.existing[DO] = replace(
        model.existing[DO],
        attributes={**model.existing[DO].attributes, "name": "By hand"},
    )
    see = Key(Kind.STAGE, "see")
    attributes = {**wanted[see].attributes, "weight": 99}
    newer = wanted | {see: replace(wanted[see], attributes=attributes)}

    reasons = {change.key: change.reason for change in model.plan(newer).changes}

    assert reasons == {
        DO: "was changed by hand in Mautic",
        see: "the mappings changed",
    }


def test_what_somebody_deleted_is_made_again(model, wanted):
    del model.existing[DO]

    (change,) = model.plan(wanted).changes

    assert change.action is Action.CREATE
    assert change.reason == "was deleted in Mautic"


@pytest.mark.parametrize("differs", [True, False])
def test_what_we_did_not_make_is_not_touched(model, wanted, differs):
    model.owned.delete("segment", "stdc-do")
    if differs:
        model.existing[DO] = replace(
            model.existing[DO],
            attributes={**model.existing[DO].attributes, "name": "Theirs"},
        )

    made = model.plan(wanted)

    assert made.changes == ()
    (problem,) = made.problems
    assert problem.key == DO
    assert problem.adopt
    with pytest.raises(NotOurs, match="not made by STDC"):
        made.refuse_problems()


def test_a_thing_that_took_the_place_of_ours_is_not_ours(model, wanted):
    model.existing[DO] = replace(model.existing[DO], remote_id=4711)

    assert [one.key for one in model.plan(wanted).problems] == [DO]


def test_a_mark_is_proof_enough_when_the_store_is_lost(model, wanted):
    model.owned = MemoryOwned()
    model.existing = {
        key: replace(have, marked=True) for key, have in model.existing.items()
    }

    made = model.plan(wanted)

    assert made.is_empty
    assert {(one.kind, one.key) for one in made.recovered} == {
        (key.kind.value, key.name) for key in wanted
    }


def test_a_tag_of_others_serves_as_well(model, wanted):
    model.owned.delete("tag", "stdc-do")

    assert model.plan(wanted).is_empty


def test_a_type_cannot_be_changed(model, wanted):
    model.put(wanted[Key(Kind.FIELD, "stdc_score")], type="text")

    made = model.plan(wanted)

    assert made.changes == ()
    assert (
        "type is text in Mautic, the mappings want number" in made.problems[0].message
    )


def test_an_email_that_is_not_there_is_named():
    step = CampaignStep(name="Mail", type="email.send", properties={"email": "Podcast"})
    wanted = samples.wanted(campaigns=(samples.campaign(Phase.SEE, step),))
    model = Model()

    assert (
        "email Podcast, which is not in Mautic"
        in model.plan(wanted).problems[0].message
    )

    email = Resource(key=Key(Kind.EMAIL, "Podcast"), attributes={})
    model.put(email, ours=False)
    assert model.plan(wanted).problems == ()


def test_what_the_mappings_dropped_is_told_and_left_alone(model, wanted):
    fewer = {key: one for key, one in wanted.items() if key != DO}

    made = model.plan(fewer)

    assert made.is_empty
    assert made.leftovers == (DO,)
    assert "left alone" in render.as_text(made)


def test_a_secret_differs_and_is_never_shown(model, wanted):
    model.put(wanted[HOOK], secret=Secret("the-old-secret"))
    for made in (model.plan(wanted), Model().plan(wanted)):
        for shown in (
            render.as_text(made),
            render.as_json(made),
            render.as_markdown(made),
            repr(made),
        ):
            assert samples.SECRET not in shown
            assert "the-old-secret" not in shown

    changed = model.plan(wanted)
    assert "secret: (secret differs)" in render.as_text(changed)
    assert "(secret differs)" in render.as_json(changed)


def test_equal_plans_have_equal_checksums(model, wanted):
    model.put(wanted[DO], name="Do!")
    one, again = model.plan(wanted), model.plan(dict(wanted))
    model.put(wanted[DO], name="Do!!")
    other = model.plan(wanted)

    assert one.checksum == again.checksum
    assert one.checksum != other.checksum


def test_a_plan_reads_well(model, wanted):
    model.put(wanted[DO], name="Do!")
    del model.existing[Key(Kind.CAMPAIGN, "see")]
    made = model.plan(wanted)

    assert render.as_text(made).splitlines() == [
        "~ segment stdc-do (update: the mappings changed)",
        '    name: "Do!" -> "STDC - Do"',
        "+ campaign see (create: was deleted in Mautic)",
        '    name: "STDC - See"',
        '    description: "Volgt op in See [stdc:see]"',
        "    restart: true",
        '    segments: ["stdc-see"]',
        "    steps:",
        "      Markeer [lead.changetags]",
        "      Zet de fase (after 3 d) [stage.change]",
        "",
        f"Plan: 1 to create, 1 to update. Checksum {made.checksum}.",
    ]
    assert json.loads(render.as_json(made))["summary"] == {
        "create": 1,
        "update": 1,
        "problems": 0,
    }
    assert render.as_markdown(made).count("\n") == 5


@st.composite
def starts(draw) -> tuple[dict[Key, Resource], Model]:
    """Any Mautic: each thing absent, right, or changed by hand; ours or marked."""
    wanted = samples.wanted()
    model = Model()
    for one in wanted.values():
        if draw(st.booleans()):
            continue
        movable = [name for name in one.attributes if name not in {"type", "tag"}]
        names = draw(st.lists(st.sampled_from(movable or ["tag"]), max_size=2))
        have = model.put(one, ours=draw(st.booleans()), **dict.fromkeys(names, "other"))
        if draw(st.booleans()) or model.owned.get(one.key.kind, one.key.name) is None:
            model.existing[one.key] = replace(have, marked=True)
    return wanted, model


@given(starts(), st.integers(0, 40))
def test_a_second_plan_is_empty_wherever_the_first_run_stopped(start, stop):
    wanted, model = start
    model.apply(model.plan(wanted), limit=stop)
    model.apply(model.plan(wanted))

    assert model.plan(wanted).changes == ()
    assert model.plan(wanted).is_empty
