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
    #: Break the connection before the call is done, after it, or within the answer:
    #: half of it, or half of one of which the length, or each chunk's, was told.
    drop: Literal["before", "after", "within", "length", "chunk"] | None = None
    #: Answer this without doing it.
    answer: Response | None = None
    #: Do it, and answer this.
    instead: Response | None = None
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
        when: Literal["before", "after", "within", "length", "chunk"],
        method: str = "PATCH",
        path: str = "/api/contacts/batch",
        *,
        times: int | None = 1,
    ) -> None:
        """Break the connection: nothing was done, or (part of) the answer is lost."""
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
        hang_up(environ)
    if fault.answer is not None:
        return fault.answer(environ, start)
    begin = start if fault.instead is None else _discard
    answered = list(inner(environ, begin))
    if fault.drop in HALVES:
        half = b"".join(answered)[: len(b"".join(answered)) // 2]
        environ["werkzeug.socket"].sendall(HALVES[fault.drop](half))
    if fault.drop is not None:
        hang_up(environ)
    if fault.instead is not None:
        return fault.instead(environ, start)
    return answered


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
#: How half an answer looks on its way.
HALVES: dict[str, Callable[[bytes], bytes]] = {
    "within": lambda half: OK + b"\r\n" + half,
    "length": lambda half: OK + b"Content-Length: %d\r\n\r\n" % (2 * len(half)) + half,
    "chunk": lambda half: (
        OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (2 * len(half)) + half
    ),
}


def _discard(*_answer: Any) -> None:
    """Take the beginning of an answer that nobody will see."""


def hang_up(environ: dict[str, Any]) -> None:
    """Close the connection without an answer."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("dropped on purpose")
