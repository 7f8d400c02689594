from hypothesis import given
from hypothesis import strategies as st

from plugin.pipeline.backoff import LONGEST_SECONDS, ceiling, delay, is_hopeless

ATTEMPTS = st.integers(1, 10_000)
JITTER = st.floats(0, 1)


@given(ATTEMPTS)
def test_the_ceiling_never_falls_and_has_a_top(attempts):
    assert ceiling(attempts) <= ceiling(attempts + 1) <= LONGEST_SECONDS


@given(ATTEMPTS, JITTER)
def test_the_wait_lies_in_the_upper_half_of_the_ceiling(attempts, jitter):
    assert ceiling(attempts) / 2 <= delay(attempts, jitter) <= ceiling(attempts)


@given(ATTEMPTS, JITTER, st.floats(0, 1e6))
def test_what_was_asked_for_is_never_undercut(attempts, jitter, asked):
    assert delay(attempts, jitter, asked) >= asked


def test_it_takes_about_a_day_and_a_half_to_give_up():
    tried = next(attempt for attempt in range(1, 1000) if is_hopeless(attempt))
    longest = sum(ceiling(attempt) for attempt in range(1, tried))

    assert 24 * 3600 < longest < 48 * 3600
