"""Signs of life, kept in the store so that every process can see them.

One is that of the work itself: the clock of the jobs ticks, whoever runs them. The
others are those of each worker, with the mappings it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.pipeline.parts import Parts
from plugin.store import Unit

#: Name of the mark, and how those of each worker begin.
WORKER, EACH = "worker.heartbeat", "worker:"
#: A worker that was killed is listed so long.
FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life of a worker."""

    at: datetime
    #: Version of the mappings it judges by; "" when it did not say.
    mappings: str = ""
    #: What is wrong with the folder it should have taken over; empty when it did.
    refused: tuple[str, ...] = ()


def pulse(parts: Parts) -> None:
    """Note that the work goes on, by which mappings, and which it refuses."""
    version, refused = parts.mappings.version, parts.refused()
    with parts.store.unit() as unit:
        beat(unit, parts.clock(), mappings=version, refused=refused)


def beat(
    unit: Unit, now: datetime, *, mappings: str = "", refused: tuple[str, ...] = ()
) -> None:
    """Note that the work goes on; the jobs' clock calls this every minute."""
    unit.marks.put(WORKER, _told(now, mappings, refused))


def last_beat(unit: Unit) -> Beat | None:
    """Read the last sign of life of the work; None when no worker ever ran."""
    told: Mapping[str, Any] | None = unit.marks.get(WORKER)
    return None if told is None else _beat(told)


def live(parts: Parts, name: str) -> None:
    """Note that this worker lives, and forget those of whom nothing is heard."""
    version, refused, now = parts.mappings.version, parts.refused(), parts.clock()
    with parts.store.unit() as unit:
        unit.marks.put(EACH + name, _told(now, version, refused))
        for other, one in workers(unit).items():
            if now - one.at > FORGOTTEN:
                unit.marks.put(EACH + other, None)


def end(parts: Parts, name: str) -> None:
    """Note that this worker ended as it was asked to."""
    with parts.store.unit() as unit:
        unit.marks.put(EACH + name, None)


def workers(unit: Unit) -> dict[str, Beat]:
    """Read the last sign of life of each worker, by its name: "machine:pid"."""
    found = unit.marks.starting(EACH)
    return {name.removeprefix(EACH): _beat(told) for name, told in found.items()}


def _told(
    now: datetime, mappings: str, refused: tuple[str, ...]
) -> Mapping[str, object]:
    return {"at": now.isoformat(), "mappings": mappings, "refused": list(refused)}


def _beat(told: Mapping[str, Any]) -> Beat:
    return Beat(
        at=datetime.fromisoformat(told["at"]),
        mappings=told["mappings"],
        refused=tuple(told.get("refused", ())),
    )
