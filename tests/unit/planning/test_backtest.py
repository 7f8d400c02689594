"""A backtest sees what could be seen at the time, and nothing that came later."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.history.clicks import DAY, micros
from plugin.planning.backtest import Backtest, Lead, Part, Rate, Share, signals
from plugin.planning.replay import Design, Kind, Signal, follow, outcome
from tests.golden.build import History, day, shipped

RULES = shipped()
THINK, RISING, DO = Signal(Kind.THINK), Signal(Kind.RISING), Signal(Kind.DO)


def design(history, *, until=200, **changes):
    return Design(
        mappings=RULES,
        catalogue=history.catalogue,
        since=day(0),
        until=day(until),
        signals=signals(RULES),
        **changes,
    )


def track(history, *, until=200, received=None, **changes):
    plan = design(history, until=until, **changes)
    person = history.person()
    result = outcome(person, RULES, plan.catalogue, plan.until)
    return follow(person, result, plan, received)


def reader(*, at=20.0, sign_up=60.0):
    """Somebody who reads for Think at some day, and perhaps signs up later."""
    history = History()
    for page in range(5):
        history.add(at + page / 2, "visits", f"page {page}", category="think")
    if sign_up is not None:
        history.add(sign_up, "submits", "Aanmelden", category="do")
    return history


def test_who_read_weeks_before_is_found_as_early_as_they_were():
    found = track(reader(at=20, sign_up=35))

    assert found.outcome.at == micros(day(35))
    assert found.lead[THINK] == pytest.approx(14 * DAY, abs=DAY)
    assert found.called[THINK, 7]
    assert found.called[THINK, 1]
    assert not found.called[THINK, 30]
    assert [one.is_right for one in found.alarms[THINK]] == [True]
    assert DO not in found.lead


def test_who_never_signs_up_is_a_false_alarm():
    found = track(reader(sign_up=None))

    assert found.outcome is None
    assert [one.is_right for one in found.alarms[THINK]] == [False]
    assert not found.lead


def test_a_call_whose_horizon_is_not_over_counts_for_nothing():
    found = track(reader(at=20, sign_up=None), until=100)

    assert not found.alarms.get(THINK)
    assert len(found.watched) < 5


def test_a_sign_up_out_of_the_blue_is_missed_and_the_sign_up_is_no_foresight():
    history = History()
    history.add(5, "visits", "blog", category="see")
    history.add(59.9, "visits", "aanmeldpagina", category="do")
    history.add(59.95, "visits", "vacature", category="do")
    history.add(60, "submits", "Aanmelden", category="do")

    found = track(history)

    assert found.was_known
    assert not found.lead
    assert not any(found.called.values())


def test_a_hire_without_a_sign_up_is_an_outcome_too():
    history = reader(at=20, sign_up=None)
    history.add(50, "is hired")

    found = track(history)

    assert found.outcome.is_hired
    assert found.outcome.at == micros(day(50))
    assert THINK in found.lead


def test_the_first_sign_up_ends_it():
    history = reader(sign_up=60)
    history.add(90, "submits", "Aanmelden", category="do")
    history.add(95, "is hired")

    assert track(history).outcome.at == micros(day(60))
    assert track(history).outcome.is_hired


def test_an_outcome_before_the_time_looked_at_is_none_of_ours():
    history = reader(at=2, sign_up=30)
    late = replace(design(history), since=day(40))
    person = history.person()

    assert follow(person, outcome(person, RULES, late.catalogue, day(90)), late) is None


def test_unseen_people_are_missed():
    history = History()
    history.add(30, "submits", "Aanmelden", category="do")

    found = track(history)

    assert found.outcome is not None
    assert not found.was_known
    assert not found.lead


def test_what_came_in_late_was_not_known():
    history = reader(at=20, sign_up=60)
    came = {one.key: day(59.5) for one in history.events}

    assert THINK in track(history).lead
    assert THINK not in track(history, received=came).lead


def test_evidence_of_later_takes_nothing_back_that_was_believed():
    """Three mails clicked like clockwork make a machine, but only in the end."""
    history = History()
    for number in range(4):
        sent = 10 + 7 * number
        history.add(sent, "is sent", f"hackathon {number}", category="think")
        for link in range(2):
            history.add(
                sent, "clicks", f"think {number} {link}", category="think",
                seconds=400 + 20 * link,
            )  # fmt: skip
    short = [one for one in history.events if one.occurred_at < day(20)]
    person = history.person()
    plan = design(history)

    whole = follow(person, None, plan)
    part = follow(replace(person, events=tuple(short)), None, plan)

    early = micros(day(20))
    for signal in plan.signals:
        assert [one for one in whole.alarms.get(signal, []) if one.at < early] == [
            one for one in part.alarms.get(signal, []) if one.at < early
        ]


ACTS = st.tuples(
    st.floats(0, 100),
    st.sampled_from(["visits", "sees", "downloads", "submits", "clicks", "opens"]),
    st.sampled_from(["see", "think", "do-x"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, min_size=1, max_size=12), st.lists(ACTS, max_size=6))
def test_the_future_changes_nothing_of_what_was_called(before, after):
    history = History()
    for number, verb, category in before:
        history.add(number, verb, f"c {number:.1f}", category=category)
    past = History(list(history.events), history.items, history.told)
    for number, verb, category in after:
        history.add(100 + number, verb, f"d {number:.1f}", category=category)
    plan, cut = design(history), micros(day(99))

    whole = follow(history.person(), None, plan)
    part = follow(past.person(), None, plan)

    for signal in plan.signals:
        assert [one for one in whole.alarms.get(signal, []) if one.at < cut] == [
            one for one in part.alarms.get(signal, []) if one.at < cut
        ]


def firm(people, *, good, share=0.5):
    """Add up people who read for Think; a part of them signs up 21 days later."""
    first = reader(at=20, sign_up=None)
    found = Backtest(design(first, until=400))
    for number in range(people):
        at = 5 + (number * 37) % 290
        signs = number % 10 < share * 10
        history = reader(at=at, sign_up=at + 21 if signs and good else None)
        if signs and not good:
            history = reader(at=at, sign_up=at + 150)
        found.add(track(history, until=400))
    return found


def test_what_is_found_adds_up():
    found = firm(60, good=True)
    (row,) = [one for one in found.rows() if one.signal == THINK]

    assert (row.recall.count, row.recall.of) == (30, 30)
    assert (row.precision.count, row.precision.of) == (30, 60)
    assert row.lead.median == pytest.approx(20, abs=2)
    assert row.lift[1] < row.lift[0] < row.lift[2]
    assert row.lift[0] > 1
    assert row.false_alarms.low < row.false_alarms.value < row.false_alarms.high
    assert found.outcomes(Part.EARLY) + found.outcomes(Part.LATE) == 30


def test_below_fifty_outcomes_nothing_is_proposed():
    found = firm(94, good=True)

    assert found.outcomes() == 49
    assert not found.is_enough
    assert found.proposal() is None


def crowd(*, people=400):
    """Those who read much sign up, those who read enough for Think do not."""
    found = None
    for number in range(people):
        at = 5 + (number * 37) % 290
        history = History()
        is_keen = number % 3 == 0
        for page in range(5):
            history.add(at + page / 2, "visits", f"page {page}", category="think")
        for page in range(5 if is_keen else 0):
            history.add(at + page / 2, "downloads", f"file {page}", category="think")
        if is_keen:
            history.add(at + 30, "submits", "Aanmelden", category="do")
        found = found or Backtest(design(history, until=400))
        found.add(track(history, until=400))
    return found


def test_above_it_a_better_threshold_is_proposed_and_tested_on_later_time():
    found = crowd()

    proposal = found.proposal()

    assert found.is_enough
    assert proposal.enter > proposal.instead_of == RULES.phases.think.enter
    assert proposal.row.f1 > proposal.now.f1
    late = found.outcomes(Part.LATE)
    assert 0 < late < found.outcomes()
    assert proposal.row.recall.of == late


def test_where_none_is_better_none_is_proposed():
    found = firm(200, good=True)

    assert found.is_enough
    assert found.proposal() is None


def test_what_is_known_only_after_the_split_chooses_nothing():
    found = firm(60, good=True)
    early = found.rows(Part.EARLY)[0].precision.of
    late = found.rows(Part.LATE)[0].precision.of

    assert early + late < found.rows()[0].precision.of


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)],
)
def test_intervals_are_wilson_s(count, of, low, high):
    found = Share.make(count, of)

    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_none_of_none_says_nothing():
    assert Share.make(0, 0).share is None
    assert Lead.of([]) is None
    assert Rate.make(3, 0) is None


def test_rates_have_poisson_limits():
    """Exact limits of 10 are 4.795 and 18.39."""
    found = Rate.make(10, 1000)

    assert found.low == pytest.approx(4.795, abs=0.02)
    assert found.high == pytest.approx(18.39, abs=0.02)
    assert Rate.make(0, 1000).low == 0


def test_one_lead_is_its_own_middle():
    assert Lead.of([3 * DAY]) == Lead(median=3, lower=3, upper=3)


def test_moments_are_a_week_apart():
    moments = design(History(), until=20).moments()

    assert [one - moments[0] for one in moments] == [0, 7 * DAY, 14 * DAY]
    assert timedelta(microseconds=moments.step) == timedelta(days=7)
