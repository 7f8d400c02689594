"""The recorded exchanges with real Odoos 18 and 19, as tests read them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures" / "odoo"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer."""

    version: int
    #: "059-create-with-job".
    name: str
    path: str
    method: str
    status: int
    request: Any
    response: Any

    @property
    def is_webhook(self) -> bool:
        """Whether Odoo sent it to us."""
        return "webhook-received" in self.name

    @property
    def call(self) -> tuple[str, str, Any, dict[str, Any]] | None:
        """Read model, method, ids and named arguments; None where it is no call."""
        if self.is_webhook or not isinstance(self.request, dict):
            return None
        if self.path.startswith("/json/2/"):
            model, method = self.path.removeprefix("/json/2/").split("/")
            named = dict(self.request)
            return model, method, named.pop("ids", None), named
        args = self.request.get("params", {}).get("args", [])
        if self.request.get("params", {}).get("method") != "execute_kw":
            return None
        *_, model, method, given = args[:6]
        return model, method, given, dict(args[6]) if len(args) > 6 else {}

    @property
    def error(self) -> str | None:
        """Name the error that was answered."""
        told = self.response if isinstance(self.response, dict) else {}
        if self.version == 18:
            told = told.get("error", {}).get("data", {})
        return told.get("name") if "debug" in told else None

    @property
    def result(self) -> Any:
        """Give the answer without its wrapping."""
        return self.response.get("result") if self.version == 18 else self.response


@cache
def exchanges(version: int) -> tuple[Exchange, ...]:
    """Read all exchanges of one generation that tests use, in order."""
    paths = sorted((FIXTURES / str(version)).glob("*.json"))
    return tuple(_read(version, path) for path in paths)


def exchange(version: int, number: str) -> Exchange:
    """Find one exchange by its number."""
    return next(one for one in exchanges(version) if one.name.startswith(number))


def _read(version: int, path: Path) -> Exchange:
    told = json.loads(path.read_text())
    return Exchange(
        version=version,
        name=path.stem,
        path=told["path"],
        method=told["method"],
        status=told["status"],
        request=told["request_body"],
        response=told["response_body"],
    )
