"""Recorded exchanges of a real Mautic 5.1.1, and what "the same shape" means."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures"
API = FIXTURES / "mautic_api" / "contract"
WEBHOOKS = FIXTURES / "mautic"
#: A field's value is whatever somebody filled in; its type says nothing.
FREE = {"value", "normalizedValue", "default_value", "defaultValue"}


@dataclass(frozen=True)
class Exchange:
    """One recorded REST call and its answer."""

    name: str
    label: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: Any


def read(path: Path) -> Exchange:
    """Read one recorded exchange, in either of the two formats."""
    found = json.loads(path.read_text())
    body = found.get("request_body")
    answer = found.get("response_text", found.get("response_body"))
    return Exchange(
        name=path.stem,
        label=found.get("label", path.stem),
        method=found["method"],
        path=found["path"],
        headers=found.get("request_headers", {}),
        body=body if isinstance(body, str) else json.dumps(body),
        status=found["status"],
        answer=json.loads(answer) if isinstance(answer, str) else answer,
    )


def exchanges(pattern: str) -> list[Exchange]:
    """Read the recorded exchanges whose file name fits, in order."""
    return [read(path) for path in sorted(API.glob(pattern))]


def deliveries(scenario: str) -> list[dict[str, Any]]:
    """Read the webhook bodies one recorded action caused, in order."""
    scenarios = json.loads((WEBHOOKS / "scenarios.json").read_text())
    found = []
    for number, name in sorted(scenarios.items()):
        if name == scenario:
            raw = (WEBHOOKS / "sequence" / f"{number}.http").read_bytes()
            head, body = raw.split(b"\r\n\r\n", 1)
            if head.startswith(b"POST /hook/all "):
                found.append(json.loads(body))
    return found


def differences(have: Any, want: Any, path: str = "") -> Iterator[str]:
    """List where two JSON values differ in keys or types; null fits anything."""
    if have is None or want is None:
        return
    if isinstance(have, dict) and isinstance(want, dict):
        yield from _keys(have, want, path)
    elif isinstance(have, list) and isinstance(want, list):
        if have and want:
            yield from differences(have[0], want[0], f"{path}[0]")
    elif _kind(have) != _kind(want):
        yield f"{path}: {_kind(have)} {have!r:.40}, recorded {_kind(want)} {want!r:.40}"


def _keys(have: dict[str, Any], want: dict[str, Any], path: str) -> Iterator[str]:
    if _numbered(have) and _numbered(want):
        yield from differences([*have.values()], [*want.values()], path)
        return
    for key in sorted(set(want) - set(have) - FREE):
        yield f"{path}.{key}: missing"
    for key in sorted(set(have) - set(want) - FREE):
        yield f"{path}.{key}: not in the recording"
    for key in sorted(set(have) & set(want) - FREE):
        yield from differences(have[key], want[key], f"{path}.{key}")


def _numbered(value: dict[str, Any]) -> bool:
    return bool(value) and all(key.isdigit() for key in value)


def _kind(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "object" if isinstance(value, dict) else "list"
    return type(value).__name__
