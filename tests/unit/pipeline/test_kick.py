"""The hint from the door to the worker, without any real time."""

import heapq
import threading
from itertools import count

import pytest

from plugin.pipeline.kick import KICK_SECONDS, Kick


class Time:
    """Seconds that pass when told, and what was put off until then."""

    def __init__(self):
        self.now = 100.0
        self._waiting = []
        self._numbers = count()

    def __call__(self):
        return self.now

    def later(self, seconds, call):
        heapq.heappush(self._waiting, (self.now + seconds, next(self._numbers), call))

    def wait(self, seconds):
        end = self.now + seconds
        while self._waiting and self._waiting[0][0] <= end:
            self.now, _, call = heapq.heappop(self._waiting)
            call()
        self.now = end


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def asked():
    return []


@pytest.fixture
def kick(time, asked):
    return Kick(lambda: asked.append(time.now), clock=time, later=time.later)


def test_the_first_one_asks_at_once(time, kick, asked):
    kick()
    time.wait(0)

    assert asked == [100.0]


def test_whoever_kicks_does_not_wait_for_the_queue(time, asked):
    """Not even for a moment: enqueueing is done by somebody else."""
    kick = Kick(lambda: asked.append(1), clock=time, later=time.later)
    kick()

    assert asked == []


def test_a_burst_asks_at_its_start_and_once_after_it(time, kick, asked):
    kick()
    time.wait(0)
    for _ in range(100):
        kick()
        time.wait(0.001)
    time.wait(10)

    assert asked == [100.0, 100.0 + KICK_SECONDS]


def test_under_a_steady_stream_it_asks_four_times_a_second(time, kick, asked):
    for _ in range(10_000):
        kick()
        time.wait(0.001)
    time.wait(1)

    assert 40 <= len(asked) <= 42


def test_the_last_one_is_never_left_waiting(time, kick, asked):
    for pause in (0.0, 0.01, 0.2, 0.249, 0.25, 0.251, 3.0):
        kick()
        kicked_at = time.now
        time.wait(pause)
        kick()
        kicked_at = time.now
        time.wait(KICK_SECONDS)
        assert asked[-1] >= kicked_at


def test_after_a_quiet_time_it_asks_at_once_again(time, kick, asked):
    kick()
    time.wait(60)
    kick()
    time.wait(0)

    assert asked == [100.0, 160.0]


def test_a_queue_that_fails_does_not_stop_later_ones(time):
    asked = []

    def enqueue():
        asked.append(1)
        raise OSError("the queue is away")

    kick = Kick(enqueue, clock=time, later=time.later)
    kick()
    time.wait(1)
    kick()
    time.wait(1)

    assert len(asked) == 2


def test_a_queue_that_does_not_answer_is_waited_for_by_one_alone():
    """Each delivery would leave a thread behind."""
    asked, may_answer, begun = [], threading.Event(), threading.Event()

    def enqueue():
        asked.append(threading.current_thread())
        begun.set()
        assert may_answer.wait(30)

    later = []

    def in_a_thread_at_once(_seconds, call):
        thread = threading.Thread(target=call, daemon=True)
        later.append(thread)
        thread.start()

    kick = Kick(enqueue, later=in_a_thread_at_once)
    kick()
    assert begun.wait(30)
    for _ in range(100):
        kick()
    assert (len(asked), len(later)) == (1, 1)

    may_answer.set()
    for thread in later:  # grows by the one that asks again
        thread.join(30)
    assert (len(asked), len(later)) == (2, 2), "for those who kicked meanwhile"


def test_by_itself_it_uses_a_thread_that_keeps_no_process_alive():
    done = threading.Event()
    threads = []

    def enqueue():
        threads.append(threading.current_thread())
        done.set()

    Kick(enqueue)()

    assert done.wait(5)
    assert threads[0] is not threading.main_thread()
    assert threads[0].daemon
