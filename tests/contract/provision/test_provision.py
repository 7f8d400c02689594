"""The client and `apply` against the look-alike of Mautic, with all its quirks."""

import pytest

from plugin.errors import Retryable
from plugin.mappings.model import Phase
from plugin.mappings.provisioned import CampaignStep
from plugin.mautic.client import Mautic
from plugin.provision import render
from plugin.provision.apply import Outcome, apply
from plugin.provision.plan import plan
from plugin.provision.read import read
from plugin.provision.resources import Key, Kind, MemoryOwned
from tests.unit.provision import samples

from .conftest import clean

CAMPAIGN = Key(Kind.CAMPAIGN, "do")


def see(mautic, wanted, owned):
    return plan(wanted, read(mautic, wanted, owned), owned)


def bring_about(mautic, wanted, owned):
    results = list(apply(see(mautic, wanted, owned), mautic, owned))
    failed = [one.message for one in results if one.outcome is not Outcome.DONE]

    assert failed == []
    return results


@pytest.fixture
def owned():
    return MemoryOwned()


@pytest.fixture
def wanted():
    return samples.wanted()


@pytest.fixture
def applied(mautic, wanted, owned):
    bring_about(mautic, wanted, owned)
    return mautic


def names(mautic: Mautic):
    """Everything in Mautic that could have been made twice."""
    return sorted(
        [
            *(one["alias"] for one in mautic.fields.everything() if not one["isFixed"]),
            *(one["tag"] for one in mautic.tags.everything()),
            *(one["name"] for one in mautic.stages.everything()),
            *(one["alias"] for one in mautic.segments.everything()),
            *(one["name"] for one in mautic.campaigns.everything()),
            *(one["name"] for one in mautic.hooks.everything()),
        ]
    )


def test_a_second_plan_is_empty(applied, wanted, owned):
    assert render.as_text(see(applied, wanted, owned)) == render.EMPTY


def test_a_second_plan_is_empty_when_our_store_was_lost(applied, wanted):
    owned = MemoryOwned()
    again = see(applied, wanted, owned)

    assert render.as_text(again) == render.EMPTY
    assert list(apply(again, applied, owned)) == []
    # Tags are shared: without a store nobody can tell whose they are, or need to.
    assert len(owned.list()) >= len(wanted) - 6


def test_the_hook_may_fail_once_without_being_switched_off(applied):
    (hook,) = applied.hooks.everything()

    assert hook["isPublished"]
    assert hook["dateModified"] is not None
    assert hook["secret"] == samples.SECRET
    assert set(hook["triggers"]) <= applied.hooks.triggers()


def test_campaigns_start_from_their_segment_and_wait_for_the_marketer(applied):
    campaigns = {one["name"]: one for one in applied.campaigns.everything()}

    assert len(campaigns) == 4
    for phase in Phase:
        campaign = campaigns[f"STDC - {phase.label}"]
        assert not campaign["isPublished"]
        assert [one["alias"] for one in campaign["lists"]] == [f"stdc-{phase}"]
        first, second = campaign["events"]
        assert first["properties"]["add_tags"] == [f"in-{phase}"]
        assert (second["triggerMode"], second["triggerInterval"]) == ("interval", 3)


def test_an_update_of_a_campaign_keeps_its_events(applied, owned):
    (before,) = [
        one for one in applied.campaigns.everything() if one["name"] == "STDC - Do"
    ]
    applied.campaigns.change(before["id"], {"isPublished": True})
    more = CampaignStep(
        name="Nog een",
        type="lead.changetags",
        properties={"add_tags": ["later"]},
        wait_days=7,
    )
    steps = (*samples.campaign(Phase.DO).steps, more)
    wanted = samples.wanted(
        campaigns=(
            *(samples.campaign(one) for one in Phase if one is not Phase.DO),
            samples.campaign(Phase.DO, *steps),
        )
    )

    results = bring_about(applied, wanted, owned)

    assert [one.change.key for one in results] == [CAMPAIGN]
    after = applied.campaigns.read(before["id"])
    kept = [one["id"] for one in after["events"]][:2]
    assert kept == [one["id"] for one in before["events"]]
    assert len(after["events"]) == 3
    assert after["isPublished"], "publishing it was the marketer's choice"
    assert see(applied, wanted, owned).is_empty


def test_what_people_changed_is_shown_and_put_right(applied, wanted, owned):
    (hook,) = applied.hooks.everything()
    applied.hooks.change(hook["id"], {"triggers": ["mautic.sms_on_send"]})
    (segment,) = [
        one for one in applied.segments.everything() if one["alias"] == "stdc-do"
    ]
    applied.segments.change(segment["id"], {"name": "Hot!"})
    (stage,) = [one for one in applied.stages.everything() if one["name"] == "Do"]
    applied.stages.remove(stage["id"])

    drift = see(applied, wanted, owned)
    bring_about(applied, wanted, owned)

    told = {change.key: change.reason for change in drift.changes}
    # The campaign's step points to the stage that is gone.
    assert told == {
        Key(Kind.STAGE, "do"): "was deleted in Mautic",
        Key(Kind.SEGMENT, "stdc-do"): "was changed by hand in Mautic",
        CAMPAIGN: "was changed by hand in Mautic",
        Key(Kind.HOOK, "hook"): "was changed by hand in Mautic",
    }
    assert see(applied, wanted, owned).is_empty


def test_a_new_secret_reaches_mautic_and_no_screen(applied, owned):
    wanted = samples.wanted()
    old = read(applied, wanted, owned)
    newer = samples.wanted("the-next-one")
    made = plan(newer, old, owned)
    bring_about(applied, newer, owned)

    assert "the-next-one" not in render.as_text(made) + render.as_json(made)
    assert [one["secret"] for one in applied.hooks.everything()] == ["the-next-one"]


def test_what_others_made_stands_in_the_way_untouched(mautic, wanted, owned):
    mautic.segments.make({"name": "Mine", "alias": "stdc-do", "filters": []})
    mautic.tags.make({"tag": "stdc-do"})

    made = see(mautic, wanted, owned)

    assert [one.key for one in made.problems] == [Key(Kind.SEGMENT, "stdc-do")]
    assert [one["name"] for one in mautic.segments.everything()] == ["Mine"]


class Dying:
    """A session whose process dies around its n-th request."""

    def __init__(self, session, calls, *, sent):
        self._session = session
        self._left = calls
        self._sent = sent

    def __getattr__(self, name):
        method = getattr(self._session, name)

        def call(*args, **kwargs):
            self._left -= 1
            if self._left >= 0:
                return method(*args, **kwargs)
            if self._left == -1 and self._sent:
                method(*args, **kwargs)
            raise Retryable("gone")

        return call


def few(wanted):
    """One of each kind, so that every single call can be the last one."""
    keys = {
        Key(Kind.FIELD, "stdc_phase"),
        Key(Kind.TAG, "stdc-do"),
        Key(Kind.STAGE, "do"),
        Key(Kind.SEGMENT, "stdc-do"),
        CAMPAIGN,
        Key(Kind.HOOK, "hook"),
    }
    return {key: one for key, one in wanted.items() if key in keys}


def die(mautic, wanted, owned, calls, *, sent):
    made = see(mautic, wanted, owned)
    session = mautic.session
    mautic.session = Dying(session, calls, sent=sent)
    results = list(apply(made, mautic, owned))
    mautic.session = session
    return all(one.outcome is Outcome.DONE for one in results)


@pytest.mark.parametrize("sent", [True, False], ids=["answer-lost", "not-sent"])
@pytest.mark.parametrize("store", ["kept", "lost"])
def test_a_run_killed_at_any_call_is_finished_by_the_next(mautic, wanted, sent, store):
    wanted = few(wanted)
    whole = ["STDC", "STDC - Do", "Do", "stdc-do", "stdc-do", "stdc_phase"]
    for calls in range(50):
        clean(mautic)
        owned = MemoryOwned()
        was_whole = die(mautic, wanted, owned, calls, sent=sent)
        owned = owned if store == "kept" else MemoryOwned()

        bring_about(mautic, wanted, owned)

        assert see(mautic, wanted, owned).is_empty
        assert names(mautic) == sorted(whole), f"killed at call {calls}"
        if was_whole:
            assert calls > 10
            return
    pytest.fail("the run never came to its end")
