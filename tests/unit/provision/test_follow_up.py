"""What a campaign does after its own steps, and how it is drawn."""

from dataclasses import replace

import pytest

from plugin.errors import Misconfigured
from plugin.mappings.model import Phase
from plugin.mappings.provisioned import CampaignStep, FollowUp
from plugin.provision import render
from plugin.provision.drawing import layout
from plugin.provision.emails import category_of
from plugin.provision.plan import plan
from plugin.provision.resources import Key, Kind, MemoryOwned
from tests.golden.build import shipped

from . import samples

NOTHING = MemoryOwned()


def wanted(wish, *steps, phase=Phase.THINK, **changes):
    campaign = replace(samples.campaign(phase, *steps), follow_up=wish)
    return samples.wanted(campaigns=(campaign,), **changes)


def drawn(wish, *steps):
    made = wanted(wish, *steps)[Key(Kind.CAMPAIGN, "think")].attributes["steps"]
    return {one["name"]: one for one in made}


def hangs(steps):
    return {name: (one["after"], one["path"]) for name, one in steps.items()}


def test_by_interest_then_by_click():
    steps = hangs(drawn(FollowUp()))

    assert steps["Interesse Beveiliging?"] == ("Zet de fase", "")
    assert steps["Mail Beveiliging"] == ("Interesse Beveiliging?", "yes")
    assert steps["Klik in mail Beveiliging?"] == ("Mail Beveiliging", "")
    assert steps["Vervolg Beveiliging"] == ("Klik in mail Beveiliging?", "yes")
    assert steps["Nog eens na Beveiliging"] == ("Klik in mail Beveiliging?", "no")
    assert steps["Interesse cloud?"] == ("Interesse Beveiliging?", "no")
    assert steps["Mail algemeen"] == ("Interesse cloud?", "no")


def test_one_for_all_and_no_second_where_that_is_wanted():
    steps = drawn(FollowUp(interests=False, clicks=False))

    assert list(steps) == ["Markeer", "Zet de fase", "Mail algemeen"]


def test_a_follow_up_below_a_choice_takes_its_yes():
    choice = CampaignStep(name="Klik?", type="email.click", properties={})
    steps = hangs(drawn(FollowUp(interests=False, clicks=False), choice))

    assert steps["Mail algemeen"] == ("Klik?", "yes")


def test_waits_follow_the_rhythm_of_the_audience():
    mappings = shipped()
    campaign = next(one for one in mappings.campaigns if one.key == "think")
    wish = samples.desired(
        mappings, webhook_url="https://x.example", webhook_secret="x"
    )
    steps = wish[Key(Kind.CAMPAIGN, "think")].attributes["steps"]
    waits = {one["name"]: one["wait"] for one in steps}

    assert campaign.follow_up is not None
    it, legal = mappings.audiences["it-security"], mappings.audiences["legal"]
    for label, audience in (("Security", it), ("Juridisch", legal)):
        every = audience.cadence.every_days[Phase.THINK]
        assert waits[f"Mail {label}"] == f"{audience.cadence.gap_days} d"
        assert waits[f"Vervolg {label}"] == f"{every} d"
        assert waits[f"Nog eens na {label}"] == f"{2 * every} d"


def test_an_email_that_is_named_is_used_and_none_is_made():
    named = {"security": "Welkom", "general": "12", "next": "13", "cloud": "Wolk"}
    wish = wanted(FollowUp(emails=named))
    campaign = wish[Key(Kind.CAMPAIGN, "think")]
    sent = {
        one["name"]: one["properties"]["email"]
        for one in campaign.attributes["steps"]
        if one["type"] == "email.send"
    }

    assert sent["Mail Beveiliging"] == "Welkom"
    assert sent["Mail algemeen"] == "#12"
    assert sent["Vervolg cloud"] == "#13"
    assert [key for key in wish if key.kind is Kind.EMAIL] == []
    assert Key(Kind.EMAIL, "Welkom") in campaign.references


def test_an_email_for_nothing_is_told():
    with pytest.raises(Misconfigured, match="'cluod' in its emails is no topic"):
        wanted(FollowUp(emails={"cluod": "12"}))


@pytest.mark.parametrize(
    ("phase", "topic", "expected"),
    [
        (Phase.THINK, "cloud", "think-cloud"),
        (Phase.THINK, "", "think"),
        (Phase.CARE, "legal", "care-legal"),
    ],
)
def test_an_email_has_the_category_of_its_phase_and_topic(phase, topic, expected):
    assert category_of(shipped(), phase, topic) == expected


def test_an_email_without_a_category_for_it_is_made_without():
    wish = wanted(FollowUp(), content=samples.replace_rules())

    email = wish[Key(Kind.EMAIL, "think-general")]
    assert "category" not in email.attributes
    assert email.references == frozenset()


def test_a_plan_draws_the_branches():
    wish = wanted(FollowUp())
    made = plan({key: wish[key] for key in [Key(Kind.CAMPAIGN, "think")]}, {}, NOTHING)
    told = render.as_text(made)

    assert (
        """
      Interesse Beveiliging? [lead.tags]
        yes: Mail Beveiliging (after 3 d) [email.send]
        Klik in mail Beveiliging? [email.click]
          yes: Vervolg Beveiliging (after 14 d) [email.send]
        no: Nog eens na Beveiliging (after 28 d) [email.send]
      no: Interesse cloud? [lead.tags]
""".replace("(after 3 d) ", "")
        in told
    )
    assert "In short" not in told
    whole = render.as_text(plan(wish, {}, NOTHING))
    assert (
        "In short: field 7, tag 9, stage 4, email 4, segment 4, campaign 1, hook 1"
        in (whole)
    )


def test_no_two_steps_stand_on_each_other_and_each_below_its_own():
    steps = drawn(FollowUp()).values()
    places = layout(steps)

    assert len(set(places.values())) == len(places) == len(steps) + 1
    for step in steps:
        assert places[step["name"]][1] > places[step["after"]][1]
