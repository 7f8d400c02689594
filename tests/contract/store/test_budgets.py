"""Turns to call, given out by every store alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def turns(store, count, at=AT, **limits):
    given = {"per_second": None, "per_month": None} | limits
    with store.unit() as unit:
        return [unit.budgets.turn("odoo", at, **given) for _ in range(count)]


def seconds(found):
    return [(one.at - AT).total_seconds() for one in found]


def test_turns_are_spaced_evenly(store):
    assert seconds(turns(store, 4, per_second=2)) == [0, 0.5, 1.0, 1.5]


def test_what_was_not_used_is_not_saved_up(store):
    turns(store, 1, per_second=2)
    later = AT + timedelta(hours=1)

    assert seconds(turns(store, 2, at=later, per_second=2)) == [3600, 3600.5]


def test_who_would_wait_for_long_comes_back_later(store):
    found = turns(store, 25, per_second=1)

    assert [one.is_granted for one in found] == [True] * 21 + [False] * 4
    assert not any(one.is_spent for one in found)


def test_a_month_has_so_many_calls_and_the_next_one_again(store):
    found = turns(store, 4, per_month=3)
    december = datetime(2026, 12, 1, tzinfo=UTC)

    assert [one.is_granted for one in found] == [True, True, True, False]
    assert (found[-1].is_spent, found[-1].at) == (True, december)
    assert turns(store, 1, at=december, per_month=3)[0].is_granted
    with store.unit() as unit:
        assert unit.budgets.spent("odoo", AT) == 0
        assert unit.budgets.spent("odoo", december) == 1


def test_connections_do_not_share(store):
    turns(store, 3, per_month=3)

    with store.unit() as unit:
        other = unit.budgets.turn("csv", AT, per_second=None, per_month=3)
    assert other.is_granted


def test_workers_at_the_same_time_get_different_turns(store):
    with ThreadPoolExecutor(4) as workers:
        found = list(
            workers.map(lambda _: turns(store, 1, per_second=10)[0], range(20))
        )

    assert sorted(seconds(found)) == [number / 10 for number in range(20)]
