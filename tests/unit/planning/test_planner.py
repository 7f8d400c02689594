"""The plan against numbers worked out by hand, and at the ends of what people ask."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.mappings.audiences import Edge
from plugin.mappings.model import Phase
from plugin.planning.model import Passage, PhaseHistory
from plugin.planning.planner import plan_funnel
from plugin.planning.text import as_text
from tests.unit.planning.histories import (
    CASUS,
    LONG_AGO,
    NOW,
    audience,
    goal,
    market,
    settled,
    settled_rows,
)


def plan(a_goal=None, history=None, whom=None):
    return plan_funnel(
        a_goal or goal(), history or settled(), whom or audience(), as_of=NOW
    )


@pytest.mark.parametrize(
    ("people", "chance"),
    [(10_667, 0.52), (12_000, 0.66), (14_000, 0.81), (16_000, 0.90), (18_000, 0.95)],
)
def test_the_worked_example_comes_out(people, chance):
    """Binomial down the funnel, 200,000 draws, Jeffreys' prior: to within a point."""
    found = plan(goal(certainty=chance))
    need = found.phase(Phase.SEE).at(chance).ever

    assert need == pytest.approx(people, rel=0.02)


def test_the_spreadsheets_number_is_a_coin_toss():
    found = plan().spreadsheet

    assert found.people == 10_667
    assert found.chance_ever == pytest.approx(0.52, abs=0.015)


def test_the_deeper_the_phase_the_fewer_people():
    """Worked out with the same model: Think 1,588, Do 229 for 90 %."""
    found = plan()
    needs = [found.phase(one).at(0.9).ever for one in (Phase.THINK, Phase.DO)]

    assert needs == [pytest.approx(1588, rel=0.01), pytest.approx(229, rel=0.01)]


@pytest.mark.parametrize(
    ("passed", "entered", "low", "high"),
    [(3, 20, 0.056, 0.314), (6, 40, 0.076, 0.26), (18, 120, 0.103, 0.209)],
)
def test_few_people_make_a_wide_interval(passed, entered, low, high):
    """Jeffreys' interval of 90 %, worked out beforehand."""
    history = settled(CASUS | {Edge.DO_HIRE: (passed, entered)})
    found = plan(history=history).edge(Edge.DO_HIRE).conversion

    assert found.low == pytest.approx(low, abs=0.004)
    assert found.high == pytest.approx(high, abs=0.004)


def test_own_numbers_outweigh_an_assumption():
    """Half a conversion is what an assumption is worth."""
    found = plan().edge(Edge.DO_HIRE)

    assert found.own_weight > 0.98
    assert found.prior.passed == 0.5


def test_who_is_under_way_is_not_counted_as_lost():
    """Steady inflow, a lag of 60 days: the ratio of the last 90 days shows a third."""
    rows = [
        Passage(
            edge=Edge.SEE_THINK,
            entered_at=NOW - timedelta(days=day),
            passed_at=_passed(day, number),
        )
        for day in range(90)
        for number in range(20)
    ]
    found = plan(history=PhaseHistory.of(rows)).edge(Edge.SEE_THINK)

    assert found.seen_share < 0.25
    assert found.conversion.low < 0.5 < found.conversion.high


def _passed(day, number):
    """Half of all pass in the end, evenly spread over 20 to 100 days."""
    lag = 20 + number * 8
    return NOW - timedelta(days=day - lag) if number < 10 and lag <= day else None


def test_a_market_that_is_too_small_makes_the_plan_impossible():
    """11,600 people, 57 % of them reachable: 16,000 are not there."""
    found = plan(whom=audience(market(11_600)))

    assert found.possible is False
    assert found.ceiling.reachable == 6_612
    (do,) = [one for one in found.ceiling.musts if one.edge is Edge.DO_HIRE]
    assert do.now == pytest.approx(0.15, abs=0.01)
    assert do.must == pytest.approx(0.15 * 16_000 / 6_612, rel=0.05)
    assert found.ceiling.most_hires < 24
    text = as_text(found, "en")
    assert "cannot" in text or "impossible" in text


def test_what_it_says_must_be_is_enough():
    small = audience(market(11_600))
    must = next(
        one.must for one in plan(whom=small).ceiling.musts if one.edge is Edge.DO_HIRE
    )
    passed = round(must * 1.02 * 120_000)
    better = settled(CASUS | {Edge.DO_HIRE: (passed, 120_000)})

    assert plan(history=better, whom=small).possible is True


def test_a_market_that_is_large_enough_is_said_so():
    assert plan(whom=audience(market(100_000))).possible is True


def test_without_any_history_the_benchmarks_speak():
    found = plan(history=PhaseHistory.of([]), whom=audience())

    assert found.spreadsheet is None
    assert found.phase(Phase.SEE).at(0.9).ever > found.phase(Phase.SEE).at(0.5).ever


def test_no_conversion_at_all_is_no_division_by_zero():
    found = plan(history=settled(CASUS | {Edge.DO_HIRE: (0, 120)}))

    assert found.spreadsheet is None
    assert found.edge(Edge.DO_HIRE).conversion.mean < 0.02


def test_people_in_hand_are_people_not_to_be_found():
    """Two thousand who entered See today."""
    rows = [
        Passage(edge=Edge.SEE_THINK, entered_at=NOW - timedelta(days=1), people=2_000)
    ]
    history = settled()
    more = PhaseHistory.of([*settled_rows(), *rows], {Phase.SEE: 2_000})

    need = plan(history=more).phase(Phase.SEE)
    alone = plan(history=history).phase(Phase.SEE)
    assert need.now == 2_000
    assert alone.at(0.9).extra - need.at(0.9).extra == pytest.approx(2_000, rel=0.15)


def test_a_date_that_is_too_near_cannot_be_met_by_new_people():
    found = plan(goal(by=(NOW + timedelta(days=20)).date()))

    assert found.phase(Phase.SEE).at(0.9).extra is None
    assert found.pace.chance < 0.01


def test_hires_since_a_day_count_already():
    hired = LONG_AGO + timedelta(days=29)
    found = plan(goal(since=hired.date()))

    assert found.hired == 18
    assert found.phase(Phase.SEE).at(0.9).ever < plan().phase(Phase.SEE).at(0.9).ever


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"hires": 0}, "no goal"),
        ({"by": date(2026, 11, 22)}, "has passed"),
        ({"certainty": 1.0}, "not between"),
    ],
)
def test_a_goal_that_is_none_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        plan(goal(**wrong))


def test_the_same_question_has_the_same_answer():
    assert plan().as_json() == plan().as_json()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200))
def test_more_hires_take_more_people(fewer, more):
    fewer, more = sorted((fewer, more))
    ask = [plan(goal(hires=one)).phase(Phase.SEE).at(0.9).ever for one in (fewer, more)]

    assert ask[0] <= ask[1]


def test_more_certainty_takes_more_people():
    needs = [one.ever for one in plan().phase(Phase.SEE).needs]

    assert needs == sorted(needs)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_plan_is_told_in_words(lang):
    text = as_text(
        plan(whom=audience(market(11_600), label={"nl": "IT", "en": "IT"})), lang
    )

    assert "{" not in text
    assert "24" in text.splitlines()[0]
    assert all(phase.label in text for phase in (Phase.SEE, Phase.THINK, Phase.DO))
