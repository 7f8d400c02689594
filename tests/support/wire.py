"""The wire to a PostgreSQL: cut, mended, or there and without an answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import URL, make_url


class Wire:
    """Lets a PostgreSQL be reached at a port of this machine."""

    def __init__(self, url: str, port: int) -> None:
        """Take the address of the server, and where it shall be reached."""
        self._target = make_url(url)
        self._port = port
        self._over = threading.Event()
        self._speaks = threading.Event()
        self._speaks.set()
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        """Give the address over this wire."""
        database = self._target.database
        user = self._target.username
        return f"postgresql+psycopg://{user}@127.0.0.1:{self._port}/{database}"

    def fall_silent(self) -> None:
        """Take what is sent and connections too, and answer nothing.

        So does a server that was stopped: its kernel goes on answering for it.
        """
        self._speaks.clear()

    def speak(self) -> None:
        """Pass everything on again, what was sent meanwhile first."""
        self._speaks.set()

    def serve(self, listener: socket.socket) -> None:
        """Take connections until it is over."""
        while not self._over.is_set():
            with suppress(TimeoutError):
                near, _ = listener.accept()
                near.settimeout(None)
                far = _connected(self._target)
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(
                        target=self._pass_on, args=pair, daemon=True
                    ).start()

    def cut(self) -> None:
        """End it, and every connection over it."""
        self._over.set()
        self._speaks.set()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(65536):
                self._speaks.wait()
                sink.sendall(some)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire_to(url: str, port: int = 0) -> Iterator[Wire]:
    """Let a PostgreSQL be reached at a port, as long as it lasts."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(0.05)
        wire = Wire(url, listener.getsockname()[1])
        thread = threading.Thread(target=wire.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            wire.cut()
            thread.join()


def _connected(target: URL) -> socket.socket:
    port = target.port or 5432
    if folder := target.query.get("host"):
        one = socket.socket(socket.AF_UNIX)
        one.connect(f"{folder}/.s.PGSQL.{port}")
        return one
    return socket.create_connection((target.host, port))
