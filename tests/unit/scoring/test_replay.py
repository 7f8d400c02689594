"""Kept bit by bit or replayed from nothing: 100,000 histories, the same points."""

from random import Random

from tests.support.replay import bit_by_bit_differs, journey_differs


def test_accounts_kept_bit_by_bit_are_what_the_formula_says():
    rng = Random(20_260_101)

    assert not any(bit_by_bit_differs(rng) for _ in range(100_000))


def test_deciding_as_events_come_in_is_deciding_with_all_known():
    assert not [seed for seed in range(1_000) if journey_differs(Random(seed))]
