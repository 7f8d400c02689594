"""Moves become passages: falling back is no end, a hire is, unless it is undone."""

from datetime import timedelta
from math import isnan

import pytest

from plugin.mappings.audiences import Edge
from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.planning.journeys import Journey, history
from tests.unit.planning.histories import LONG_AGO, NOW

SEE, THINK, DO, CARE = Phase


def journey(*steps, gone=None):
    """(day, phase) or (day, phase, cause)."""
    moves, before = [], None
    for day, after, *cause in steps:
        moves.append(
            Move(
                at=LONG_AGO + timedelta(days=day),
                before=before,
                after=after,
                cause=cause[0] if cause else Cause.SCORE,
            )
        )
        before = after
    gone_at = None if gone is None else LONG_AGO + timedelta(days=gone)
    return Journey(moves=moves, gone_at=gone_at)


def told(*journeys, as_of=NOW):
    found = history(journeys, as_of=as_of)
    zero = LONG_AGO.timestamp()

    def days(column):
        return [None if isnan(one) else (one - zero) / 86_400 for one in column]

    return {
        edge: list(
            zip(
                days(track.entered),
                days(track.passed),
                days(track.gone),
                strict=True,
            )
        )
        for edge, track in found.tracks.items()
        if track.people
    }, found.now


def test_one_who_goes_all_the_way():
    tracks, now = told(journey((0, SEE), (10, THINK), (15, DO), (40, CARE)))

    assert tracks == {
        Edge.SEE_THINK: [(0, 10, None)],
        Edge.THINK_DO: [(10, 15, None)],
        Edge.DO_HIRE: [(15, 40, None)],
    }
    assert now == {CARE: 1}


def test_falling_back_is_no_end_and_no_new_beginning():
    tracks, now = told(journey((0, SEE), (10, THINK), (30, SEE), (50, THINK), (60, DO)))

    assert tracks == {
        Edge.SEE_THINK: [(0, 10, None)],
        Edge.THINK_DO: [(10, 60, None)],
        Edge.DO_HIRE: [(60, None, None)],
    }
    assert now == {DO: 1}


def test_skipping_a_phase_passes_both_edges_at_once():
    tracks, _ = told(journey((0, SEE), (10, DO)))

    assert tracks[Edge.SEE_THINK] == [(0, 10, None)]
    assert tracks[Edge.THINK_DO] == [(10, 10, None)]


def test_after_a_hire_has_ended_a_new_journey_begins():
    tracks, now = told(
        journey(
            (0, SEE),
            (5, DO),
            (10, CARE),
            (300, SEE, Cause.ASSIGNMENT_ENDED),
            (310, THINK),
        )
    )

    assert tracks[Edge.SEE_THINK] == [(0, 5, None), (300, 310, None)]
    assert tracks[Edge.THINK_DO] == [(5, 5, None), (310, None, None)]
    assert now == {THINK: 1}


def test_a_hire_that_is_undone_never_was():
    tracks, _ = told(journey((0, SEE), (5, DO), (10, CARE), (12, DO, Cause.UNHIRED)))

    assert tracks[Edge.DO_HIRE] == [(5, None, None)]


def test_who_is_deleted_is_lost_and_is_nowhere_now():
    tracks, now = told(journey((0, SEE), (10, THINK), gone=20))

    assert tracks[Edge.THINK_DO] == [(10, None, 20)]
    assert now == {}


@pytest.mark.parametrize(("day", "phase"), [(5, SEE), (10, THINK)])
def test_only_what_was_known_at_the_moment_counts(day, phase):
    moved = journey((0, SEE), (10, THINK), (30, DO), gone=40)
    tracks, now = told(moved, as_of=LONG_AGO + timedelta(days=day))

    assert now == {phase: 1}
    assert Edge.DO_HIRE not in tracks
