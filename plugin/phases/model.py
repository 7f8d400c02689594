"""The phase a person is in, how they came there, and what comes of it."""

from dataclasses import dataclass, field
from datetime import datetime

from plugin.content.next_item import NextItem
from plugin.history.moves import Cause, Move
from plugin.mappings.model import Phase
from plugin.scoring.model import Availability, Momentum, Score

__all__ = ["Cause", "Decision", "Fall", "Move"]


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
