"""A picture of movements is as wide as its counts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.mappings.model import Phase
from plugin.ui.flows import HEIGHT, SPACE, sankey

EDGES = st.tuples(st.sampled_from([None, *Phase]), st.sampled_from(list(Phase)))
FLOWS = st.dictionaries(EDGES, st.integers(0, 10**6), max_size=12)


def numbers(path):
    return [float(one) for one in re.findall(r"-?\d+\.?\d*", path)]


def test_each_side_is_as_high_as_its_people():
    drawn = sankey(
        {
            (None, Phase.SEE): 60,
            (Phase.SEE, Phase.THINK): 30,
            (Phase.THINK, Phase.SEE): 10,
        }
    )

    assert [(one.phase, one.people) for one in drawn.left] == [
        (None, 60),
        (Phase.SEE, 30),
        (Phase.THINK, 10),
    ]
    assert [(one.phase, one.people) for one in drawn.right] == [
        (Phase.SEE, 70),
        (Phase.THINK, 30),
    ]
    room = HEIGHT - 2 * SPACE
    assert [one.height for one in drawn.left] == [0.6 * room, 0.3 * room, 0.1 * room]
    assert [one.is_up for one in drawn.ribbons] == [True, True, False]


@pytest.mark.parametrize(
    "flows", [{}, {(None, Phase.SEE): 0}, {(Phase.DO, Phase.DO): 3}]
)
def test_where_nobody_moved_there_is_nothing_to_draw(flows):
    assert sankey(flows) is None


@given(FLOWS)
def test_nothing_leaves_the_canvas_and_nobody_is_lost(flows):
    drawn = sankey(flows)
    moved = {edge: n for edge, n in flows.items() if n and edge[0] != edge[1]}

    assert (drawn is None) == (not moved)
    if drawn is not None:
        total = sum(moved.values())
        assert sum(one.people for one in drawn.ribbons) == total
        assert sum(one.people for one in drawn.left) == total
        assert sum(one.people for one in drawn.right) == total
        for one in (*drawn.left, *drawn.right):
            assert 0 <= one.y <= one.y + one.height <= HEIGHT + 0.01
        for one in drawn.ribbons:
            assert max(numbers(one.path)) <= 100
