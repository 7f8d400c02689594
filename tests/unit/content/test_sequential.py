"""Rates that may be looked at every day."""

from math import comb, exp, lgamma, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.content.sequential import (
    FALLS,
    Rate,
    fallen,
    interval,
    not_fallen_to,
    overdispersion,
    total,
)

ALARM = log(20)
RATES = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(
    lambda pair: Rate(min(pair), max(pair))
)


def chance(usual, seen):
    """Compute the chance of what was seen where nothing changed: a beta-binomial."""

    def log_beta(a, b):
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    a, b = usual.hits + 0.5, usual.people - usual.hits + 0.5
    missed = seen.people - seen.hits
    log_chance = log_beta(a + seen.hits, b + missed) - log_beta(a, b)
    return comb(seen.people, seen.hits) * exp(log_chance)


def test_the_bets_are_a_whole_one():
    assert sum(weight for _, weight in FALLS) == pytest.approx(1)


@pytest.mark.parametrize("usual", [Rate(0, 0), Rate(40, 400), Rate(3, 10)])
def test_where_nothing_changed_the_bet_is_fair(usual):
    """Over all that may be seen, the mean of the evidence is one."""
    seen = [Rate(hits, 12) for hits in range(13)]

    assert sum(chance(usual, one) for one in seen) == pytest.approx(1)
    mean = sum(chance(usual, one) * exp(fallen(usual, one)) for one in seen)
    assert mean == pytest.approx(1)


def test_a_fall_is_found_and_a_rise_is_none():
    usual = Rate(1000, 10_000)

    assert fallen(usual, Rate(480, 6000)) > ALARM
    assert fallen(usual, Rate(600, 6000)) < 0
    assert fallen(usual, Rate(720, 6000)) < 0


def test_a_short_history_finds_little():
    assert fallen(Rate(10, 100), Rate(480, 6000)) < ALARM


def test_that_nothing_fell_can_be_shown_too():
    usual = Rate(1000, 10_000)

    assert not_fallen_to(usual, Rate(600, 6000), 0.8) > ALARM
    assert not_fallen_to(usual, Rate(480, 6000), 0.8) < 0


@given(RATES)
def test_bounds_hold_what_was_seen_and_get_closer(rate):
    low, high = interval(rate)

    assert 0 <= low <= rate.share <= high <= 1
    wider = interval(rate, 0.001)
    assert wider[0] <= low
    assert wider[1] >= high


def test_at_the_bounds_what_was_seen_is_a_twentieth_as_likely_as_in_the_mixture():
    seen = Rate(20, 100)

    for bound in interval(seen):
        likely = comb(100, 20) * bound**20 * (1 - bound) ** 80
        assert likely == pytest.approx(chance(Rate(0, 0), seen) / 20)


def test_who_differs_more_than_chance_counts_for_less():
    even = [Rate(100, 1000)] * 6
    uneven = [Rate(60, 1000), Rate(140, 1000)] * 3

    assert overdispersion(even) == 1
    assert overdispersion(uneven) == pytest.approx(80**2 / (1000 * 0.1 * 0.9 * 2))
    assert overdispersion(uneven[:4]) == 1
    assert overdispersion([Rate(0, 10)] * 9) == 1
    fell = [Rate(100, 1000)] * 12 + [Rate(60, 1000)] * 12
    assert overdispersion(fell) == 1, "a fall is not noise"


@given(st.lists(RATES, max_size=5))
def test_groups_add_up(rates):
    found = total(rates)

    assert found.hits == sum(one.hits for one in rates)
    assert found.people == sum(one.people for one in rates)
    assert 0 <= found.share <= 1


@pytest.mark.parametrize(("hits", "people"), [(-1, 5), (6, 5)])
def test_what_is_no_rate_is_refused(hits, people):
    with pytest.raises(ValueError, match="is no rate"):
        Rate(hits, people)
