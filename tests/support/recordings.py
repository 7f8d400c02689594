"""The recorded webhook requests of a real Mautic, as tests read them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures" / "mautic"
#: What the recordings were signed with.
SECRET = b"s3cr3t-capture"
#: A campaign's own webhook action: form-encoded, unsigned, not of the hook.
CAMPAIGN_ACTIONS = frozenset({"0084", "0085"})
#: Of other hooks, with secrets that were not recorded.
OTHER_HOOKS = frozenset({"0119", "0123", "0125", "0127", "0129", "0131", "0133"})


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One recorded request."""

    #: "0049" for the sequence, the trigger's name otherwise.
    name: str
    #: What had been done in Mautic to cause it.
    scenario: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


def _read(path: Path, scenario: str) -> Recorded:
    head, body = path.read_bytes().split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines)
    return Recorded(name=path.stem, scenario=scenario, headers=headers, body=body)


@cache
def sequence() -> tuple[Recorded, ...]:
    """Read all recorded requests, in order of arrival."""
    scenarios = json.loads((FIXTURES / "scenarios.json").read_text())
    paths = sorted((FIXTURES / "sequence").glob("*.http"))
    return tuple(_read(path, scenarios[path.stem]) for path in paths)


@cache
def of_the_hook() -> tuple[Recorded, ...]:
    """Leave out what is no delivery of a Mautic hook at all."""
    return tuple(one for one in sequence() if one.name not in CAMPAIGN_ACTIONS)


def numbered(number: int) -> Recorded:
    """Find one request of the sequence."""
    return next(one for one in sequence() if one.name == f"{number:04d}")


def trigger(name: str) -> Recorded:
    """Find the recording of one trigger: "page_on_hit"."""
    return _read(FIXTURES / "triggers" / f"mautic.{name}.http", name)


def trigger_names() -> list[str]:
    """List the recorded triggers, without "mautic."."""
    paths = (FIXTURES / "triggers").glob("*.http")
    return sorted(path.stem.removeprefix("mautic.") for path in paths)
