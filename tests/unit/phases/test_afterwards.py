"""What of a journey is news to a recruiter who has the candidate already."""

import pytest

from plugin.mappings.ats import AtsOn
from plugin.mappings.model import Phase
from plugin.phases.afterwards import Turn, turn_of
from plugin.phases.model import Cause, Move
from tests.golden.build import day

SEE, THINK, DO, CARE = Phase


def move(at, before, after, cause=Cause.SCORE):
    return Move(at=day(at), before=before, after=after, cause=cause)


IN = move(1, SEE, DO, Cause.SIGN_UP)
OUT = move(40, DO, THINK, Cause.COOLED)
FURTHER = move(50, THINK, SEE, Cause.COOLED)
BACK = move(60, SEE, DO)


@pytest.mark.parametrize(
    ("moves", "news", "was", "turn"),
    [
        ([IN], [IN], SEE, None),
        ([IN, OUT], [OUT], DO, (Turn.LEAVE_DO, OUT)),
        ([IN, OUT, FURTHER], [FURTHER], DO, (Turn.LEAVE_DO, OUT)),
        ([IN, OUT, FURTHER], [FURTHER], THINK, None),
        ([IN, OUT, BACK], [BACK], THINK, (Turn.RE_ENTRY, BACK)),
        ([IN, OUT, BACK], [], DO, None),
        ([IN, move(40, DO, CARE, Cause.HIRED)], [], DO, None),
        ([IN, move(40, DO, THINK, Cause.REJECTED)], [], DO, None),
        ([IN, move(40, CARE, DO, Cause.UNHIRED)], [], CARE, None),
    ],
)
def test_what_they_did_themselves_since_is_news(moves, news, was, turn):
    assert turn_of(moves, news, was, day(2)) == turn


def test_a_move_that_is_dated_anew_is_none_of_the_news():
    """Late evidence: what led to the hand-over turns out to be older."""
    earlier = move(0.5, SEE, DO, Cause.SIGN_UP)

    assert turn_of([earlier], [earlier], DO, day(2)) is None
    assert turn_of([BACK], [BACK], SEE, None) is None


def test_the_mapping_says_what_comes_of_it():
    rules = AtsOn(re_entry="update", leave_do_note="weg")

    assert Turn.RE_ENTRY.reaction(rules) == "update"
    assert Turn.LEAVE_DO.reaction(rules) == "nothing"
    assert Turn.LEAVE_DO.note(rules) == "weg"
