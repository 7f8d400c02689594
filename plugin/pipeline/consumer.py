"""Huey's consumer, which rests while a worker has nothing to say.

It then leaves the queue alone, which others may share, and enqueues nothing by the
clock; so no job is lost on a worker that would not do it.
"""

from collections.abc import Callable
from typing import Any

from huey.consumer import Consumer, Scheduler, Worker

#: Seconds between two questions whether to work.
REST_SECONDS = 0.5


class RestingConsumer(Consumer):  # type: ignore[misc] # huey has no types
    """A consumer whose parts rest for as long as they may not work."""

    def __init__(self, *args: Any, may_work: Callable[[], bool], **how: Any) -> None:
        """Take what says whether to work; the rest is Huey's."""
        self._may_work = may_work
        super().__init__(*args, **how)

    def _create_worker(self) -> Worker:
        return self._resting(super()._create_worker())

    def _create_scheduler(self) -> Scheduler:
        return self._resting(super()._create_scheduler())

    def _resting(self, one: Any) -> Any:
        loop = one.loop

        def loop_or_rest(now: Any = None) -> None:
            if self._may_work():
                loop(now)
            else:
                self.stop_flag.wait(REST_SECONDS)

        one.loop = loop_or_rest
        return one
