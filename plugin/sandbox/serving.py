"""A look-alike's app on loopback, in a thread."""

import threading
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugin.sandbox.faults import WSGI

#: Seconds between looks at whether to stop.
POLL = 0.005


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        """Say nothing: the page shows what there is."""


class Served:
    """Base of a look-alike, `with Some() as one: one.url`; `app` is what it serves."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Take where to listen; port 0 takes a free one."""
        self._at = (host, port)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def app(self) -> WSGI:
        """Make what is served."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        host, port = self._at
        self._server = make_server(
            host, port, self.app(), threaded=True, request_handler=_Quiet
        )
        self._at = (host, self._server.port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Give the address, without a slash at the end."""
        host, port = self._at
        return f"http://{host}:{port}"
