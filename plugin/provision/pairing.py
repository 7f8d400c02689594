"""Which step in Mautic is which of ours: also when somebody renamed it. Pure.

A step that is taken for another one gets a new id, and whoever waits at the old
one drops out of the campaign.
"""

from collections.abc import Sequence

from plugin.provision.steps import Step


def pairs(wanted: Sequence[Step], have: Sequence[Step]) -> dict[str, int]:
    """Say for each wanted step, by its name, which position in `have` it is.

    Steps of the same name are the same; so are those of the same type with the same
    properties below the same step. Those that are new are left out.
    """
    found: dict[str, int] = {}
    for step in wanted:
        same = (i for i, one in enumerate(have) if one["name"] == step["name"])
        position = next((i for i in same if i not in found.values()), None)
        if position is not None:
            found[step["name"]] = position
    for step in wanted:
        if step["name"] not in found:
            position = _renamed(step, have, found)
            if position is not None:
                found[step["name"]] = position
    return found


def _renamed(step: Step, have: Sequence[Step], found: dict[str, int]) -> int | None:
    before = found.get(step["after"])
    above = have[before]["name"] if before is not None else step["after"]
    taken = set(found.values())
    for position, one in enumerate(have):
        alike = all(one[name] == step[name] for name in ("type", "properties", "path"))
        if position not in taken and alike and one["after"] == above:
            return position
    return None
