"""Which Mautic sends is noted seldom, and never so that a delivery suffers."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.errors import Retryable
from plugin.health.origins import EVERY, MOST, Origins, plain

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Away:
    """A store that is away."""

    def unit(self):
        raise Retryable("away")


class Clock:
    at = NOW

    def __call__(self):
        return self.at


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("https://Mautic.Example.org/", "https://mautic.example.org"),
        (" https://m.example/sub/ ", "https://m.example/sub"),
        ("", ""),
        ("https://m.example/\x00", ""),
        ("x" * 201, ""),
    ],
)
def test_an_address_has_one_way_of_being_written(told, shown):
    assert plain(told) == shown


def test_each_is_noted_once_an_hour_whatever_the_clock_does():
    clock = Clock()
    origins = Origins(Away(), clock, "https://m.example")
    heard = []
    for minutes in (0, 30, 61, 62, -60):
        clock.at = NOW + timedelta(minutes=minutes)
        heard.append(origins.news("https://m.example/"))

    name = "https://m.example"
    assert heard == [name, None, name, None, name]
    assert timedelta(hours=1) == EVERY


def test_whoever_makes_up_names_fills_nothing():
    origins = Origins(Away(), Clock(), "https://m.example")

    noted = [origins.news(f"https://{number}.example") for number in range(MOST + 5)]

    assert noted[MOST:] == [None] * 5
    assert origins.news("") is None


def test_a_store_that_is_away_is_no_reason_to_fail():
    Origins(Away(), Clock(), "https://m.example").note("https://other.example")


@pytest.mark.parametrize(
    ("told", "is_other"),
    [("https://M.example/", False), ("", False), ("https://other.example", True)],
)
def test_another_name_is_another_mautic_and_none_is_nobody(told, is_other):
    origins = Origins(Away(), Clock(), "https://m.example")

    assert origins.is_other(told) is is_other
