"""Page after page by id: patiently, in order, and one ahead of who reads."""

import threading

import pytest

from plugin.errors import Retryable
from plugin.pipeline.pace import Pace
from plugin.pipeline.pages import MOST_FAILURES, Patience, ahead, pages


class Table:
    """Rows with gaps, whose server now and then fails."""

    def __init__(self, ids, failures=()):
        self.ids = list(ids)
        self.failures = list(failures)
        self.asked = []

    def __call__(self, after, limit):
        self.asked.append((after, limit))
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        return [{"id": str(one)} for one in self.ids if one > after][:limit]


class Time:
    """Passes only when somebody waits."""

    def __init__(self):
        self.at = 0.0
        self.waits = []

    def patience(self):
        return Patience(timer=lambda: self.at, wait=self.wait, jitter=lambda: 0.0)

    def wait(self, seconds):
        self.waits.append(seconds)
        self.at += seconds


def read(table, time=None, after=0, largest=3):
    found = pages(table, after, Pace(largest=largest), (time or Time()).patience())
    return [[int(row["id"]) for row in rows] for rows in found]


def test_every_row_comes_once_whatever_the_gaps():
    table = Table([1, 2, 5, 9, 10, 11, 40])
    assert read(table) == [[1, 2, 5], [9, 10, 11], [40]]
    assert read(table, after=9) == [[10, 11, 40]]


def test_rows_that_are_added_meanwhile_shift_nothing():
    table = Table([1, 2, 3, 4])
    found = pages(table, 0, Pace(largest=2), Time().patience())
    first = next(found)
    table.ids[:2] = []
    table.ids.append(5)
    rest = [row["id"] for rows in found for row in rows]
    assert [row["id"] for row in first] + rest == ["1", "2", "3", "4", "5"]


def test_it_waits_as_long_as_it_is_told_and_asks_for_less():
    busy = Retryable("429", after_seconds=120.0)
    table, time = Table(range(1, 400), [busy]), Time()

    read(table, time, largest=300)

    assert time.waits[0] == 120.0
    assert table.asked[:2] == [(0, 300), (0, 150)]


def test_it_waits_longer_from_failure_to_failure_and_then_gives_up():
    table, time = Table([1], [Retryable("away")] * MOST_FAILURES), Time()

    with pytest.raises(Retryable, match="away"):
        read(table, time)

    assert time.waits == sorted(time.waits)
    assert sum(time.waits) > 1_800


def test_ahead_yields_the_same_in_order():
    assert list(ahead(iter(range(50)))) == list(range(50))
    assert list(ahead(iter([]))) == []


def test_ahead_raises_what_the_maker_raised_after_what_it_made():
    def made():
        yield 1
        raise Retryable("away")

    found = ahead(made())
    assert next(found) == 1
    with pytest.raises(Retryable, match="away"):
        next(found)


def test_ahead_ends_its_thread_when_nobody_reads_on():
    found = ahead(iter(range(1_000_000)))
    assert next(found) == 0
    found.close()
    assert "pages" not in {one.name for one in threading.enumerate()}


def test_ahead_makes_no_more_than_it_must():
    made = []

    def make():
        for one in range(100):
            made.append(one)
            yield one

    found = ahead(make())
    next(found)
    found.close()
    assert len(made) < 5
