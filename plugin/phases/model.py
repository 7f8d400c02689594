"""The phase a person is in, how they came there, and what comes of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from plugin.content.next_item import NextItem
from plugin.mappings.model import Phase
from plugin.scoring.model import Availability, Momentum, Score


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """What the passing of time does to a phase, if nothing else happens."""

    at: datetime
    to: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Where a person stands at a moment: a function of history, rules and time.

    Because the whole journey is replayed, the order in which events arrive can
    never matter, and late evidence takes back what it disproves.
    """

    phase: Phase
    since: datetime
    cause: Cause
    #: All moves, oldest first; the last one led to `phase`.
    moves: tuple[Move, ...]
    score: Score
    #: When to look again if nothing happens; None when time changes nothing.
    review_at: datetime | None
    #: Where a person would be after `review_at`, when that is known.
    falls_to: Phase | None = None
    #: The next fall, whether or not something else is reviewed before it.
    fall: Fall | None = None
    #: Whether they have begun to move, against their own past.
    momentum: Momentum = field(default_factory=Momentum)
    #: When the score shown has faded enough to be told again; None when all has faded.
    refresh_at: datetime | None = None
    #: From when they are free; None where nothing tells.
    available: Availability | None = None
    #: What to show them next; None when they have seen all that fits.
    next_item: NextItem | None = None
