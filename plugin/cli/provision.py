"""`stdc plan` and `stdc apply`: what the mappings want in Mautic."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from plugin.cli.output import count
from plugin.cli.session import Session, pass_session
from plugin.config import Settings
from plugin.errors import Misconfigured, Rejected
from plugin.pipeline.parts import Parts
from plugin.provision import render
from plugin.provision.apply import ApplyResult, Outcome
from plugin.provision.apply import apply as bring_about
from plugin.provision.look import look
from plugin.provision.owned import StoredOwned
from plugin.provision.plan import Limit, Plan

#: Exit code of `plan --exit-code` when there is something to do.
FOUND_CHANGES = 3

RENDER: Mapping[str, Callable[[Plan], str]] = {
    "text": render.as_text,
    "json": render.as_json,
    "markdown": render.as_markdown,
}
SIGN = {Outcome.DONE: "done", Outcome.FAILED: "FAILED", Outcome.SKIPPED: "skipped"}


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(list(RENDER)),
    default="text",
    show_default=True,
    help="For a terminal, a script or a merge request.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the plan as JSON to this file too, for `stdc apply --plan`.",
)
@click.option("--exit-code", is_flag=True, help="Exit 3 when there is something to do.")
@pass_session
def plan(session: Session, form: str, out: Path | None, *, exit_code: bool) -> None:
    """Show what would be made or changed in Mautic; change nothing.

    \b
      stdc plan
      stdc plan --out plan.json && stdc apply --plan plan.json
      stdc plan --exit-code         for a nightly check: 3 when somebody changed things
    """
    found = _plan(session.parts)
    click.echo(RENDER[form](found))
    if out is not None:
        out.write_text(render.as_json(found) + "\n", encoding="utf-8")
    if exit_code and not found.is_empty:
        raise SystemExit(FOUND_CHANGES)


@click.command()
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Only if the plan is still the one that `stdc plan --out` wrote.",
)
@click.option("--checksum", help="Only if the plan still has this checksum.")
@click.option(
    "--force", is_flag=True, help="Also when the plan changes more than is usual."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def apply(
    session: Session,
    plan_file: Path | None,
    checksum: str | None,
    *,
    force: bool,
    yes: bool,
) -> None:
    """Make in Mautic what the mappings want; only what is ours is touched.

    Shows the plan and asks first, unless told which plan was seen or --yes.
    Stopping half-way does no harm: run it again. A plan that changes a large part
    of what is there ([provision] in config.toml) is refused without --force.
    """
    if plan_file is not None and checksum is not None:
        raise click.UsageError("give --plan or --checksum, not both")
    seen = _checksum(plan_file) if plan_file else checksum
    found = _plan(session.parts)
    if seen is None:
        click.echo(render.as_text(found))
    found.refuse_problems()
    if not force:
        found.refuse_too_much(_limit(session.settings))
    if not found.changes and seen in (None, found.checksum):
        return
    if seen is None and not yes:
        click.confirm("Do this in Mautic?", abort=True)
    _apply(session.parts, found, seen)


def _plan(parts: Parts) -> Plan:
    owned = StoredOwned(parts.store)
    return look(parts.settings, parts.mappings, parts.mautic, owned)


def _limit(settings: Settings) -> Limit:
    limits = settings.provision
    return Limit(share=limits.max_changed_share, least=limits.min_changed)


def _apply(parts: Parts, found: Plan, seen: str | None) -> None:
    owned = StoredOwned(parts.store)
    failures = 0
    for result in bring_about(found, parts.mautic, owned, checksum=seen):
        click.echo(_line(result))
        failures += result.outcome is not Outcome.DONE
    with parts.store.unit() as unit:
        detail = {"changes": len(found.changes), "not_done": failures}
        unit.audit.add(parts.clock(), "stdc apply", "plan.applied", "mautic", detail)
    if failures:
        raise Rejected(
            f"{count(failures, 'change')} not done; mend the cause and apply again"
        )
    click.echo(f"{count(len(found.changes), 'change')} made in Mautic.")


def _line(result: ApplyResult) -> str:
    why = f": {result.message}" if result.message else ""
    return f"{SIGN[result.outcome]:<8}{result.change.action} {result.change.key}{why}"


def _checksum(file: Path) -> str:
    try:
        seen = json.loads(file.read_text(encoding="utf-8"))["checksum"]
    except (ValueError, KeyError, TypeError) as error:
        hint = "write one with: stdc plan --out FILE"
        raise Misconfigured(f"{file} is no plan", (hint,)) from error
    return str(seen)
