"""A plan for people (text, Markdown) and for scripts (JSON); never a secret."""

import json
from collections.abc import Iterator
from typing import Any

from plugin.provision.pairing import pairs
from plugin.provision.plan import Action, AttributeChange, Change, Plan
from plugin.provision.resources import Secret
from plugin.provision.steps import Step

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~"}

EMPTY = "Mautic is as the mappings want it: nothing to do."

#: From so many changes on they are counted by kind.
MANY = 20

#: Longest value shown in full.
WIDTH = 72


def as_text(plan: Plan) -> str:
    """Write a plan for a terminal; ends without a newline."""
    return "\n".join(_text(plan))


def as_markdown(plan: Plan) -> str:
    """Write a plan for a merge request or a chat."""
    return "\n".join(_markdown(plan))


def as_json(plan: Plan) -> str:
    """Write a plan for a script: changes, problems, leftovers, summary, checksum."""
    whole = plan.as_json() | {
        "empty": plan.is_empty,
        "summary": _counts(plan),
        "checksum": plan.checksum,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def summary(plan: Plan) -> str:
    """Say in one line how much a plan would do."""
    counts = _counts(plan)
    problems = f", {counts['problems']} in the way" if plan.problems else ""
    return f"{counts['create']} to create, {counts['update']} to update{problems}"


def difference(one: AttributeChange) -> str:
    """Write one attribute's change on one line: "name: old -> new"."""
    if isinstance(one.after, Secret):
        return f"{one.name}: (secret differs)"
    return f"{one.name}: {_short(one.before)} -> {_short(one.after)}"


def _text(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        sign = SIGNS[change.action]
        yield f"{sign} {change.key} ({change.action}: {change.reason})"
        for one in change.attributes:
            yield from _told(change, one)
    for problem in plan.problems:
        yield f"! {problem.key}: {problem.message}"
    for key in plan.leftovers:
        yield f"  {key}: made by STDC, no longer in the mappings; left alone"
    for missing in plan.missing:
        yield f"  {missing.key}: not to be had here. {missing.message}"
    for kept in plan.kept:
        names = ", ".join(one.name for one in kept.attributes)
        yield f"  {kept.key}: {names} as the marketer has it (keep); left alone"
    if plan.is_empty:
        yield EMPTY
    else:
        yield ""
        yield from _by_kind(plan)
        yield f"Plan: {summary(plan)}. Checksum {plan.checksum}."


def _by_kind(plan: Plan) -> Iterator[str]:
    """Give an overview of a plan that fills more than a screen."""
    kinds = [one.key.kind for one in plan.changes]
    if len(kinds) > MANY:
        counts = [(kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)]
        yield "In short: " + ", ".join(f"{kind} {number}" for kind, number in counts)


def _markdown(plan: Plan) -> Iterator[str]:
    if plan.is_empty:
        yield EMPTY
        return
    yield f"**Plan `{plan.checksum}`: {summary(plan)}**"
    yield ""
    yield "| | what | why | attributes |"
    yield "|---|---|---|---|"
    for change in plan.changes:
        told = "<br>".join(
            _cell(line.strip())
            for one in change.attributes
            for line in _told(change, one)
        )
        what = _cell(str(change.key))
        yield f"| {change.action} | {what} | {_cell(change.reason)} | {told} |"
    for problem in plan.problems:
        yield f"| **in the way** | {problem.key} | {_cell(problem.message)} | |"
    for missing in plan.missing:
        yield f"| not to be had | {missing.key} | {_cell(missing.message)} | |"
    for kept in plan.kept:
        names = ", ".join(one.name for one in kept.attributes)
        yield f"| left alone | {kept.key} | the marketer's (keep) | {names} |"
    for key in plan.leftovers:
        yield f"| left alone | {key} | no longer in the mappings | |"


def _told(change: Change, one: AttributeChange) -> Iterator[str]:
    if one.name == "steps" and change.action is Action.UPDATE:
        yield "    steps:"
        yield from (f"      {line}" for line in _steps_told(one.before, one.after))
    elif one.name == "steps":
        yield "    steps:"
        yield from (f"      {line}" for line in _tree(one.after))
    else:
        yield f"    {one.name}: {_difference(change, one)}"


def _tree(steps: list[Step]) -> Iterator[str]:
    """Draw steps below each other; what follows a "no" is no deeper than that."""
    depths: dict[str, int] = {}
    below: dict[str, list[Step]] = {}
    for step in steps:
        below.setdefault(step["after"], []).append(step)
    todo = list(reversed(below.get("", [])))
    while todo:
        step = todo.pop()
        deeper = step["path"] == "yes"
        depths[step["name"]] = depths.get(step["after"], 0) + deeper
        way = f"{step['path']}: " if step["path"] else ""
        yield f"{'  ' * depths[step['name']]}{way}{_short_list([step])}"
        following = sorted(below.get(step["name"], []), key=lambda one: one["path"])
        todo += following


def _steps_told(before: list[Step], after: list[Step]) -> Iterator[str]:
    """Tell step by step and field by field what differs."""
    paired = pairs(after, before)
    for step in after:
        if step["name"] not in paired:
            yield f"+ {_short_list([step])}"
            continue
        have = before[paired[step["name"]]]
        for name in step:
            if step[name] != have[name]:
                told = f"{_short(have[name])} -> {_short(step[name])}"
                yield f"~ {have['name']}, {name}: {told}"
    for position, step in enumerate(before):
        if position not in paired.values():
            yield f"- {_short_list([step])}"


def _difference(change: Change, one: AttributeChange) -> str:
    if isinstance(one.after, Secret):
        is_new = change.action is Action.CREATE
        return "(secret)" if is_new else "(secret differs)"
    if change.action is Action.CREATE:
        return _short(one.after)
    return f"{_short(one.before)} -> {_short(one.after)}"


def _short(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(x, dict) for x in value):
        return _short_list(value)
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def _short_list(value: list[dict[str, Any]]) -> str:
    """Name steps and conditions: their whole JSON fits no line."""
    return ", ".join(
        str(one["name"])
        + (f" (after {one['wait']})" if one.get("wait") else "")
        + f" [{one['type']}]"
        if "name" in one
        else f"{one.get('field')} {one.get('operator')} {one.get('filter')}"
        for one in value
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _counts(plan: Plan) -> dict[str, int]:
    def of(action: Action) -> int:
        return sum(one.action is action for one in plan.changes)

    return {
        "create": of(Action.CREATE),
        "update": of(Action.UPDATE),
        "problems": len(plan.problems),
    }
