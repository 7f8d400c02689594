"""Turn the moves of people into passages: the history that plans are made from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.planning.model import EDGES, Passage, PhaseHistory

_LEVEL = {phase: level for level, phase in enumerate(Phase)}
_HIRED = _LEVEL[Phase.CARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One person's moves, oldest first."""

    moves: Sequence[Move]
    #: When they were deleted or took their consent back; None while they stay.
    gone_at: datetime | None = None


def history(journeys: Iterable[Journey], *, as_of: datetime) -> PhaseHistory:
    """Build a firm's history from the moves of its people, as known at a moment."""
    passages: list[Passage] = []
    now: Counter[Phase] = Counter()
    for journey in journeys:
        seen = [move for move in journey.moves if move.at <= as_of]
        gone_at = journey.gone_at
        if gone_at is not None and gone_at > as_of:
            gone_at = None
        passages.extend(_passages(seen, gone_at))
        if seen and gone_at is None:
            now[seen[-1].after] += 1
    return PhaseHistory.of(passages, dict(now))


def _passages(moves: Sequence[Move], gone_at: datetime | None) -> Iterator[Passage]:
    """Follow one person; after a hire that ended, a new journey begins."""
    done: list[Passage] = []
    reached = _HIRED
    entered_at: datetime | None = None
    for move in moves:
        level = _LEVEL[move.after]
        if move.cause is Cause.UNHIRED and done and entered_at is None:
            reached, entered_at = _HIRED - 1, done.pop().entered_at
        elif entered_at is None and level < _HIRED:
            reached, entered_at = level, move.at
        while entered_at is not None and reached < level:
            done.append(_step(reached, entered_at, move.at))
            reached, entered_at = reached + 1, move.at
        if reached == _HIRED:
            entered_at = None
    yield from done
    if entered_at is not None:
        yield replace(_step(reached, entered_at, None), gone_at=gone_at)


def _step(level: int, entered_at: datetime, passed_at: datetime | None) -> Passage:
    return Passage(edge=EDGES[level], entered_at=entered_at, passed_at=passed_at)
