"""Recorded exchanges of a real Mautic 5.1.1, and a server that plays them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pytest_httpserver import HTTPServer
from pytest_httpserver.httpserver import RequestHandler

FOLDER = Path(__file__).parents[2] / "fixtures" / "mautic_api"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    method: str
    path: str
    query: dict[str, str]
    request: Any
    status: int
    #: The answer's text, byte for byte where it was recorded as text.
    text: str

    @property
    def answer(self) -> Any:
        return json.loads(self.text)


def recorded(name: str) -> Exchange:
    raw = json.loads((FOLDER / f"{name}.json").read_text())
    request = raw["request_body"]
    if isinstance(request, str) and request.startswith(("{", "[")):
        request = json.loads(request)
    parts = urlsplit(raw["path"])
    params = {key: str(value) for key, value in (raw.get("params") or {}).items()}
    return Exchange(
        method=raw["method"],
        path=parts.path,
        query=dict(parse_qsl(parts.query)) | params,
        request=request or None,
        status=raw["status"],
        text=raw.get("response_text") or json.dumps(raw.get("response_body")),
    )


class Replay:
    """Answers each request with a recording, once, in the order of the calls."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server

    def expect(self, name: str, *, path: str | None = None) -> Exchange:
        exchange = recorded(name)
        self.handler(exchange.method, path or exchange.path).respond_with_data(
            exchange.text,
            status=exchange.status,
            content_type="application/json",
            headers={"Mautic-Version": "5.1.1"},
        )
        return exchange

    def handler(self, method: str, path: str) -> RequestHandler:
        return self.server.expect_ordered_request(path, method=method)

    @property
    def requests(self) -> list[Any]:
        return [request for request, _ in self.server.log]

    def bodies(self) -> list[Any]:
        return [request.get_json() for request in self.requests if request.data]
