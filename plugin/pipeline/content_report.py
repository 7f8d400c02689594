"""What the page of content shows, looked up by a worker.

At night by itself, and within a minute when somebody asks: reading all content from
Mautic, and everybody's histories, takes longer than anybody waits for a page.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from plugin.pipeline import content_health
from plugin.pipeline.lint import lint_all
from plugin.pipeline.parts import Parts
from plugin.store import Unit

ASKED, FINDINGS = "content.asked", "content.lint"


def ask(parts: Parts) -> None:
    """Want it looked at again; the next run of a worker does."""
    with parts.store.unit() as unit:
        unit.marks.put(ASKED, parts.clock().isoformat())


def asked_at(unit: Unit) -> datetime | None:
    """Say since when somebody waits for it; None where nobody does."""
    told = unit.marks.get(ASKED)
    return datetime.fromisoformat(told) if told else None


def go_on(parts: Parts) -> bool:
    """Look again if somebody asked; say whether that was so."""
    with parts.store.view() as unit:
        asked = unit.marks.get(ASKED)
    if asked is None:
        return False
    look(parts)
    with parts.store.unit() as unit:
        if unit.marks.get(ASKED) == asked:
            unit.marks.put(ASKED, None)
    return True


def look(parts: Parts) -> None:
    """Count, judge and lint. Raises what the client of Mautic raises, at the end."""
    content_health.run(parts)
    found = [asdict(one) | {"mend": one.mend} for one in lint_all(parts)]
    with parts.store.unit() as unit:
        unit.marks.put(FINDINGS, {"as_of": parts.clock().isoformat(), "found": found})


def findings(unit: Unit) -> Mapping[str, Any] | None:
    """Give what was wrong when last looked: {"as_of", "found"}; None before."""
    told: Mapping[str, Any] | None = unit.marks.get(FINDINGS)
    return told
