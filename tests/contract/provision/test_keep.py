"""Drift told field by field, and what marketers may own, against the look-alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.mappings.provisioned import CampaignStep, Keep
from plugin.provision import render
from plugin.provision.apply import Outcome, apply
from plugin.provision.plan import plan
from plugin.provision.read import read
from plugin.provision.resources import Key, Kind, MemoryOwned
from tests.unit.provision import samples

from .conftest import NOW

CAMPAIGN = Key(Kind.CAMPAIGN, "do")
MAIL = CampaignStep(
    name="Mail", type="email.send", properties={"email": "Welkom"}, wait_days=3
)
CLICK = CampaignStep(name="Klik", type="email.click", properties={})
TAG = CampaignStep(
    name="Label", type="lead.changetags", properties={"add_tags": ["x"]}, path="yes"
)
ALL = frozenset({Keep.EMAILS, Keep.WAITS, Keep.LAYOUT})


@pytest.fixture
def owned():
    return MemoryOwned()


@pytest.fixture
def emails(mautic):
    body = {"subject": "x", "emailType": "template", "customHtml": "<p>x</p>"}
    return [
        mautic.emails.make(body | {"name": name})["id"] for name in ("Welkom", "Eigen")
    ]


def wanted(keep=frozenset(), *more):
    campaign = samples.campaign(Phase.DO, MAIL, CLICK, TAG, *more, keep=keep)
    whole = samples.wanted(campaigns=(campaign,))
    return {key: one for key, one in whole.items() if key.kind is not Kind.HOOK}


def see(mautic, wish, owned):
    return plan(wish, read(mautic, wish, owned), owned)


def bring_about(mautic, wish, owned):
    results = list(apply(see(mautic, wish, owned), mautic, owned))
    assert [one.message for one in results if one.outcome is not Outcome.DONE] == []


def the_campaign(mautic):
    (one,) = mautic.campaigns.everything()
    return one


@pytest.fixture
def by_hand(mautic, owned, emails):
    """A marketer chose another e-mail, waits longer, renamed a step and added one."""
    bring_about(mautic, wanted(), owned)
    raw = the_campaign(mautic)
    events = {one["name"]: one for one in raw["events"]}
    events["Mail"] |= {"triggerInterval": 5, "triggerIntervalUnit": "h"}
    events["Mail"]["properties"] |= {"email": str(emails[1]), "buttons": {"x": 1}}
    events["Label"]["name"] = "Etiket"
    extra = {
        "id": "new_9",
        "name": "Punten",
        "type": "lead.changepoints",
        "eventType": "action",
        "properties": {"points": 5},
    }
    line = {
        "sourceId": str(events["Label"]["id"]),
        "targetId": "new_9",
        "anchors": {"source": "bottom", "target": "top"},
    }
    canvas = raw["canvasSettings"]
    canvas["connections"].append(line)
    canvas["nodes"].append({"id": "new_9", "positionX": "7", "positionY": "8"})
    body = {
        "name": raw["name"],
        "description": raw["description"],
        "allowRestart": True,
        "lists": raw["lists"],
        "events": [*raw["events"], extra],
        "canvasSettings": canvas,
    }
    return mautic.campaigns.replace(raw["id"], body)


def test_drift_is_told_step_by_step_and_field_by_field(mautic, owned, by_hand):
    told = render.as_text(see(mautic, wanted(), owned)).splitlines()

    assert "~ campaign do (update: was changed by hand in Mautic)" in told
    assert '      ~ Mail, wait: "5 h" -> "3 d"' in told
    assert any(line.startswith("      ~ Mail, properties:") for line in told)
    assert '      ~ Etiket, name: "Etiket" -> "Label"' in told
    assert "      - Punten [lead.changepoints]" in told
    assert "<br>- Punten" in render.as_markdown(see(mautic, wanted(), owned))


def test_what_is_the_marketers_is_no_drift(mautic, owned, by_hand):
    made = see(mautic, wanted(ALL), owned)

    assert made.is_empty
    (kept,) = made.kept
    assert (kept.key, [one.name for one in kept.attributes]) == (CAMPAIGN, ["steps"])
    assert "steps as the marketer has it (keep)" in render.as_text(made)


@pytest.mark.parametrize(
    ("keep", "left"),
    [(Keep.WAITS, "wait"), (Keep.EMAILS, "properties"), (Keep.LAYOUT, "name")],
)
def test_only_what_is_kept_is_left_alone(mautic, owned, by_hand, keep, left):
    told = render.as_text(see(mautic, wanted(frozenset({keep})), owned))

    shown = {name for name in ("wait", "properties", "name") if f", {name}: " in told}
    assert shown == {"wait", "properties", "name"} - {left}


def test_an_update_repeats_what_is_the_marketers(mautic, owned, by_hand, emails):
    more = CampaignStep(
        name="Later", type="lead.changetags", properties={}, wait_days=7
    )
    wish = wanted(ALL, more)

    bring_about(mautic, wish, owned)

    before = {one["name"]: one for one in by_hand["events"]}
    after = {one["name"]: one for one in the_campaign(mautic)["events"]}
    assert after.keys() == {*before, "Later"}
    for name, event in before.items():
        assert after[name]["id"] == event["id"]
    assert after["Mail"]["properties"]["email"] == str(emails[1])
    assert after["Mail"]["properties"]["buttons"] == {"x": 1}, "what builders leave"
    assert (after["Mail"]["triggerInterval"], after["Mail"]["triggerIntervalUnit"]) == (
        5,
        "h",
    )
    assert after["Punten"]["parent"]["name"] == "Etiket"
    nodes = {one["id"]: one for one in the_campaign(mautic)["canvasSettings"]["nodes"]}
    assert nodes[str(after["Punten"]["id"])]["positionX"] == "7"
    assert see(mautic, wish, owned).is_empty


def test_a_segments_conditions_can_be_the_marketers(mautic, owned):
    own = {
        "glue": "and",
        "object": "lead",
        "field": "email",
        "type": "email",
        "operator": "!empty",
    }
    keeping = tuple(
        replace(one, keep=frozenset({Keep.FILTERS, Keep.NAME}))
        for one in samples.SEGMENTS
    )
    wish = samples.wanted(segments=keeping)
    bring_about(mautic, wish, owned)
    segment = next(
        one for one in mautic.segments.everything() if one["alias"] == "stdc-do"
    )
    filters = [*segment["filters"], own]
    mautic.segments.change(segment["id"], {"name": "Heet", "filters": filters})

    made = see(mautic, wish, owned)

    assert made.is_empty
    assert [str(one.key) for one in made.kept] == ["segment stdc-do"]
    assert not see(mautic, samples.wanted(), owned).is_empty


def test_who_waits_in_a_running_campaign_goes_on_waiting(
    sandbox, mautic, owned, emails
):
    wish = wanted()
    bring_about(mautic, wish, owned)
    campaign = the_campaign(mautic)
    mautic.campaigns.change(campaign["id"], {"isPublished": True})
    mautic.emails.change(emails[0], {"isPublished": True})
    contact = mautic.contacts.make({"email": "w@kandidaat.example", "stdc_phase": "do"})
    sandbox.cron()
    (waiting,) = _log(sandbox, contact)
    assert waiting["is_scheduled"]
    renamed = (
        replace(MAIL, name="Brief"),
        replace(CLICK, after="Brief"),
        TAG,
    )
    changed = samples.wanted(campaigns=(samples.campaign(Phase.DO, *renamed),))
    changed = {key: one for key, one in changed.items() if key.kind is not Kind.HOOK}

    bring_about(mautic, changed, owned)
    before, sandbox.state.clock = sandbox.state.clock, lambda: NOW + timedelta(days=4)
    sandbox.cron()
    sandbox.state.clock = before

    (row,) = _log(sandbox, contact)
    assert row["id"] == waiting["id"], "the same wait, neither begun again nor lost"
    assert not row["is_scheduled"], "and it ended"
    assert next(one["name"] for one in the_campaign(mautic)["events"]) == "Brief"
    mautic.contacts.remove(contact["id"])


def _log(sandbox, contact):
    rows = sandbox.state.logs["campaign_lead_event_log"]
    return [row for row in rows if row["lead_id"] == contact["id"]]
