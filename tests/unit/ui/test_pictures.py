"""Pictures show what their numbers say."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.ui import charts, pictures
from tests.support.people import NOW

COUNTS = st.lists(st.integers(0, 10**7), min_size=4, max_size=4)


def move(days, before, after):
    at = NOW - timedelta(days=days)
    return Move(at=at, before=before, after=after, cause=Cause.SCORE)


def test_a_funnel_is_as_wide_as_its_counts():
    bands = pictures.funnel([200, 100, 50, 0])

    assert [band.width for band in bands] == [100, 50, 25, 0]
    assert [band.left for band in bands] == [0, 25, 37.5, 50]
    assert bands[0].joint == "0,30 100,30 75,40 25,40"
    assert bands[-1].joint is None


@given(COUNTS)
def test_whoever_is_there_can_be_seen_and_nothing_sticks_out(counts):
    for count, band in zip(counts, pictures.funnel(counts), strict=True):
        assert (band.width > 0) == (count > 0)
        assert band.width == 0 or band.width >= pictures.LEAST
        assert band.left >= 0
        assert band.left * 2 + band.width == pytest.approx(100, abs=0.02)


@given(COUNTS)
def test_more_people_are_never_narrower(counts):
    bands = pictures.funnel(counts)
    pairs = sorted(zip(counts, (band.width for band in bands), strict=True))

    assert [width for _, width in pairs] == sorted(width for _, width in pairs)


def test_a_journey_is_drawn_to_scale_until_now():
    moves = [
        move(40, None, Phase.SEE),
        move(20, Phase.SEE, Phase.THINK),
        move(10, Phase.THINK, Phase.DO),
    ]
    way = pictures.way(moves, now=NOW, review_at=None, falls_to=None)

    assert [(stay.phase, stay.start, stay.end) for stay in way.stays] == [
        (Phase.SEE, 0, 50),
        (Phase.THINK, 50, 75),
        (Phase.DO, 75, 100),
    ]
    assert [stay.y for stay in way.stays] == [35, 25, 15]
    assert way.steps == "M50 35V25 M75 25V15"
    assert (way.ahead, way.begins, way.ends) == ("", moves[0].at, NOW)


def test_what_comes_is_drawn_after_now():
    soon = NOW + timedelta(days=3)
    moves = [move(4, None, Phase.SEE), move(2, Phase.SEE, Phase.THINK)]
    way = pictures.way(moves, now=NOW, review_at=soon, falls_to=Phase.SEE)

    assert (way.now, way.stays[-1].end, way.ends) == (75, 75, soon)
    assert way.ahead == "M75 25H93.75V35H100"


@pytest.mark.parametrize("falls_to", [None, Phase.SEE])
@pytest.mark.parametrize("days", [-1, 0, None])
def test_what_has_come_already_is_not_ahead(falls_to, days):
    review = None if days is None else NOW + timedelta(days=days)
    moves = [move(4, None, Phase.THINK)]
    way = pictures.way(moves, now=NOW, review_at=review, falls_to=falls_to)

    assert (way.ahead, way.now) == ("", 100)


def test_a_journey_that_begins_now_is_drawn_too():
    way = pictures.way(
        [move(0, None, Phase.SEE)], now=NOW, review_at=None, falls_to=None
    )

    assert (way.stays[0].start, way.stays[0].end) == (0, 100)


def test_without_a_move_there_is_nothing_to_draw():
    assert pictures.way([], now=NOW, review_at=None, falls_to=None) is None


@pytest.mark.parametrize(
    ("value", "most", "wide"), [(0, 10, 0), (5, 10, 50), (1, 10**6, 1.5), (3, 0, 0)]
)
def test_a_bar_is_as_wide_as_its_value(value, most, wide):
    assert pictures.width(value, most) == wide


def mark(days, score, phase, *, is_ahead=False):
    return NOW + timedelta(days=days), score, phase, is_ahead


def test_a_score_over_time_is_drawn_in_the_colours_of_its_phases():
    drawn = charts.curve(
        [
            mark(-10, 0, Phase.SEE),
            mark(-5, 20, Phase.SEE),
            mark(0, 100, Phase.DO),
            mark(10, 50, Phase.DO, is_ahead=True),
        ]
    )

    assert [(one.phase, one.is_ahead, one.path) for one in drawn.stretches] == [
        (Phase.SEE, False, charts.path([(0, 50), (25, 40)])),
        (Phase.DO, False, charts.path([(25, 40), (50, 0)])),
        (Phase.DO, True, charts.path([(50, 0), (100, 25)])),
    ]
    assert drawn.now == 50


@pytest.mark.parametrize(
    "marks", [[], [mark(0, 5, Phase.SEE)], [mark(0, 5, Phase.SEE)] * 2]
)
def test_one_moment_is_no_course(marks):
    assert charts.curve(marks) is None
