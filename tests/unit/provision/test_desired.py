from dataclasses import replace

import pytest

from plugin.errors import Misconfigured
from plugin.mappings.model import Fields, Phase
from plugin.mappings.provisioned import CampaignStep
from plugin.provision.desired import desired
from plugin.provision.resources import Key, Kind, Secret, marked_as

from . import samples


def test_everything_a_marketer_needs_is_wanted():
    names = {kind: set() for kind in Kind}
    for key in samples.wanted():
        names[key.kind].add(key.name)

    assert "stdc_phase" in names[Kind.FIELD]
    assert names[Kind.TAG] == {
        *(f"stdc-{phase}" for phase in Phase),
        "interest-security",
        "interest-cloud",
        "stdc-rising",
        "stdc-hand-over",
        "stdc-not-now",
    }
    assert names[Kind.STAGE] == {"see", "think", "do", "care"}
    assert names[Kind.SEGMENT] == {f"stdc-{phase}" for phase in Phase}
    assert names[Kind.CAMPAIGN] == {"see", "think", "do", "care"}
    assert names[Kind.HOOK] == {"hook"}


def test_no_visitor_may_set_our_fields():
    fields = [one for key, one in samples.wanted().items() if key.kind is Kind.FIELD]

    assert all(one.attributes["public"] is False for one in fields)


def test_options_come_from_phases_and_topics():
    wanted = samples.wanted()

    phase = wanted[Key(Kind.FIELD, "stdc_phase")].attributes
    interests = wanted[Key(Kind.FIELD, "stdc_interests")].attributes
    consent = wanted[Key(Kind.FIELD, "stdc_consent")].attributes

    assert [value for value, _ in phase["options"]] == ["see", "think", "do", "care"]
    assert interests["options"] == [["security", "Beveiliging"], ["cloud", "cloud"]]
    assert consent["options"] == [["0", "Nee"], ["1", "Ja"]]


@pytest.mark.parametrize(("language", "label"), [("nl", ""), ("en", " (en)")])
def test_labels_are_in_the_chosen_language(language, label):
    found = desired(
        samples.mappings(), webhook_url="u", webhook_secret="s", language=language
    )

    field = found[Key(Kind.FIELD, "stdc_score")]
    assert field.attributes["label"] == f"STDC score{label}"


def test_what_has_a_description_carries_our_mark():
    for key, one in samples.wanted().items():
        if "description" in one.attributes:
            assert marked_as(one.attributes["description"]) == key.name


def test_a_segment_filters_on_the_phase_field():
    (condition,) = samples.wanted()[Key(Kind.SEGMENT, "stdc-do")].attributes["filters"]

    assert condition["field"] == "stdc_phase"
    assert condition["filter"] == "do"


def test_a_campaign_says_published_only_when_the_mapping_does():
    one, other = (
        samples.wanted(campaigns=(samples.campaign(Phase.DO, publish=publish),))
        for publish in (True, False)
    )

    assert one[Key(Kind.CAMPAIGN, "do")].attributes["published"] is True
    assert "published" not in other[Key(Kind.CAMPAIGN, "do")].attributes


def test_a_campaign_refers_to_what_it_needs():
    step = CampaignStep(name="Mail", type="email.send", properties={"email": "Podcast"})
    bare = CampaignStep(name="Mail 2", type="email.send", properties={"email": 7})

    made = samples.wanted(campaigns=(samples.campaign(Phase.SEE, step, bare),))
    campaign = made[Key(Kind.CAMPAIGN, "see")]

    assert campaign.references == {
        Key(Kind.SEGMENT, "stdc-see"),
        Key(Kind.EMAIL, "Podcast"),
    }
    sent = [one["properties"] for one in campaign.attributes["steps"]]
    assert [one["email"] for one in sent] == ["Podcast", "#7"]
    assert {one["email_type"] for one in sent} == {"marketing"}


def test_a_step_below_a_decision_hangs_on_its_yes():
    steps = (
        CampaignStep(name="Open", type="email.open", properties={}),
        CampaignStep(
            name="Tag", type="lead.changetags", properties={"add_tags": ["x"]}
        ),
    )

    made = samples.wanted(campaigns=(samples.campaign(Phase.SEE, *steps),))
    first, second = made[Key(Kind.CAMPAIGN, "see")].attributes["steps"]

    assert (first["event"], first["after"], first["path"]) == ("decision", "", "")
    assert (second["event"], second["after"], second["path"]) == (
        "action",
        "Open",
        "yes",
    )


def test_all_that_cannot_be_made_is_told_at_once():
    long = replace(samples.FIELDS.fields[1], alias="stdc_" + "x" * 30)
    twice = samples.FIELDS.fields[2]
    odd = samples.campaign(
        Phase.SEE,
        CampaignStep(name="A", type="stage.change", properties={"stage": "nosuch"}),
        CampaignStep(name="A", type="stage.change", properties={"stage": "see"}),
    )

    with pytest.raises(Misconfigured) as caught:
        samples.wanted(
            fields=Fields(fields=(long, twice, twice)),
            campaigns=(odd, replace(odd, key="empty", steps=())),
        )

    told = "\n".join(caught.value.problems)
    for words in (
        "field stdc_reason: named more than once",
        "segment stdc-see needs a field that shows it",
        "cuts an alias at 25",
        "two steps are called 'A'",
        "refers to stage nosuch",
        "campaign empty: has no steps",
    ):
        assert words in told


def test_the_secret_is_kept_out_of_sight():
    hook = samples.wanted()[Key(Kind.HOOK, "hook")]

    assert hook.attributes["secret"] == Secret(samples.SECRET)
    assert hook.attributes["secret"] != Secret("another")
    assert samples.SECRET not in repr(hook)
