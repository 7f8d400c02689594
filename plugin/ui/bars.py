"""The geometry of stacked bars: counts in, rectangles in an SVG out; pure.

As in `charts`, everything is drawn on a canvas that is 100 wide and 50 high.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from plugin.ui.charts import HEIGHT

#: Share of a bar's place that stays empty.
GAP = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One piece of a stacked bar."""

    x: float
    y: float
    width: float
    height: float
    #: Which of the stacked values it is, counted from 0.
    part: int


def stacked(columns: Sequence[Sequence[int]], most: int) -> list[Bar]:
    """Draw columns of values on top of each other; `most` is as high as the canvas."""
    place = 100 / max(1, len(columns))
    bars: list[Bar] = []
    for number, values in enumerate(columns):
        top = HEIGHT
        for part, value in enumerate(values):
            height = HEIGHT * value / max(1, most)
            top -= height
            if value:
                bars.append(
                    Bar(
                        x=round(place * (number + GAP / 2), 3),
                        y=round(top, 3),
                        width=round(place * (1 - GAP), 3),
                        height=round(height, 3),
                        part=part,
                    )
                )
    return bars
