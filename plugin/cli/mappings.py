"""`stdc mappings`: which rules ever made a score, and what changed between them."""

import difflib
from collections.abc import Iterator
from typing import Any

import click

from plugin.cli.output import json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.errors import Misconfigured
from plugin.store import RuleSet, Unit


@click.group()
def mappings() -> None:
    """Look at the versions of the mappings that were ever used.

    The store keeps the text of each. To try other ones: stdc what-if, stdc backtest.
    """


@mappings.command("list")
@json_option
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """List every version that made a score, newest first.

    With when it was first used, when and by whom the file written last was edited,
    which files it changed, and how many people were last judged by it.
    """
    with session.parts.store.view() as unit:
        found = unit.rules.all()[::-1]
        people = unit.figures.mapping_versions()
    if as_json:
        print_json([_json(one, people.get(one.version, 0)) for one in found])
        return
    head = ("version", "used since", "edited", "by", "people", "changed files")
    rows = [_row(one, people.get(one.version, 0), found) for one in found]
    print_table(head, rows)


@mappings.command()
@click.argument("version")
@click.argument("other", required=False)
@pass_session
def diff(session: Session, version: str, other: str | None) -> None:
    """Show what a version changed, line by line.

    Compared with OTHER, or with the one used before it. The beginning of a version
    will do.

    \b
      stdc mappings diff 3f2a91
    """
    with session.parts.store.view() as unit:
        after = _find(unit, version)
        before = _find(unit, other) if other else _previous(unit, after)
    for line in _lines(before, after):
        click.echo(line)


def _find(unit: Unit, version: str) -> RuleSet:
    found = unit.rules.get(version)
    if found is None:
        raise Misconfigured(
            f"no single version begins with {version!r}",
            ("list them with: stdc mappings list",),
        )
    return found


def _previous(unit: Unit, one: RuleSet) -> RuleSet | None:
    every = unit.rules.all()
    place = [other.version for other in every].index(one.version)
    return every[place - 1] if place else None


def _lines(before: RuleSet | None, after: RuleSet) -> Iterator[str]:
    old = before.origin.texts if before else {}
    new = after.origin.texts
    for name in after.origin.changed_since(before.origin if before else None):
        yield from difflib.unified_diff(
            old.get(name, "").splitlines(),
            new.get(name, "").splitlines(),
            f"{before.version if before else 'nothing'}/{name}",
            f"{after.version}/{name}",
            lineterm="",
        )


def _row(one: RuleSet, people: int, every: list[RuleSet]) -> tuple[Any, ...]:
    changed = "the first" if one is every[-1] else ", ".join(one.changed)
    by = one.origin.edited_by or None
    return one.version, one.first_used_at, one.origin.edited_at, by, people, changed


def _json(one: RuleSet, people: int) -> dict[str, Any]:
    return {
        "version": one.version,
        "first_used_at": one.first_used_at,
        "edited_at": one.origin.edited_at,
        "edited_by": one.origin.edited_by,
        "changed": one.changed,
        "people": people,
    }
