"""Steps from phase to phase: what a journey consists of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from plugin.mappings.model import Phase


class Cause(StrEnum):
    """Why a person moved."""

    #: New contacts start in See.
    STARTED = "started"
    #: Points reached an enter threshold.
    SCORE = "score"
    #: Points fell below a leave threshold.
    COOLED = "cooled"
    #: The candidate signed up by a form that is a gate.
    SIGN_UP = "sign-up"
    HIRED = "hired"
    UNHIRED = "unhired"
    REJECTED = "rejected"
    #: The candidate withdrew from the application.
    WITHDRAWN = "withdrawn"
    ASSIGNMENT_ENDED = "assignment-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step from phase to phase."""

    at: datetime
    #: None for the first one.
    before: Phase | None
    after: Phase
    cause: Cause
    #: What tipped it: the content or the ATS connection; may be empty.
    detail: str = ""
    #: Key of the event that caused it; None where time did.
    event_key: str | None = None

    def as_json(self) -> list[Any]:
        """Write it for the store."""
        before = self.before.value if self.before else None
        told = (before, self.after.value, self.cause.value, self.detail, self.event_key)
        return [self.at.isoformat(), *told]

    @classmethod
    def of(cls, told: list[Any]) -> Self:
        """Read what `as_json` wrote."""
        at, before, after, cause, detail, event_key = told
        return cls(
            at=datetime.fromisoformat(at),
            before=Phase(before) if before else None,
            after=Phase(after),
            cause=Cause(cause),
            detail=detail,
            event_key=event_key,
        )
