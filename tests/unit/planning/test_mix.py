"""The own database beside the market; the numbers are checked by hand."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from plugin.mappings.audiences import Audience, Edge, Market, Prior
from plugin.mappings.model import Channel, Phase
from plugin.planning.mix import CHANNELS, UNKNOWN, Came, Group, markets

#: A Wednesday.
TODAY = date(2026, 11, 25)
MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
IT = Audience(
    key="it",
    label={"en": "IT", "nl": "IT'ers"},
    market=Market(
        size=1000, latent=0.29, active=0.06, source="a", measured_on=TODAY - 365 * DAY
    ),
    channels=(Channel.SOCIAL, Channel.SITE, Channel.EVENT),
    priors={Edge.DO_HIRE: Prior(conversion=0.2, median_days=30, source="own")},
)
LEGAL = Audience(key="legal")
AUDIENCES = {"it": IT, "legal": LEGAL}


def came(people, days=0, phase=Phase.SEE, channel="site", audiences=("it",)):
    """People who came so many days after this week's Monday."""
    return Came(
        on=MONDAY + days * DAY,
        audiences=audiences,
        phase=phase,
        channel=channel,
        people=people,
    )


GROUPS = [
    came(40, -400),
    came(10, -14, Phase.THINK),
    came(6, -8, Phase.DO, "social"),
    came(4, -7, Phase.CARE, None, ("it", "legal")),
    came(3, -1),
    came(2, 0),
    came(1, 2, channel="social"),
    came(5, 1, audiences=("gone",)),
    came(7, -1, audiences=()),
]


def mixes(groups=GROUPS, **more):
    found = markets(groups, AUDIENCES, TODAY, **more)
    return {one.key: one for one in (*found.audiences, found.outside)}


def test_everybody_is_counted_in_each_of_their_audiences_and_nobody_is_lost():
    found = markets(GROUPS, AUDIENCES, TODAY)

    assert (found.people, found.shared) == (78, 4)
    assert [(one.key, one.people, one.shared) for one in found.audiences] == [
        ("it", 66, 4),
        ("legal", 4, 4),
    ]
    # 7 of no audience, and 5 of one that audiences.toml does not name any more
    assert (found.outside.people, found.outside.shared) == (12, 0)
    assert found.outside.audience is None


def test_see_and_think_stand_beside_latent_and_do_beside_active():
    latent, active = mixes()["it"].parts

    # See 40 + 3 + 2 + 1, Think 10; Do 6; together 62 who can be won
    assert (latent.group, latent.own) == (Group.LATENT, 56)
    assert (active.group, active.own) == (Group.ACTIVE, 6)
    assert latent.own_share == pytest.approx(56 / 62)
    # 29 % and 6 % of 1000
    assert (latent.market, active.market) == (290, 60)
    assert latent.market_share == pytest.approx(290 / 350)
    assert latent.coverage == pytest.approx(56 / 290)
    assert active.coverage == pytest.approx(0.1)


def test_whoever_was_hired_counts_in_the_coverage_of_the_whole():
    found = mixes()["it"]

    assert found.phases == {
        Phase.SEE: 46,
        Phase.THINK: 10,
        Phase.DO: 6,
        Phase.CARE: 4,
    }
    assert found.coverage == pytest.approx(66 / 350)


@pytest.mark.parametrize(
    ("size", "latent", "active"),
    [(1000, 0.7, 0.6), (11_600, 0.505, 0.068), (1, 0.5, 0.5), (7, 1, 0), (999, 0, 1)],
)
def test_the_groups_add_up_to_the_reachable_market(size, latent, active):
    market = Market(size=size, latent=latent, active=active)
    audience = replace(IT, market=market)
    (found,) = markets([], {"it": audience}, TODAY).audiences

    groups = [one.market for one in found.parts]
    assert sum(groups) == market.reachable
    assert min(groups) >= 0
    assert found.coverage == 0


def test_without_a_market_there_is_no_coverage_but_there_are_people():
    found = mixes()["legal"]

    assert found.market is None
    assert found.coverage is None
    assert [(one.market, one.coverage) for one in found.parts] == [(None, None)] * 2
    assert not found.is_old


def test_a_market_in_which_nobody_is_within_reach_gives_no_coverage():
    nobody = replace(IT, market=Market(size=1000, latent=0, active=0))
    (found,) = markets(GROUPS, {"it": nobody}, TODAY).audiences

    assert found.coverage is None
    assert [one.market_share for one in found.parts] == [None, None]


@pytest.mark.parametrize(("days", "is_old"), [(365, False), (366, True), (-1, False)])
def test_a_market_is_old_after_a_year(days, is_old):
    measured = replace(IT.market, measured_on=TODAY - days * DAY)
    (found,) = markets([], {"it": replace(IT, market=measured)}, TODAY).audiences

    assert found.is_old is is_old


def test_weeks_begin_on_monday_and_the_running_one_is_not_complete():
    weeks = mixes(weeks=3)["it"].weeks

    assert [(one.begins, one.people, one.is_complete) for one in weeks] == [
        (MONDAY - 14 * DAY, 16, True),
        (MONDAY - 7 * DAY, 7, True),
        (MONDAY, 3, False),
    ]
    assert all(tuple(one.channels) == CHANNELS for one in weeks)
    assert weeks[0].channels["site"] == 10
    assert weeks[0].channels["social"] == 6
    assert weeks[1].channels[UNKNOWN] == 4
    assert weeks[1].channels["site"] == 3


@pytest.mark.parametrize("weekday", range(7))
def test_the_running_week_is_the_last_on_every_day_of_it(weekday):
    found = markets(GROUPS, AUDIENCES, MONDAY + weekday * DAY, weeks=2)

    assert [one.begins for one in found.outside.weeks] == [MONDAY - 7 * DAY, MONDAY]


def test_the_pace_is_that_of_the_complete_weeks():
    assert mixes(weeks=3)["it"].per_week == pytest.approx((16 + 7) / 2)
    assert mixes(weeks=1)["it"].per_week is None


def test_a_channel_that_is_named_and_brings_nobody_is_told():
    assert mixes(weeks=3)["it"].silent == ("event",)
    # social brought somebody two weeks ago, and again this week
    assert mixes(weeks=1)["it"].by_channel["social"] == 1
    assert mixes([came(9, -99)])["it"].silent == ("social", "site", "event")


def test_a_channel_that_there_is_no_word_for_is_not_known():
    (week,) = mixes([came(2, channel="fax")], weeks=1)["it"].weeks

    assert week.channels[UNKNOWN] == week.people == 2


def test_one_audience_alone_can_be_asked_for():
    found = markets(GROUPS, AUDIENCES, TODAY, only="legal")

    assert [one.key for one in found.audiences] == ["legal"]
    assert (found.people, found.outside.people) == (78, 12)


def test_priors_say_whether_they_are_ones_own():
    assumed = mixes()["it"].assumed

    assert [(one.edge, one.is_own) for one in assumed] == [
        (Edge.SEE_THINK, False),
        (Edge.THINK_DO, False),
        (Edge.DO_HIRE, True),
    ]
    assert assumed[-1].prior.conversion == 0.2


def test_json_has_everything():
    told = json.loads(json.dumps(markets(GROUPS, AUDIENCES, TODAY).as_json()))

    assert (told["people"], told["shared"]) == (78, 4)
    it, legal = told["audiences"]
    assert it["market"] == {
        "size": 1000,
        "latent": 0.29,
        "active": 0.06,
        "reachable": 350,
        "source": "a",
        "measured_on": "2025-11-25",
        "older_than_a_year": False,
    }
    assert it["phases"] == {"see": 46, "think": 10, "do": 6, "care": 4}
    assert it["mix"][1]["coverage"] == pytest.approx(0.1)
    assert it["by_channel"]["not known"] == 4
    assert it["weeks"][-1] == {
        "begins": "2026-11-23",
        "is_complete": False,
        "people": 3,
        "channels": {
            "site": 2,
            "mail": 0,
            "magazine": 0,
            "social": 1,
            "event": 0,
            "not known": 0,
        },
    }
    assert it["silent"] == ["event"]
    assert [one["is_own"] for one in it["priors"]] == [False, False, True]
    assert legal["market"] is None
    assert legal["cadence"]["cap"] == 4
    assert told["outside"]["cadence"] is None


def test_nobody_at_all_is_a_dashboard_too():
    found = markets([], {}, TODAY)

    assert (found.people, found.audiences) == (0, ())
    assert len(found.outside.weeks) == 12
    assert found.outside.parts[0].own_share is None
    assert found.outside.per_week == 0
