"""Whatever stands in Mautic, and wherever a run dies: then nothing is left to do."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.mappings.model import Phase
from plugin.mappings.provisioned import FollowUp
from plugin.provision.adopt import adopt, candidate
from plugin.provision.apply import Outcome, apply
from plugin.provision.plan import plan
from plugin.provision.read import endpoint, read
from plugin.provision.resources import Kind, MemoryOwned
from tests.unit.provision import samples

from .conftest import clean
from .test_provision import Dying

CAMPAIGN = replace(
    samples.campaign(Phase.THINK), follow_up=FollowUp(interests=False, clicks=True)
)
WANTED = samples.wanted(
    campaigns=(CAMPAIGN,),
    segments=tuple(one for one in samples.SEGMENTS if one.phase is Phase.THINK),
    fields=replace(samples.FIELDS, fields=samples.FIELDS.fields[:2]),
)
KINDS = sorted({key.kind for key in WANTED})

#: What somebody does to the n-th thing of a kind.
EDITS = {
    Kind.FIELD: ({"label": "Anders"}, {"isPubliclyUpdatable": True}),
    Kind.TAG: ({"description": "van mij"},),
    Kind.STAGE: ({"name": "Anders"}, {"weight": 99}, {"description": "zonder merk"}),
    Kind.CATEGORY: ({"title": "Anders"},),
    Kind.EMAIL: ({"name": "Anders"}, {"customHtml": "x"}, {"utmTags": {}}),
    Kind.SEGMENT: ({"filters": []}, {"description": "zonder merk"}, {"name": "x"}),
    Kind.CAMPAIGN: ({"name": "Anders"}, {"isPublished": True}, {"description": "x"}),
    Kind.HOOK: ({"triggers": ["mautic.sms_on_send"]}, {"name": "x"}),
}
#: What others make; the second of some has a name that we want.
THEIRS = {
    Kind.TAG: ({"tag": "theirs"}, {"tag": "stdc-think"}),
    Kind.STAGE: ({"name": "Theirs"}, {"name": "Think", "weight": 1}),
    Kind.CATEGORY: ({"title": "Theirs", "alias": "theirs", "bundle": "global"},),
    Kind.EMAIL: ({"name": "STDC - Think - algemeen", "subject": "x"},),
    Kind.SEGMENT: ({"name": "Theirs"}, {"name": "Hot", "alias": "stdc-think"}),
    Kind.HOOK: ({"name": "STDC", "webhookUrl": "https://their.example/x"},),
}

NUMBER = st.integers(0, 9)
ACTS = st.lists(
    st.tuples(st.sampled_from(["edit", "delete"]), st.sampled_from(KINDS), NUMBER)
    | st.tuples(st.just("make"), st.sampled_from(sorted(THEIRS)), NUMBER),
    max_size=8,
)


def act(mautic, what, kind, number):
    part = endpoint(mautic, kind)
    if what == "make":
        bodies = THEIRS[kind]
        part.make(bodies[number % len(bodies)])
        return
    there = [one for one in part.everything() if not one.get("isFixed")]
    if not there:
        return
    one = there[number % len(there)]
    if what == "delete":
        part.remove(one["id"])
    else:
        bodies = EDITS[kind]
        part.change(one["id"], bodies[number % len(bodies)])


def see(mautic, owned):
    return plan(WANTED, read(mautic, WANTED, owned), owned)


def take_over_what_is_in_the_way(mautic, owned):
    for problem in see(mautic, owned).problems:
        assert problem.adopt, problem
        have = candidate(mautic, WANTED, owned, problem.key)
        adopt(mautic, have, owned)


def run(mautic, owned):
    take_over_what_is_in_the_way(mautic, owned)
    return list(apply(see(mautic, owned), mautic, owned))


def killed_run(mautic, owned, calls, *, sent):
    """Run until the process dies around a call; what it knew of its store stays."""
    session = mautic.session
    made = see(mautic, owned)
    if made.problems:
        return
    mautic.session = Dying(session, calls, sent=sent)
    try:
        list(apply(made, mautic, owned))
    finally:
        mautic.session = session


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    before=ACTS,
    was_applied=st.booleans(),
    after=ACTS,
    calls=st.integers(0, 60),
    sent=st.booleans(),
    is_lost=st.booleans(),
)
def test_a_plan_after_an_apply_is_empty(  # noqa: PLR0917 -- hypothesis names them
    mautic, before, was_applied, after, calls, sent, is_lost
):
    clean(mautic)
    owned = MemoryOwned()
    for one in before:
        act(mautic, *one)
    if was_applied:
        run(mautic, owned)
    for one in after:
        act(mautic, *one)
    killed_run(mautic, owned, calls, sent=sent)
    owned = MemoryOwned() if is_lost else owned

    results = run(mautic, owned)

    assert [one.message for one in results if one.outcome is not Outcome.DONE] == []
    assert see(mautic, owned).is_empty
    assert twice(mautic) == []


def twice(mautic):
    """Names of ours that are there more than once."""
    found = [
        *(f"field {one['alias']}" for one in mautic.fields.everything()),
        *(f"tag {one['tag']}" for one in mautic.tags.everything()),
        *(f"segment {one['alias']}" for one in mautic.segments.everything()),
    ]
    return sorted({name for name in found if found.count(name) > 1})
