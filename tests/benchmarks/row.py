"""One promise and the figure that was reached."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    promise: str
    must: str
    reached: str
    holds: bool
