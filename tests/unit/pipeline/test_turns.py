"""One at a time, and nobody who asks is lost."""

import threading

import pytest

from plugin.pipeline.turns import OneAtATime

PATIENCE = 5


class Job:
    """A job that can be held up while it runs."""

    def __init__(self):
        self.runs = 0
        self.most = 0
        self.running = 0
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def __call__(self):
        self.running += 1
        self.most = max(self.most, self.running)
        self.runs += 1
        self.begun.release()
        assert self.may_end.acquire(timeout=PATIENCE)
        self.running -= 1


@pytest.fixture
def job():
    return Job()


def start(run):
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_who_comes_meanwhile_does_not_wait_and_is_not_lost(job):
    turn = OneAtATime(job)
    first = start(turn)
    assert job.begun.acquire(timeout=PATIENCE)
    for _ in range(3):
        turn()  # comes back at once

    assert job.runs == 1
    job.may_end.release(2)
    first.join(PATIENCE)
    assert (job.runs, job.most) == (2, 1)


def test_once_it_is_over_it_runs_again(job):
    turn = OneAtATime(job)
    job.may_end.release(2)
    turn()
    turn()

    assert job.runs == 2


def test_a_failure_ends_the_turn():
    runs = []

    def fail():
        runs.append(1)
        raise RuntimeError("no")

    turn = OneAtATime(fail)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            turn()

    assert len(runs) == 2


def test_many_threads_never_run_it_at_once(job):
    turn = OneAtATime(job)
    job.may_end.release(1000)
    threads = [start(turn) for _ in range(30)]
    for one in threads:
        one.join(PATIENCE)

    assert job.most == 1
    assert job.runs >= 1
