"""The worker's sign of life, kept in the store so that every process can see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.pipeline.parts import Parts
from plugin.store import Unit

#: Name of the mark.
WORKER = "worker.heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life of the worker."""

    at: datetime
    #: Version of the mappings it judges by; "" when it did not say.
    mappings: str = ""
    #: What is wrong with the folder it should have taken over; empty when it did.
    refused: tuple[str, ...] = ()


def pulse(parts: Parts) -> None:
    """Note that the worker lives, by which mappings, and which it refuses."""
    version, refused = parts.mappings.version, parts.refused()
    with parts.store.unit() as unit:
        beat(unit, parts.clock(), mappings=version, refused=refused)


def beat(
    unit: Unit, now: datetime, *, mappings: str = "", refused: tuple[str, ...] = ()
) -> None:
    """Note that the worker lives; its clock calls this every minute."""
    told = {"at": now.isoformat(), "mappings": mappings, "refused": list(refused)}
    unit.marks.put(WORKER, told)


def last_beat(unit: Unit) -> Beat | None:
    """Read the worker's last sign of life; None when it never ran."""
    told: Mapping[str, Any] | None = unit.marks.get(WORKER)
    if told is None:
        return None
    return Beat(
        at=datetime.fromisoformat(told["at"]),
        mappings=told["mappings"],
        refused=tuple(told.get("refused", ())),
    )
