"""The geometry of the pictures: numbers in, places in an SVG out; pure.

Everything is drawn on a canvas that is 100 wide and stretched to its place, so
pictures need no script and no inline style, which the policy forbids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from plugin.mappings.model import Phase
from plugin.phases.model import Move

#: The least that a count above nothing is wide, so that it can be seen.
LEAST = 1.5
#: Height of a phase's lane in the picture of a journey.
LANE = 10
#: Share of the width kept for what comes, if something does.
FUTURE = 0.25
HEIGHT = LANE * len(Phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One phase's band in the funnel, centred, and how it narrows to the next."""

    left: float
    width: float
    #: Corners of what joins it to the next band; None for the last.
    joint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A time in one phase: a line in its lane."""

    phase: Phase
    start: float
    end: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A journey as lines: stays, the steps between them, and what comes."""

    stays: tuple[Stay, ...]
    #: Path of the steps from lane to lane.
    steps: str
    #: Where the present is.
    now: float
    #: Path of what comes if nothing happens; empty where nothing does.
    ahead: str
    begins: datetime
    #: When it is, or when something changes by itself.
    ends: datetime


def width(value: float, most: float) -> float:
    """Say how wide a value is where `most` is 100."""
    if value <= 0 or most <= 0:
        return 0.0
    return round(max(LEAST, 100 * value / most), 2)


def funnel(counts: Sequence[int]) -> list[Band]:
    """Draw counts as centred bands, each joined to the next; 30 high and 10 more."""
    widths = [width(count, max(counts, default=0)) for count in counts]
    followers = [*widths[1:], None]
    return [
        Band(left=_left(one), width=one, joint=_joint(one, after))
        for one, after in zip(widths, followers, strict=True)
    ]


def way(
    moves: Sequence[Move],
    *,
    now: datetime,
    review_at: datetime | None,
    falls_to: Phase | None,
) -> Way | None:
    """Draw a journey over time; None before it has begun."""
    if not moves:
        return None
    begins = moves[0].at
    has_future = review_at is not None and falls_to is not None and review_at > now
    present = 100 * (1 - FUTURE) if has_future else 100.0
    length = (now - begins).total_seconds()
    starts = [_place(one.at, begins, length, present) for one in moves]
    stays = tuple(
        Stay(phase=move.after, start=start, end=end, y=_lane(move.after))
        for move, start, end in zip(moves, starts, [*starts[1:], present], strict=True)
    )
    ahead = _ahead(stays[-1], present, falls_to) if has_future else ""
    ends = review_at if has_future and review_at is not None else now
    return Way(
        stays=stays,
        steps=_steps(stays),
        now=present,
        ahead=ahead,
        begins=begins,
        ends=ends,
    )


def _left(band: float) -> float:
    return round((100 - band) / 2, 2)


def _joint(one: float, after: float | None) -> str | None:
    if after is None:
        return None
    left, below = _left(one), _left(after)
    corners = ((left, 30), (100 - left, 30), (100 - below, 40), (below, 40))
    return " ".join(f"{x:g},{y}" for x, y in corners)


def _lane(phase: Phase) -> float:
    """Care is on top, See at the bottom."""
    return HEIGHT - LANE * (list(Phase).index(phase) + 0.5)


def _place(at: datetime, begins: datetime, length: float, present: float) -> float:
    if length <= 0:
        return 0.0
    return round(min(present, present * (at - begins).total_seconds() / length), 2)


def _steps(stays: Sequence[Stay]) -> str:
    return " ".join(
        f"M{after.start:g} {one.y:g}V{after.y:g}" for one, after in pairwise(stays)
    )


def _ahead(last: Stay, present: float, falls_to: Phase | None) -> str:
    """Go on in the same lane, and fall at three quarters of what is left."""
    if falls_to is None:
        return ""
    falls = present + 0.75 * (100 - present)
    return f"M{present:g} {last.y:g}H{falls:g}V{_lane(falls_to):g}H100"
