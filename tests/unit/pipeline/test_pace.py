"""Pages grow while Mautic is quick, shrink when it is not, and pauses spare it."""

from hypothesis import given
from hypothesis import strategies as st

from plugin.pipeline.pace import FIRST, LEAST, BatchSize, Pace


def test_full_pages_that_come_quickly_grow_up_to_the_largest():
    pace = Pace(largest=5_000)
    sizes = []
    for _ in range(6):
        sizes.append(pace.limit)
        assert pace.answered(0.00005 * pace.limit, pace.limit) == 0.0
    assert sizes == [500, 1_000, 2_000, 4_000, 5_000, 5_000]


def test_a_page_that_is_not_full_does_not_grow():
    pace = Pace(largest=5_000)
    pace.answered(0.01, 12)
    assert pace.limit == FIRST


def test_slow_answers_and_failures_halve_it_but_not_to_nothing():
    pace = Pace(largest=5_000)
    pace.answered(3.0, FIRST)
    assert pace.limit == FIRST // 2
    for _ in range(20):
        pace.failed()
    assert pace.limit == LEAST


def test_who_became_slow_is_left_alone_as_long_as_it_worked():
    pace = Pace(largest=FIRST)
    assert pace.answered(0.1, FIRST) == 0.0
    assert pace.answered(0.2, FIRST) == 0.0
    assert pace.answered(1.5, FIRST) == 1.5


def test_gentle_asks_a_quarter_of_the_time():
    pace = Pace(largest=FIRST, gentle=True)
    assert pace.answered(0.25, FIRST) == 0.75


def test_no_more_rows_per_second_than_told():
    pace = Pace(largest=FIRST, most=100)
    assert pace.answered(1.0, FIRST) == FIRST / 100 - 1.0


@given(
    st.integers(1, 10_000),
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10_000)), max_size=50),
)
def test_it_never_asks_for_nothing_or_too_much(largest, answers):
    pace = Pace(largest=largest)
    for seconds, rows in answers:
        assert pace.answered(seconds, rows) >= 0.0
        assert 1 <= pace.limit <= largest
        pace.failed()
        assert 1 <= pace.limit <= largest


def test_a_batch_halves_down_to_one_and_grows_while_it_is_quick():
    size = BatchSize(largest=200)
    for _ in range(10):
        size.timed_out()
    least = size.limit
    size.answered(1.0, 1, 30.0)
    size.answered(12.0, 2, 30.0)
    slow = size.limit
    size.answered(1.0, 1, 30.0)
    fewer = size.limit
    for _ in range(10):
        size.answered(1.0, size.limit, 30.0)

    assert (least, slow, fewer, size.limit) == (1, 2, 2, 200)
