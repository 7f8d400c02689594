"""Ways in which a look-alike can go wrong on purpose, call by call."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from werkzeug.wrappers import Response

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Faults:
    """What happens to the next POSTs; nothing, unless it is planned here."""

    #: Number of a call -> when its connection breaks.
    planned: dict[int, str] = field(default_factory=dict)
    #: Answers given instead of doing the call, oldest first.
    answers: list[Response] = field(default_factory=list)
    #: POSTs that came in so far.
    calls: int = 0
    #: Calls that are taken in any second; more get 429 and `Retry-After: 1`.
    most_per_second: int | None = None
    #: Calls that got that answer.
    throttled: int = 0
    #: When the calls of the last second were taken, oldest first.
    taken: deque[float] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def drop(self, number: int, when: Literal["before", "after"]) -> None:
        """Break the connection at the n-th call from now (1 is the next).

        `before` it is done, or `after` it, so that only the answer is lost.
        """
        self.planned = {self.calls + number: when}

    def is_too_often(self) -> bool:
        """Count a call; tell whether it is one too many in the last second."""
        if self.most_per_second is None:
            return False
        now = time.monotonic()
        with self.lock:
            while self.taken and now - self.taken[0] > 1:
                self.taken.popleft()
            if len(self.taken) >= self.most_per_second:
                self.throttled += 1
                return True
            self.taken.append(now)
        return False

    def answer(
        self, status: int, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> None:
        """Answer the next call with this instead of doing it."""
        self.answers.append(Response(body, status, dict(headers or {})))


def breaking(inner: WSGI, faults: Faults, *, every: bool = False) -> WSGI:
    """Wrap a WSGI app so that what is planned happens to it.

    With `every` a call is a request by any method, otherwise only a POST.
    """

    def call(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if not every and environ["REQUEST_METHOD"] != "POST":
            return inner(environ, start)
        faults.calls += 1
        when = faults.planned.pop(faults.calls, None)
        if when == "before":
            _hang_up(environ)
        if faults.is_too_often():
            return Response("", 429, {"Retry-After": "1"})(environ, start)
        if faults.answers:
            return faults.answers.pop(0)(environ, start)
        answered = list(inner(environ, start))
        if when == "after":
            _hang_up(environ)
        return answered

    return call


def _hang_up(environ: dict[str, Any]) -> None:
    """Close the connection without an answer, as a crash or a lost line does."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped on purpose")
