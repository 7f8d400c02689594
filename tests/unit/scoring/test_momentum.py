"""Who has begun to move, against their own past."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.history.clicks import DAY, SECOND, moment_of
from plugin.mappings.model import MomentumRules, Trend
from plugin.phases.actions import project, rising_note
from plugin.phases.decide import decide
from plugin.scoring.explain import explain
from plugin.scoring.momentum import Watch, first_of_visits
from tests.golden.build import History, day, shipped

RULES = MomentumRules()


def watched(visits, until, rules=RULES):
    watch = Watch(rules, 0)
    for number in visits:
        watch.visit(round(number * DAY))
    watch.wait_until(round(until * DAY))
    return watch


#: Once a month for half a year, and then seven times in ten days.
MONTHLY = [10, 41, 70, 101, 130, 162]
BUSY = [180, 181, 183, 184, 186, 188, 190]
ALIVE = [*MONTHLY, *BUSY]


def test_the_mapping_we_ship_says_what_the_model_says():
    assert shipped().scoring.momentum == RULES


def test_who_does_what_they_always_did_is_steady():
    assert watched(MONTHLY, 170).momentum().trend is Trend.STEADY


def test_who_suddenly_visits_often_is_rising():
    found = watched(ALIVE, 190).momentum()

    assert found.trend is Trend.RISING
    assert (found.began, found.since) == (moment_of(180 * DAY), moment_of(188 * DAY))
    assert found.visits == 7
    assert 0.15 < found.usual_per_week < 0.3


def test_the_same_days_are_nothing_new_for_who_is_always_there():
    often = [7 + 2.9 * number for number in range(60)]

    assert watched([*often, *BUSY], 190).momentum().trend is Trend.STEADY


def test_two_visits_are_never_enough():
    assert watched([*MONTHLY, 180, 180.6], 181).momentum().trend is Trend.STEADY


def test_nobody_rises_before_they_are_known():
    assert watched([1, 2, 3, 4, 5, 6], 7).momentum().trend is Trend.STEADY


def test_a_rise_ends_by_silence_and_says_when():
    watch = watched(ALIVE, 190)
    ends = watch.next_change()

    assert 195 * DAY < ends < 215 * DAY
    assert watched(ALIVE, 190 + 60).momentum().trend is Trend.STEADY


def test_a_rise_that_goes_on_is_the_new_normal():
    lively = [180 + 2 * number for number in range(45)]

    until = [one for one in lively if one <= 210]
    assert watched([*MONTHLY, *until], 210).momentum().trend is Trend.RISING
    assert watched([*MONTHLY, *lively], 270).momentum().trend is Trend.STEADY


def test_a_regular_reader_who_stops_cools_down_and_is_forgotten():
    weekly = [7.0 * number for number in range(1, 40)]
    quiet = watched(weekly, 273)
    cools = quiet.next_change()

    assert quiet.momentum().trend is Trend.STEADY
    assert cools > 280 * DAY
    cooled = watched(weekly, cools / DAY)
    assert cooled.momentum().trend is Trend.COOLING
    assert cooled.momentum().visits == 0
    assert watched(weekly, 273 + 400).momentum().trend is Trend.STEADY


def test_who_comes_back_is_cooling_no_more():
    weekly = [7.0 * number for number in range(1, 40)]
    cools = watched(weekly, 273).next_change() / DAY
    back = [cools + 2 + number for number in range(6)]

    assert watched(weekly, cools + 1).momentum().trend is Trend.COOLING
    assert watched([*weekly, *back], back[-1]).momentum().trend is not Trend.COOLING


def test_fewer_false_alarms_ask_for_more_evidence():
    strict = replace(RULES, false_alarms_per_1000_person_months=0.001)

    assert watched(ALIVE, 190, strict).momentum().trend is Trend.STEADY


@pytest.mark.parametrize(
    ("moments", "visits"),
    [
        ([], []),
        ([5], [5]),
        ([0, 10, 20, 31], [0, 31]),
        ([31, 0, 20, 10], [0, 31]),
    ],
)
def test_acts_close_to_each_other_are_one_visit(moments, visits):
    assert first_of_visits(moments, 10) == visits


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=60),
    st.floats(0, 100),
)
def test_the_next_change_is_exact_and_waiting_in_steps_is_waiting_at_once(days, more):
    visits = sorted(days)
    until = visits[-1] + more
    watch = watched(visits, until)
    now, change = watch.momentum(), watch.next_change()

    stepped = watched(visits, visits[-1] + more / 2)
    stepped.wait_until(round(until * DAY))
    assert (stepped.momentum(), stepped.next_change()) == (now, change)
    later = watched(visits, until)
    if change is None:
        later.wait_until(round((until + 4000) * DAY))
        assert later.momentum() == now
        return
    assert change > round(until * DAY)
    later.wait_until(change - 1)
    assert later.momentum() == now
    later.wait_until(change)
    assert later.momentum() != now


def moving():
    told = History()
    for number in MONTHLY:
        told.add(number, "visits", f"Blog {number}", category="see-security")
    for number in BUSY:
        told.add(number, "visits", f"Meer {number}", category="think-security")
    return told


def test_a_decision_tells_it_in_field_tag_note_and_explanation():
    told = moving()
    person = told.person(first_name="Sanne")
    decision = decide(person, shipped(), told.catalogue, as_of=day(191))

    shown = project(decision, person, shipped(), ats=None, link=None, lang="nl")
    text = explain(decision, person, shipped(), told.catalogue, "nl").as_text()

    said = (
        "Komt in beweging (sinds 8 juli): bezoeken vanaf 30 juni: 7; gewoonlijk 1 per "
    )
    assert decision.momentum.trend is Trend.RISING
    assert shown.fields["stdc_momentum"] == "rising"
    assert "stdc-rising" in shown.tags
    assert said in text
    assert said in rising_note(decision, "nl")
    assert "Begins to move (since 8 July)" in rising_note(decision, "en")


def test_a_decision_is_reviewed_when_a_rise_ends():
    told = moving()
    decision = decide(told.person(), shipped(), told.catalogue, as_of=day(191))
    review = decision.review_at

    before, after = (
        decide(told.person(), shipped(), told.catalogue, as_of=moment)
        for moment in (review - timedelta(microseconds=1), review)
    )

    assert review < decision.fall.at
    assert before.momentum == decision.momentum
    assert after.momentum.trend is Trend.STEADY
    assert rising_note(after, "nl") is None


def test_machines_never_rise():
    told = History()
    for number in MONTHLY:
        told.add(number, "visits", f"Blog {number}", category="see-security")
    for number in BUSY:
        told.add(
            *(number, "visits", f"Meer {number}"),
            category="think-security",
            agent="Googlebot/2.1 (+http://www.google.com/bot.html)",
        )

    decision = decide(told.person(), shipped(), told.catalogue, as_of=day(191))

    assert decision.momentum.trend is not Trend.RISING


def test_a_visit_at_the_very_same_moment_breaks_nothing():
    watch = watched([*MONTHLY, 180, 180], 180)

    assert watch.next_change() is None or watch.next_change() > 180 * DAY - SECOND
