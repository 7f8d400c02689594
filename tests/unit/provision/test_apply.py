from datetime import UTC, datetime

import pytest

from plugin.mappings.model import Phase
from plugin.mautic.auth import BasicAuth
from plugin.mautic.client import Mautic
from plugin.provision.adopt import adopt
from plugin.provision.apply import Outcome, StalePlan, apply
from plugin.provision.plan import NotOurs, plan
from plugin.provision.read import read
from plugin.provision.resources import Existing, Key, Kind, MemoryOwned, Resource
from tests.unit.mautic.exchanges import Replay, recorded

from . import samples

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOOK = Key(Kind.HOOK, "hook")


@pytest.fixture
def replay(httpserver):
    made = Replay(httpserver)
    yield made
    httpserver.check()


@pytest.fixture
def mautic(httpserver):
    auth = BasicAuth(username="stdc", password="invented")
    with Mautic(httpserver.url_for(""), auth, clock=lambda: NOW) as client:
        yield client


@pytest.fixture
def owned():
    return MemoryOwned()


def only(*keys):
    return {key: one for key, one in samples.wanted().items() if key in keys}


def hook(**changes):
    raw = recorded("005-hooks-new").answer["hook"]
    return (
        raw
        | {
            "id": 3,
            "name": "STDC",
            "description": "Meldt aan STDC wat contacten doen. [stdc:hook]",
            "webhookUrl": samples.URL,
            "secret": samples.SECRET,
            "triggers": list(samples.wanted()[HOOK].attributes["triggers"]),
        }
        | changes
    )


def test_a_hook_is_published_by_an_edit_of_its_own(mautic, replay, owned):
    """A hook that was never edited dies on its first failed delivery."""
    replay.handler("POST", "/api/hooks/new").respond_with_json(
        {"hook": hook(isPublished=False)}, status=201
    )
    replay.handler("PATCH", "/api/hooks/3/edit").respond_with_json({"hook": hook()})
    replay.handler("GET", "/api/hooks/3").respond_with_json({"hook": hook()})

    (result,) = apply(plan(only(HOOK), {}, owned), mautic, owned)

    assert result.outcome is Outcome.DONE
    made, published = replay.bodies()
    assert made["isPublished"] is False
    assert made["secret"] == samples.SECRET
    assert published == {"isPublished": True}
    assert owned.get("hook", "hook").remote_id == 3


def test_a_trigger_is_taken_away_with_the_secret_in_the_request(mautic, replay, owned):
    """Only PUT removes triggers, and without the secret it would make a new one."""
    extra = hook(triggers=[*hook()["triggers"], "mautic.sms_on_send"])
    replay.handler("GET", "/api/hooks").respond_with_json({"hooks": {"3": extra}})
    existing = read(mautic, only(HOOK), owned)
    replay.handler("GET", "/api/hooks/3").respond_with_json({"hook": extra})
    replay.handler("PUT", "/api/hooks/3/edit").respond_with_json({"hook": hook()})
    replay.handler("GET", "/api/hooks/3").respond_with_json({"hook": hook()})

    (result,) = apply(plan(only(HOOK), existing, owned), mautic, owned)

    assert result.outcome is Outcome.DONE
    (body,) = replay.bodies()
    assert body["secret"] == samples.SECRET
    assert body["triggers"] == sorted(hook()["triggers"])


def test_a_put_never_makes_anew_what_was_deleted_meanwhile(mautic, replay, owned):
    extra = hook(triggers=[*hook()["triggers"], "mautic.sms_on_send"])
    replay.handler("GET", "/api/hooks").respond_with_json({"hooks": {"3": extra}})
    existing = read(mautic, only(HOOK), owned)
    replay.handler("GET", "/api/hooks/3").respond_with_json(
        {"errors": [{"code": 404, "message": "Item was not found."}]}, status=404
    )

    (result,) = apply(plan(only(HOOK), existing, owned), mautic, owned)

    assert "deleted since the plan" in result.message


def test_what_was_taken_over_is_ours(mautic, replay, owned):
    theirs = hook(id=8, description="made by hand")
    replay.handler("GET", "/api/hooks").respond_with_json({"hooks": [theirs]})
    existing = read(mautic, only(HOOK), owned)

    replay.handler("PATCH", "/api/hooks/8/edit").respond_with_json({"hook": theirs})
    adopt(mautic, existing[HOOK], owned)

    (_, patch) = replay.requests
    assert patch.json == {"description": "made by hand [stdc:hook]"}

    made = plan(only(HOOK), existing, owned)
    assert made.problems == ()
    assert [one.key for one in made.changes] == [HOOK]


def test_only_what_differs_is_sent(mautic, replay, owned):
    replay.handler("GET", "/api/hooks").respond_with_json(
        {"hooks": [hook(isPublished=False, secret="changed by hand")]}
    )
    existing = read(mautic, only(HOOK), owned)
    replay.handler("PATCH", "/api/hooks/3/edit").respond_with_json({"hook": hook()})
    replay.handler("GET", "/api/hooks/3").respond_with_json({"hook": hook()})

    list(apply(plan(only(HOOK), existing, owned), mautic, owned))

    assert replay.bodies() == [{"isPublished": True, "secret": samples.SECRET}]


def test_a_field_that_mautic_calls_otherwise_is_taken_back(mautic, replay, owned):
    wanted = only(Key(Kind.FIELD, "stdc_score"))
    replay.expect("025-fields-contact-new-reserved")
    replay.handler("DELETE", "/api/fields/contact/52/delete").respond_with_json({})

    (result,) = apply(plan(wanted, {}, owned), mautic, owned)

    assert result.outcome is Outcome.FAILED
    assert "Mautic would call it 'id1'" in result.message
    assert owned.list() == ()


def test_what_needs_a_failed_thing_is_skipped_and_the_rest_goes_on(
    mautic, httpserver, owned
):
    field, segment = Key(Kind.FIELD, "stdc_phase"), Key(Kind.SEGMENT, "stdc-see")
    tag = Key(Kind.TAG, "stdc-see")
    httpserver.expect_request("/api/fields/contact/new").respond_with_json(
        {"errors": [{"code": 400, "message": "label: too odd"}]}, status=400
    )
    answer = {"tag": {"id": 1, "tag": "stdc-see", "description": "[stdc:stdc-see]"}}
    httpserver.expect_request("/api/tags/new").respond_with_json(answer, status=201)
    httpserver.expect_request("/api/tags/1").respond_with_json(answer)

    results = list(apply(plan(only(field, segment, tag), {}, owned), mautic, owned))

    told = {result.change.key: (result.outcome, result.message) for result in results}
    assert told[field][0] is Outcome.FAILED
    assert "label: too odd" in told[field][1]
    assert told[tag][0] is Outcome.DONE
    assert told[segment] == (
        Outcome.SKIPPED,
        "needs field stdc_phase, which failed",
    )


def test_when_mautic_cannot_be_reached_nothing_more_is_tried(mautic, httpserver, owned):
    httpserver.expect_request("/api/tags/new").respond_with_data(status=503)
    tags = only(*(Key(Kind.TAG, f"stdc-{phase}") for phase in Phase))

    results = list(apply(plan(tags, {}, owned), mautic, owned))

    assert [one.outcome for one in results] == [
        Outcome.FAILED,
        *[Outcome.SKIPPED] * 3,
    ]
    assert len(httpserver.log) == 1


def test_a_value_that_mautic_did_not_keep_is_told(mautic, replay, owned):
    stage = Key(Kind.STAGE, "see")
    answer = {"stage": {"id": 1, "name": "See", "weight": 10, "isPublished": True}}
    replay.handler("POST", "/api/stages/new").respond_with_json(answer)
    replay.handler("GET", "/api/stages/1").respond_with_json(answer)

    (result,) = apply(plan(only(stage), {}, owned), mautic, owned)

    assert result.outcome is Outcome.FAILED
    assert "kept another value for: description" in result.message
    assert owned.get("stage", "see").remote_id == 1, "it is ours all the same"


def test_only_the_plan_that_was_seen_is_done(mautic, httpserver, owned):
    made = plan(only(HOOK), {}, owned)

    with pytest.raises(StalePlan, match=made.checksum):
        apply(made, mautic, owned, checksum="another")

    assert httpserver.log == []


def test_nothing_is_done_while_something_is_in_the_way(mautic, httpserver, owned):
    wanted = only(HOOK, Key(Kind.STAGE, "see"))
    theirs = Existing(key=Key(Kind.STAGE, "see"), attributes={}, remote_id=1)

    with pytest.raises(NotOurs, match="stage see"):
        apply(plan(wanted, {theirs.key: theirs}, owned), mautic, owned)

    assert httpserver.log == []


def test_what_the_store_forgot_is_remembered_again(mautic, replay, owned):
    replay.handler("GET", "/api/hooks").respond_with_json({"hooks": [hook()]})
    existing = read(mautic, only(HOOK), owned)
    made = plan(only(HOOK), existing, owned)

    assert made.is_empty
    assert list(apply(made, mautic, owned)) == []
    assert owned.get("hook", "hook").remote_id == 3


def test_a_renamed_thing_is_found_by_its_mark(mautic, replay, owned):
    replay.handler("GET", "/api/hooks").respond_with_json(
        {"hooks": [hook(id=8, name="x", description="", webhookUrl="http://y.example")]}
    )
    replay.handler("GET", "/api/hooks").respond_with_json(
        {"hooks": [hook(id=9, name="Renamed", webhookUrl="http://x.example/")]}
    )

    assert read(mautic, only(HOOK), owned) == {}
    assert read(mautic, only(HOOK), owned)[HOOK].remote_id == 9


def test_ours_is_preferred_to_a_namesake(mautic, replay, owned):
    theirs = hook(id=8, description="made by hand")
    replay.handler("GET", "/api/hooks").respond_with_json({"hooks": [theirs, hook()]})

    assert read(mautic, only(HOOK), owned)[HOOK].remote_id == 3


def test_an_unmarked_namesake_is_ours_only_by_the_remembered_id(mautic, replay, owned):
    theirs = hook(id=8, description="made by hand")
    replay.handler("GET", "/api/hooks").respond_with_json({"hooks": [theirs]})
    existing = read(mautic, only(HOOK), owned)

    assert plan(only(HOOK), existing, owned).problems
    owned.put("hook", "hook", 8, "")
    assert not plan(only(HOOK), existing, owned).problems


def test_the_emails_that_campaigns_name_are_looked_up(mautic, replay, owned):
    wanted = {
        Key(Kind.CAMPAIGN, "see"): Resource(
            key=Key(Kind.CAMPAIGN, "see"),
            attributes={"name": "x"},
            references=frozenset({Key(Kind.EMAIL, "CatMail")}),
        )
    }
    replay.expect("q5-get-emails-list")
    replay.handler("GET", "/api/campaigns").respond_with_json({"campaigns": []})

    found = read(mautic, wanted, owned)

    assert found[Key(Kind.EMAIL, "CatMail")].remote_id == 3


def test_nothing_wanted_means_nothing_asked(mautic, httpserver, owned):
    assert read(mautic, {}, owned) == {}
    assert httpserver.log == []
