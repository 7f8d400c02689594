"""What marketers may own in things of ours: `keep = [...]` in the mappings. Pure.

What is kept is wanted as it is, so that no plan ever changes it and every update
repeats it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from plugin.mappings.provisioned import Keep
from plugin.provision.pairing import pairs
from plugin.provision.resources import Existing, Resource
from plugin.provision.steps import Step, in_order

#: Property of a step that says which e-mail it sends.
EMAIL = "email"


def as_kept(want: Resource, have: Existing) -> Resource:
    """Want what is there wherever it is the marketer's to decide."""
    if not want.keep:
        return want
    kept = {
        name: have.attributes[name]
        for name in want.keep
        if name in want.attributes and name in have.attributes
    }
    if "steps" in want.attributes and "steps" in have.attributes:
        there = have.attributes["steps"]
        kept["steps"] = _steps(want.attributes["steps"], there, want.keep)
    return replace(want, attributes={**want.attributes, **kept}) if kept else want


def _steps(
    wanted: Sequence[Step], have: Sequence[Step], keep: Collection[str]
) -> list[Step]:
    paired = pairs(wanted, have)
    names = {name: have[position]["name"] for name, position in paired.items()}
    names = names if Keep.LAYOUT in keep else {}
    made = [
        _step(step, have[paired[step["name"]]], keep)
        if step["name"] in paired
        else step | {"after": names.get(step["after"], step["after"])}
        for step in wanted
    ]
    if Keep.LAYOUT in keep:
        theirs = set(range(len(have))) - set(paired.values())
        made += [have[position] for position in sorted(theirs)]
    return in_order(made)


def _step(step: Step, have: Step, keep: Collection[str]) -> Step:
    changes: dict[str, Any] = {}
    if Keep.LAYOUT in keep:
        changes = {name: have[name] for name in ("name", "after", "path")}
    if Keep.WAITS in keep:
        changes["wait"] = have["wait"]
    chosen = have["properties"].get(EMAIL)
    if Keep.EMAILS in keep and EMAIL in step["properties"] and chosen:
        changes["properties"] = {**step["properties"], EMAIL: chosen}
    return step | changes
