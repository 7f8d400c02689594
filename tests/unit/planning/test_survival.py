"""Who passed and who is under way, against curves worked out by hand."""

from datetime import timedelta

import numpy as np
import pytest

from plugin.mappings.audiences import Edge
from plugin.planning.model import Passage, PhaseHistory
from plugin.planning.survival import incidence, observe
from tests.unit.planning.histories import NOW


def passage(entered, passed=None, gone=None, people=1):
    """Days ago."""

    def at(days):
        return None if days is None else NOW - timedelta(days=days)

    return Passage(
        edge=Edge.SEE_THINK,
        entered_at=at(entered),
        passed_at=at(passed),
        gone_at=at(gone),
        people=people,
    )


def seen(*rows, as_of=NOW):
    return observe(PhaseHistory.of(rows).track(Edge.SEE_THINK), as_of)


def test_kaplan_and_meier_by_hand():
    """Pass after 10 and 30 days, under way for 20 and 40: 1/4, then 1/4 + 3/4 x 1/2."""
    curve = incidence(seen(passage(50, 40), passage(50, 20), passage(20), passage(40)))

    assert curve.at(9) == 0
    assert curve.at(10) == pytest.approx(1 / 4)
    assert curve.at(29) == pytest.approx(1 / 4)
    assert curve.at(30) == pytest.approx(1 / 4 + 3 / 4 * 1 / 2)
    assert curve.plateau == pytest.approx(5 / 8)


def test_who_was_lost_can_pass_no_more():
    """Two of four pass, two are lost: a half, not two of two."""
    curve = incidence(
        seen(
            passage(50, 40), passage(50, 30), passage(50, gone=45), passage(50, gone=1)
        )
    )

    assert curve.plateau == pytest.approx(1 / 2)


def test_nothing_after_the_moment_is_looked_at():
    known = seen(
        passage(50, 10), passage(20), passage(5), as_of=NOW - timedelta(days=15)
    )

    assert (known.passed, known.waiting, known.gone) == (0, 2, 0)
    assert np.allclose(sorted(known.ages), [5, 35])


def test_who_passes_in_the_same_session_skipped_the_phase():
    known = seen(passage(10, 10 - 1 / 48), passage(10, 9))

    assert known.instant == 1
    assert known.passed == 2


def test_groups_count_as_their_people():
    assert seen(passage(50, 40, people=3), passage(20, people=2)).entered == 5


def test_nobody_gives_an_empty_curve():
    assert incidence(seen()).plateau == 0
