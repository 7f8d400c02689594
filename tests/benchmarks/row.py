"""One promise and the figure that was reached."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    promise: str
    must: str
    reached: str
    #: None where another command proves it.
    holds: bool | None

    @property
    def mark(self) -> str:
        return {True: "✓", False: "✗", None: "–"}[self.holds]
