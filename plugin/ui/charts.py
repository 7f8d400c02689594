"""The geometry of charts over time: numbers in, paths in an SVG out; pure.

As in `pictures`, everything is drawn on a canvas that is 100 wide, and every chart has
its table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from plugin.mappings.model import Phase

#: Height of the canvas.
HEIGHT = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """A count that is not known for sure, over time."""

    #: Closed path between the low and the high values.
    band: str
    #: Path of the middle values.
    middle: str
    #: Height of the goal's line.
    goal: float
    #: What stands at the top of the canvas.
    most: int


#: A day with the low, middle and high value.
Point = tuple[date, int, int, int]


def fan(points: Sequence[Point], goal: int) -> Fan | None:
    """Draw points with a goal; None without two days."""
    if len(points) < 2:  # noqa: PLR2004 -- a line has two ends
        return None
    first, last = points[0][0], points[-1][0]
    most = max(goal, *(high for *_, high in points), 1)
    across = [100 * (one[0] - first).days / (last - first).days for one in points]
    lows, middles, highs = (
        [(x, _height(value, most)) for x, value in zip(across, values, strict=True)]
        for values in zip(*(one[1:] for one in points), strict=True)
    )
    return Fan(
        band=f"{path(highs)}L{path(lows[::-1])[1:]}Z",
        middle=path(middles),
        goal=_height(goal, most),
        most=most,
    )


def path(corners: Sequence[tuple[float, float]]) -> str:
    """Join corners to the path of a line."""
    first, *others = (f"{x:.2f} {y:.2f}" for x, y in corners)
    return "M" + "L".join([first, *others])


def _height(value: float, most: float) -> float:
    return HEIGHT * (1 - value / most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of a line: a time spent in one phase, or what comes of it."""

    phase: Phase
    path: str
    is_ahead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A score over time, coloured by phase."""

    stretches: tuple[Stretch, ...]
    #: Where the present is.
    now: float
    begins: datetime
    ends: datetime


#: A moment, the score 0..100, the phase, and whether it is yet to come.
Mark = tuple[datetime, int, Phase, bool]


def curve(marks: Sequence[Mark]) -> Curve | None:
    """Draw a score from its first mark to its last; None without two moments.

    What leads to a mark is of that mark's phase, so that the line has no gaps.
    """
    if not marks or marks[0][0] == marks[-1][0]:
        return None
    begins, ends = marks[0][0], marks[-1][0]
    length = (ends - begins).total_seconds()
    corners = [
        (100 * (at - begins).total_seconds() / length, HEIGHT * (1 - score / 100))
        for at, score, *_ in marks
    ]
    starts = [0, *(n for n in range(1, len(marks)) if marks[n][2:] != marks[n - 1][2:])]
    stretches = tuple(
        Stretch(
            phase=marks[start][2],
            path=path(corners[max(0, start - 1) : end]),
            is_ahead=marks[start][3],
        )
        for start, end in zip(starts, [*starts[1:], len(marks)], strict=True)
    )
    present = max(
        (x for (x, _), mark in zip(corners, marks, strict=True) if not mark[3])
    )
    return Curve(stretches=stretches, now=present, begins=begins, ends=ends)
