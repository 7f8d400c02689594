"""Page after page from Mautic: at its pace, patiently, and one ahead of who reads."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Any, TypeVar

import structlog

from plugin.errors import Retryable
from plugin.pipeline import backoff
from plugin.pipeline.pace import Pace

log = structlog.get_logger(__name__)

Row = dict[str, Any]
#: Asks for the rows above an id, at most so many, lowest first.
Ask = Callable[[int, int], list[Row]]
T = TypeVar("T")

#: Failures in a row after which Mautic is left alone: half an hour and more.
MOST_FAILURES = 14
#: Pages that are fetched ahead: one is worked on, one waits, one is on its way.
AHEAD = 1
#: How often a thread that waits looks whether it is still wanted, in seconds.
LOOK_SECONDS = 0.2


@dataclass(kw_only=True)
class Patience:
    """How time is taken and spent; tests take neither."""

    #: Seconds of a clock that only goes forward.
    timer: Callable[[], float]
    #: Waits so many seconds.
    wait: Callable[[float], None]
    #: 0..1, spreads what would come back together.
    jitter: Callable[[], float]


def pages(ask: Ask, after: int, pace: Pace, patience: Patience) -> Iterator[list[Row]]:
    """Yield the rows above an id, page by page, by id and never by position.

    Waits as long as Mautic asks for (`Retry-After`), or longer from failure to
    failure. Raises Retryable when it does not answer for half an hour.
    """
    while rows := _page(ask, after, pace, patience):
        yield rows
        after = int(rows[-1]["id"])


def _page(ask: Ask, after: int, pace: Pace, patience: Patience) -> list[Row]:
    failures = 0
    while True:
        began = patience.timer()
        try:
            rows = ask(after, pace.limit)
        except Retryable as error:
            failures += 1
            if failures >= MOST_FAILURES:
                raise
            pace.failed()
            wait = backoff.delay(failures, patience.jitter(), error.after_seconds)
            log.warning("backfill.wait", seconds=round(wait, 1), why=str(error))
            patience.wait(wait)
            continue
        if pause := pace.answered(patience.timer() - began, len(rows)):
            patience.wait(pause)
        return rows


def ahead(made: Iterator[T]) -> Iterator[T]:
    """Yield the same, while a thread already makes the next ones."""
    queue: Queue[tuple[str, Any]] = Queue(AHEAD)
    ended = threading.Event()
    thread = threading.Thread(
        target=_make, args=(made, queue, ended), name="pages", daemon=True
    )
    thread.start()
    try:
        while (told := _next(queue, thread)) is not None:
            kind, value = told
            if kind == "error":
                raise value
            yield value
    finally:
        ended.set()
        thread.join()


def _make(
    made: Iterator[T], queue: "Queue[tuple[str, Any]]", ended: threading.Event
) -> None:
    try:
        for one in made:
            if not _put(queue, ("page", one), ended):
                return
    except BaseException as error:  # noqa: BLE001 -- raised again where it is read
        _put(queue, ("error", error), ended)


def _put(
    queue: "Queue[tuple[str, Any]]", told: tuple[str, Any], ended: threading.Event
) -> bool:
    """Put it there unless nobody wants it any more; tell whether it is there."""
    while not ended.is_set():
        try:
            queue.put(told, timeout=LOOK_SECONDS)
        except Full:
            continue
        return True
    return False


def _next(
    queue: "Queue[tuple[str, Any]]", thread: threading.Thread
) -> tuple[str, Any] | None:
    """Take the next one; None when there is none and never will be."""
    while True:
        is_over = not thread.is_alive()
        try:
            return queue.get(timeout=0 if is_over else LOOK_SECONDS)
        except Empty:
            if is_over:
                return None
