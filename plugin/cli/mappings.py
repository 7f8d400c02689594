"""`stdc mappings`: which rules ever made a score, and what changed between them."""

import difflib
from collections.abc import Iterator
from typing import Any

import click

from plugin.cli.output import json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.errors import Misconfigured
from plugin.mappings import drafts
from plugin.mappings.drafts import Draft
from plugin.mappings.model import Mappings
from plugin.store import RuleSet, Unit


@click.group()
def mappings() -> None:
    """Look at the versions of the mappings that were ever used.

    The store keeps the text of each. To change them without anybody noticing, make a
    draft; to try one: stdc what-if, stdc backtest.
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


@mappings.command("drafts")
@json_option
@pass_session
def drafts_(session: Session, *, as_json: bool) -> None:
    """List the drafts, with what each changes, or what is wrong with it."""
    settings = session.settings
    in_use = session.parts.mappings
    found = drafts.drafts(settings.mappings, language=settings.language.value)
    if as_json:
        print_json([_draft_json(one, in_use) for one in found])
        return
    rows = [_draft_row(one, in_use) for one in found]
    print_table(("draft", "version", "changed files", "mistakes"), rows)
    for one in found:
        for problem in one.problems:
            click.echo(f"{one.name}/{problem}")


@mappings.command()
@click.argument("name")
@pass_session
def draft(session: Session, name: str) -> None:
    """Copy the mappings in use into a draft, to change and to try.

    It stands in drafts/NAME in the mappings folder, where it changes nothing until
    it is published.

    \b
      stdc mappings draft more-for-tech
      $EDITOR mappings/drafts/more-for-tech/scoring.toml
      stdc what-if --mappings mappings/drafts/more-for-tech
      stdc mappings publish more-for-tech
    """
    folder = drafts.begin(session.settings.mappings, name)
    click.echo(f"{folder}: change it, then try it: stdc what-if --mappings {folder}")


@mappings.command()
@click.argument("name")
@pass_session
def publish(session: Session, name: str) -> None:
    """Put a draft to use in place of the mappings that are; it stays there.

    Nothing changes while it has mistakes. Workers take the new ones over within
    seconds and judge everybody by them; the version before stays in the history.
    """
    settings = session.settings
    found = drafts.find(settings.mappings, name, language=settings.language.value)
    before = session.parts.mappings.version
    changed = drafts.publish(settings.mappings, found)
    if not changed:
        click.echo(f"{name} says the same as what is in use")
        return
    after = found.mappings.version if found.mappings else ""
    with session.parts.store.unit() as unit:
        detail = {"before": before, "after": after, "files": list(changed)}
        at = session.parts.clock()
        unit.audit.add(at, "stdc", "mappings.published", f"draft:{name}", detail)
    click.echo(f"{before} -> {after}: {', '.join(changed)}")


def _draft_row(one: Draft, in_use: Mappings) -> tuple[Any, ...]:
    told = _draft_json(one, in_use)
    return one.name, told["version"], ", ".join(told["changed"]), len(one.problems)


def _draft_json(one: Draft, in_use: Mappings) -> dict[str, Any]:
    after = one.mappings
    return {
        "name": one.name,
        "version": after.version if after else None,
        "changed": after.origin.changed_since(in_use.origin) if after else (),
        "problems": one.problems,
    }


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
