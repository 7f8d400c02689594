"""The geometry of movements: counts from phase to phase in, ribbons out; pure.

A Sankey diagram: as wide on the left as people left each phase, on the right as they
came into each. Drawn on a canvas that is 100 wide and `HEIGHT` high.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from plugin.mappings.model import Phase

HEIGHT = 60.0
#: Width of a block, and the space between two.
BLOCK, SPACE = 2.0, 3.0

#: From where (None for who came in) and to where -> people.
Flows = Mapping[tuple[Phase | None, Phase], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """All who left one phase, or came into it."""

    phase: Phase | None
    people: int
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """Those who went from one phase to another."""

    before: Phase | None
    after: Phase
    people: int
    path: str

    @property
    def is_up(self) -> bool:
        """Whether it brought them nearer."""
        order = [None, *Phase]
        return order.index(self.after) > order.index(self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sankey:
    """Movements as a picture; the ribbons in the order in which they are told."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    ribbons: tuple[Ribbon, ...]


def sankey(flows: Flows) -> Sankey | None:
    """Draw who went where; None where nobody did."""
    told = {
        edge: people for edge, people in flows.items() if people and edge[0] != edge[1]
    }
    if not told:
        return None
    left = _blocks(_summed(told, 0), 0.0)
    right = _blocks(_summed(told, 1), 100.0 - BLOCK)
    return Sankey(
        left=tuple(left.values()),
        right=tuple(right.values()),
        ribbons=tuple(_ribbons(told, left, right)),
    )


def _summed(flows: Flows, side: int) -> dict[Phase | None, int]:
    found: dict[Phase | None, int] = {}
    for phase in (None, *Phase):
        people = sum(n for edge, n in flows.items() if edge[side] == phase)
        if people:
            found[phase] = people
    return found


def _blocks(people: Mapping[Phase | None, int], x: float) -> dict[Phase | None, Block]:
    room = HEIGHT - SPACE * (len(people) - 1)
    total = sum(people.values())
    blocks: dict[Phase | None, Block] = {}
    y = 0.0
    for phase, count in people.items():
        height = room * count / total
        blocks[phase] = Block(
            phase=phase, people=count, x=x, y=round(y, 3), height=round(height, 3)
        )
        y += height + SPACE
    return blocks


def _ribbons(
    flows: Flows,
    left: Mapping[Phase | None, Block],
    right: Mapping[Phase | None, Block],
) -> list[Ribbon]:
    order = [None, *Phase]
    starts = {phase: block.y for phase, block in left.items()}
    ends = {phase: block.y for phase, block in right.items()}
    found = []
    for (before, after), people in sorted(
        flows.items(), key=lambda one: (order.index(one[0][0]), order.index(one[0][1]))
    ):
        block, goal = left[before], right[after]
        thick = block.height * people / block.people
        thin = goal.height * people / goal.people
        path = _path((starts[before], thick), (ends[after], thin))
        starts[before] += thick
        ends[after] += thin
        ribbon = Ribbon(before=before, after=after, people=people, path=path)
        found.append(ribbon)
    return found


def _path(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Draw a ribbon between the blocks: two curves and two straight ends."""
    (top, thick), (goal, thin) = start, end
    x, to = BLOCK, 100.0 - BLOCK
    return (
        f"M{x:g} {top:.2f}C50 {top:.2f} 50 {goal:.2f} {to:g} {goal:.2f}"
        f"V{goal + thin:.2f}C50 {goal + thin:.2f} 50 {top + thick:.2f} "
        f"{x:g} {top + thick:.2f}Z"
    )
