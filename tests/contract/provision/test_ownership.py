"""Taking things over, and taking ours away, against the look-alike."""

import pytest

from plugin.errors import Rejected
from plugin.provision import adopt as adopting
from plugin.provision.apply import Outcome, apply
from plugin.provision.destroy import destroy, removals, survey
from plugin.provision.plan import Limit, TooMuchChange, plan
from plugin.provision.read import read
from plugin.provision.resources import Key, Kind, MemoryOwned
from tests.unit.provision import samples

DO = Key(Kind.SEGMENT, "stdc-do")


@pytest.fixture
def owned():
    return MemoryOwned()


@pytest.fixture
def wanted():
    return samples.wanted()


def see(mautic, wanted, owned):
    return plan(wanted, read(mautic, wanted, owned), owned)


def bring_about(mautic, wanted, owned):
    results = list(apply(see(mautic, wanted, owned), mautic, owned))
    assert [one.message for one in results if one.outcome is not Outcome.DONE] == []


def take_over(mautic, wanted, owned, key, remote_id=None):
    have = adopting.candidate(mautic, wanted, owned, key, remote_id)
    adopting.adopt(mautic, have, owned)
    return have


def everything(mautic):
    parts = (
        mautic.tags,
        mautic.stages,
        mautic.categories,
        mautic.segments,
        mautic.campaigns,
        mautic.hooks,
    )
    found = {(part.one, one["id"]): one for part in parts for one in part.everything()}
    fields = mautic.fields.everything()
    return found | {("field", one["id"]): one for one in fields if not one["isFixed"]}


def test_what_stands_in_the_way_is_taken_over(mautic, wanted, owned):
    made = mautic.segments.make(
        {"name": "Hot", "alias": "stdc-do", "description": "Of old", "filters": []}
    )
    assert see(mautic, wanted, owned).problems

    have = take_over(mautic, wanted, owned, DO)
    bring_about(mautic, wanted, owned)

    assert have.remote_id == made["id"]
    changes = adopting.would_change(wanted[DO], have)
    assert [one.name for one in changes] == ["name", "filters"]
    assert see(mautic, wanted, owned).is_empty
    after = mautic.segments.read(made["id"])
    assert after["filters"][0]["properties"]["filter"] == "do"


def test_a_campaign_of_another_name_is_taken_over_by_id(mautic, wanted, owned):
    segment = mautic.segments.make({"name": "Everybody", "filters": []})
    line = {
        "sourceId": "lists",
        "targetId": "new1",
        "anchors": {"source": "leadsource", "target": "top"},
    }
    event = {
        "id": "new1",
        "name": "Hello",
        "type": "lead.changepoints",
        "eventType": "action",
        "properties": {"points": 1},
    }
    made = mautic.campaigns.make(
        {
            "name": "Nurture",
            "lists": [{"id": segment["id"]}],
            "events": [event],
            "canvasSettings": {"nodes": [], "connections": [line]},
        }
    )
    key = Key(Kind.CAMPAIGN, "think")

    take_over(mautic, wanted, owned, key, made["id"])
    before = mautic.campaigns.read(made["id"])
    bring_about(mautic, wanted, owned)

    assert before["description"] == "[stdc:think]"
    assert [one["name"] for one in before["events"]] == ["Hello"], "only marked so far"
    after = mautic.campaigns.read(made["id"])
    assert after["name"] == "STDC - Think"
    assert [one["alias"] for one in after["lists"]] == ["stdc-think"]


def test_what_cannot_be_taken_over_is_said(mautic, wanted, owned):
    with pytest.raises(Rejected, match="nothing of that name"):
        take_over(mautic, wanted, owned, DO)
    with pytest.raises(Rejected, match="Mautic has no segment with id 9999"):
        take_over(mautic, wanted, owned, DO, 9999)
    field = mautic.fields.make({"label": "Other", "alias": "other", "type": "text"})
    with pytest.raises(Rejected, match="is called 'other'"):
        take_over(mautic, wanted, owned, Key(Kind.FIELD, "stdc_reason"), field["id"])
    bring_about(mautic, wanted, owned)
    with pytest.raises(Rejected, match="is ours already"):
        take_over(mautic, wanted, owned, DO)


def test_everything_of_ours_goes_and_nothing_else(mautic, wanted, owned):
    mautic.tags.make({"tag": "theirs"})
    mautic.segments.make({"name": "Theirs", "alias": "theirs", "filters": []})
    before = everything(mautic)
    bring_about(mautic, wanted, owned)

    results = list(destroy(removals(survey(mautic, wanted, owned)), mautic, owned))

    assert {one.message for one in results} == {""}
    assert everything(mautic).keys() == before.keys()
    assert owned.list() == ()


def test_everything_of_ours_is_found_when_our_store_was_lost(mautic, wanted, owned):
    before = everything(mautic)
    bring_about(mautic, wanted, owned)

    things = survey(mautic, wanted, MemoryOwned())
    list(destroy(removals(things), mautic, owned))

    assert everything(mautic).keys() == before.keys()


def test_what_others_use_stays(mautic, wanted, owned):
    bring_about(mautic, wanted, owned)
    segment = next(
        one for one in mautic.segments.everything() if one["alias"] == "stdc-do"
    )
    email = {
        "name": "Theirs",
        "subject": "x",
        "emailType": "list",
        "lists": [segment["id"]],
        "customHtml": "<p>{contactfield=stdc_reason}</p>",
    }
    made = mautic.emails.make(email)

    planned = removals(survey(mautic, wanted, owned))
    list(destroy(planned, mautic, owned))

    staying = {str(one.key) for one in planned if one.users}
    assert staying == {"segment stdc-do", "field stdc_phase", "field stdc_reason"}
    assert mautic.segments.read(segment["id"])
    mautic.emails.remove(made["id"])
    list(destroy(removals(survey(mautic, wanted, owned)), mautic, owned))
    assert mautic.segments.read(segment["id"]) is None


def test_an_id_that_went_to_somebody_else_is_not_ours(mautic, wanted, owned):
    theirs = mautic.segments.make({"name": "Theirs", "alias": "theirs", "filters": []})
    owned.put("segment", "stdc-gone", theirs["id"], "")

    assert removals(survey(mautic, wanted, owned)) == ()


def test_more_changes_than_allowed_are_refused_before_anything_is_sent(
    mautic, wanted, owned
):
    bring_about(mautic, wanted, owned)
    for stage in mautic.stages.everything():
        mautic.stages.change(stage["id"], {"weight": 99})
    drift = see(mautic, wanted, owned)

    with pytest.raises(TooMuchChange, match=f"changes 4 of the {len(wanted)} things"):
        apply(drift, mautic, owned, limit=Limit(share=0.1, least=2))

    assert {one["weight"] for one in mautic.stages.everything()} == {99}
    assert list(apply(drift, mautic, owned, limit=Limit(share=0.1, least=5)))
    assert see(mautic, wanted, owned).is_empty


def test_a_first_setup_is_never_too_much(mautic, wanted, owned):
    limit = Limit(share=0, least=0)

    assert list(apply(see(mautic, wanted, owned), mautic, owned, limit=limit))
