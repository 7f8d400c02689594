"""The line between us and a look-alike: what went over it, and how it breaks."""

import json
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from werkzeug.wrappers import Response

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Fault:
    """What happens to some calls instead of what should."""

    method: str
    #: How the path begins, from "/api" on.
    path: str
    #: Break the connection before the call is done, or after it.
    drop: Literal["before", "after"] | None = None
    #: Answer this without doing it.
    answer: Response | None = None
    #: Wait so many seconds before it is done.
    seconds: float = 0.0
    #: Calls that it happens to; None for all.
    times: int | None = 1

    def takes(self, method: str, path: str) -> bool:
        """Count down and say whether this call is one of them."""
        fits = method == self.method and path.startswith(self.path)
        if not fits or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Line:
    """Wraps the application of a look-alike; keeps what was asked of it."""

    #: (method, path), in order of arrival.
    calls: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def wrap(self, inner: WSGI) -> WSGI:
        """Give the application with this line before it."""

        def call(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            self.calls.append((method, path))
            fault = self._fault(method, path)
            return (
                inner(environ, start)
                if fault is None
                else _break(fault, inner, environ, start)
            )

        return call

    def fail(
        self,
        status: int,
        method: str = "PATCH",
        path: str = "/api/contacts/batch",
        *,
        times: int | None = 1,
        **headers: str,
    ) -> None:
        """Answer the next calls with a status."""
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        body = json.dumps({"errors": [{"message": "on purpose", "code": status}]})
        answer = Response(body, status, names, content_type="application/json")
        self.faults.append(Fault(method, path, answer=answer, times=times))

    def drop(
        self,
        when: Literal["before", "after"],
        method: str = "PATCH",
        path: str = "/api/contacts/batch",
        *,
        times: int | None = 1,
    ) -> None:
        """Break the connection: nothing was done, or only the answer is lost."""
        self.faults.append(Fault(method, path, drop=when, times=times))

    def mend(self) -> None:
        """Let everything through again."""
        self.faults.clear()

    def count(self, method: str, path: str = "") -> int:
        """Count the calls of a method to paths that begin so."""
        return sum(one == method and to.startswith(path) for one, to in self.calls)

    def patches(self) -> int:
        """Count the writes to contacts."""
        return self.count("PATCH", "/api/contacts")

    def _fault(self, method: str, path: str) -> Fault | None:
        return next((one for one in self.faults if one.takes(method, path)), None)


def _break(
    fault: Fault, inner: WSGI, environ: dict[str, Any], start: Callable[..., Any]
) -> Iterable[bytes]:
    if fault.seconds:
        time.sleep(fault.seconds)
    if fault.drop == "before":
        _hang_up(environ)
    if fault.answer is not None:
        return fault.answer(environ, start)
    answered = list(inner(environ, start))
    if fault.drop == "after":
        _hang_up(environ)
    return answered


def _hang_up(environ: dict[str, Any]) -> None:
    """Close the connection without an answer."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped on purpose")
