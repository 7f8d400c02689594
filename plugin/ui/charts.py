"""The geometry of charts over time: numbers in, paths in an SVG out; pure.

As in `pictures`, everything is drawn on a canvas that is 100 wide, and every chart has
its table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
