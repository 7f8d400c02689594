"""Counts laid out as a calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from plugin.mappings.audiences import Audience, Cadence
from plugin.mappings.model import Phase
from plugin.planning.turns import (
    PAST_DAYS,
    Waiting,
    calendar,
    midnights,
    today_in,
)
from tests.golden.build import shipped

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def waiting(days, people, phase=Phase.SEE, **more):
    told = {"rhythm": "legal", "why": "rhythm", "sunset": "awake"} | more
    on = None if days is None else TODAY + days * DAY
    return Waiting(on=on, phase=phase, people=people, **told)


GROUPS = [
    waiting(-30, 4),
    waiting(0, 1, Phase.THINK, rhythm="it"),
    waiting(1, 5, why="gap"),
    waiting(7, 6, Phase.THINK),
    waiting(8, 7, sunset="slow"),
    waiting(14, 8, rhythm=""),
    waiting(15, 9),
    waiting(None, 10, Phase.DO, rhythm=None, why="no-rhythm"),
    waiting(None, 3, why="stopped", sunset="stopped"),
    waiting(None, 2, why="no-address"),
]


def test_today_takes_whoever_was_not_sent_anything_yet():
    found = calendar(GROUPS, TODAY, weeks=2)

    assert found.now == {Phase.SEE: 4, Phase.THINK: 1, Phase.DO: 0, Phase.CARE: 0}


def test_every_day_to_come_is_there_whether_or_not_anybody_is_due():
    found = calendar(GROUPS, TODAY, weeks=2)

    assert [one.on for one in found.days] == [TODAY + n * DAY for n in range(1, 15)]
    assert {(one.on - TODAY).days: one.people for one in found.days if one.people} == {
        1: 5,
        7: 6,
        8: 7,
        14: 8,
    }
    assert (found.later, found.last) == (9, TODAY + 14 * DAY)


def test_nobody_is_lost_between_the_columns():
    found = calendar(GROUPS, TODAY, weeks=2)

    assert sum(one.people for one in found.rows) == sum(one.people for one in GROUPS)
    see = next(one for one in found.rows if (one.rhythm, one.phase) == ("legal", "see"))
    assert (see.now, see.weeks, see.later, see.never) == (4, (5, 7), 9, 5)
    think = [one for one in found.rows if one.phase is Phase.THINK]
    assert [(one.rhythm, one.now, one.weeks) for one in think] == [
        ("it", 1, (0, 0)),
        ("legal", 0, (6, 0)),
    ]


def test_holds_are_counted_by_reason_the_most_frequent_first():
    found = calendar(GROUPS, TODAY, weeks=2)

    assert list(found.held.items()) == [("rhythm", 30), ("gap", 5)]
    assert found.never == {"no-rhythm": 10, "stopped": 3, "no-address": 2}
    assert found.sunset == {"awake": 43, "slow": 7, "stopped": 3}


def test_one_rhythm_alone_can_be_asked_for():
    found = calendar(GROUPS, TODAY, weeks=1, rhythm="it")

    assert [(one.rhythm, one.people) for one in found.rows] == [("it", 1)]
    assert found.as_json()["due_now"] == {"see": 0, "think": 1, "do": 0, "care": 0}


def test_nobody_at_all_is_a_calendar_too():
    found = calendar([], TODAY)

    assert sum(found.now.values()) == found.later == 0
    assert len(found.days) == 42
    assert found.as_json()["audiences"] == []


def test_a_day_is_that_of_the_audience_and_changes_with_its_clock():
    zone = "America/New_York"
    far = Audience(key="far", cadence=Cadence(timezone=zone))
    mappings = replace(shipped(), audiences={"far": far})
    night = datetime(2026, 11, 2, 3, tzinfo=UTC)

    today = today_in(mappings, night)
    bounds = midnights(mappings, today)

    assert today == date(2026, 11, 1)
    assert len(bounds) == PAST_DAYS + 1
    assert {one.astimezone(ZoneInfo(zone)).hour for one in bounds} == {0}
    # the clock goes back on the first of November: that day has 25 hours
    spans = [
        after.astimezone(UTC) - before.astimezone(UTC)
        for before, after in pairwise(bounds)
    ]
    assert spans[-1] == timedelta(hours=25)


def test_without_audiences_a_day_is_that_of_utc():
    mappings = replace(shipped(), audiences={})

    assert today_in(mappings, datetime(2026, 11, 2, 23, 59, tzinfo=UTC)).day == 2
