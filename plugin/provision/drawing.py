"""Where the steps of a campaign stand on its drawing. Pure."""

from collections.abc import Iterable

from plugin.provision.steps import Step

#: Distance between two steps, in the drawing's pixels; a step is 200 wide.
ACROSS, DOWN = 240, 150

#: Where the drawing begins.
LEFT, TOP = 60, 50


def layout(steps: Iterable[Step]) -> dict[str, tuple[int, int]]:
    """Place each step by name, and the source as "": x and y in pixels.

    Every branch has columns of its own; a step stands above the first of what
    follows it, so that the way of most people reads straight down.
    """
    below: dict[str, list[str]] = {}
    for step in steps:
        below.setdefault(step["after"], []).append(step["name"])
    places: dict[str, tuple[int, int]] = {}
    columns = 0
    todo = [("", 0)]
    while todo:
        name, depth = todo.pop()
        if name in places:
            continue
        places[name] = (LEFT + ACROSS * columns, TOP + DOWN * depth)
        following = below.get(name, [])
        columns += not following
        todo += [(one, depth + 1) for one in reversed(following)]
    return places
