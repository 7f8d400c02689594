"""Momentum against the best fixed threshold there is, on people whose switch is known.

Both are judged on other people than they were tuned on, at no more than one false
alarm in 1,000 person-months.
"""

from functools import cache
from random import Random

from plugin.history.clicks import DAY
from plugin.mappings.model import MomentumRules
from tests.unit.scoring.switching import (
    by_momentum,
    by_threshold,
    delays,
    false_per_1000,
    levels,
    movers,
)

RULES = MomentumRules()
ARMED = round(RULES.min_history_days * DAY)
ALLOWED = 1.0
HALF_LIVES = (3, 5, 7, 10, 14, 21)


@cache
def latent(*, clustered=False):
    return movers(900, Random(11), months=24, switching=False, clustered=clustered)


@cache
def switching():
    return movers(600, Random(12), months=12, switching=True)


def found_by_momentum(people):
    return [(one, by_momentum(one, RULES)) for one in people]


def median(ordered):
    return ordered[len(ordered) // 2]


def tuned(half_life):
    """Find the lowest threshold with no more false alarms than allowed."""
    people = [(one, levels(one, half_life)) for one in latent()]
    low, high = 1.0, 80.0
    while high - low > 0.05:
        middle = (low + high) / 2
        found = [(one, by_threshold(one, all_, middle, ARMED)) for one, all_ in people]
        if false_per_1000(found, ARMED) <= ALLOWED:
            high = middle
        else:
            low = middle
    return high


def by_best_threshold():
    medians = {}
    for half_life in HALF_LIVES:
        threshold = tuned(half_life)
        found = [
            (one, by_threshold(one, levels(one, half_life), threshold, ARMED))
            for one in switching()
        ]
        medians[half_life] = median(delays(found))
    return min(medians.values())


def test_false_alarms_stay_below_the_knob():
    found = found_by_momentum(latent())

    assert false_per_1000(found, ARMED) <= ALLOWED


def test_bursts_do_not_break_the_promise_by_much():
    found = found_by_momentum(latent(clustered=True))

    assert false_per_1000(found, ARMED) <= 3 * ALLOWED


def test_momentum_sees_the_switch_at_least_three_days_before_the_best_threshold():
    ours = median(delays(found_by_momentum(switching())))

    assert ours <= 24
    assert ours <= by_best_threshold() - 3
