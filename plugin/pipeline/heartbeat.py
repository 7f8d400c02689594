"""The worker's sign of life, kept in the store so that every process can see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.store import Unit

#: Name of the mark.
WORKER = "worker.heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life of the worker."""

    at: datetime
    #: Version of the mappings it judges by; "" when it did not say.
    mappings: str = ""


def beat(unit: Unit, now: datetime, *, mappings: str = "") -> None:
    """Note that the worker lives; its clock calls this every minute."""
    unit.marks.put(WORKER, {"at": now.isoformat(), "mappings": mappings})


def last_beat(unit: Unit) -> Beat | None:
    """Read the worker's last sign of life; None when it never ran."""
    told: Mapping[str, str] | None = unit.marks.get(WORKER)
    if told is None:
        return None
    return Beat(at=datetime.fromisoformat(told["at"]), mappings=told["mappings"])
