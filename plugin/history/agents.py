"""User agents: which are machines, and which are the same programme."""

import re
from collections.abc import Sequence
from functools import lru_cache

from crawlerdetect import CrawlerDetect

from plugin.history.evidence import AGENTS

# One detector for all: it compiles some 1,400 patterns.
_DETECTOR = CrawlerDetect()

#: What no browser sends: scanners that do not bother.
_BARE = frozenset({"mozilla", "mozilla/4.0", "mozilla/5.0", "-", "ua"})

_VERSIONS = re.compile(r"[\d._]+")


def is_machine_agent(user_agent: str | None, also: Sequence[str] = ()) -> bool:
    """Tell whether a user agent is a crawler's or a scanner's."""
    return bool(user_agent) and _is_machine(user_agent or "", tuple(also))


@lru_cache(maxsize=20_000)
def _is_machine(user_agent: str, also: tuple[str, ...]) -> bool:
    lower = user_agent.strip().lower()
    if lower in _BARE or any(one in lower for one in (*AGENTS, *also)):
        return True
    return bool(_DETECTOR.is_crawler(user_agent))


@lru_cache(maxsize=20_000)
def family(user_agent: str | None) -> str:
    """Name browser and system without versions: people update."""
    return _VERSIONS.sub("", user_agent or "")


def may_be_same(one: str | None, other: str | None) -> bool:
    """Tell whether two user agents can be one programme at one moment."""
    return not one or not other or one == other
