"""`stdc reconcile`: pull from Mautic what its webhooks lost."""

import sys
from typing import Any

import click

from plugin.cli.output import count, json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.pipeline.reconcile import UNCOVERED, Reconciled
from plugin.pipeline.reconcile import noted as forget
from plugin.pipeline.reconcile import reconcile as pull
from plugin.store import Gap


@click.command()
@click.option(
    "--noted",
    is_flag=True,
    help="Forget that Mautic gave out numbers again: a person knows.",
)
@json_option
@pass_session
def reconcile(session: Session, *, noted: bool, as_json: bool) -> None:
    """Pull from Mautic's tables what webhooks lost, and what has no webhook.

    Reads on from where the last pull ended; the worker does it every ten minutes
    by itself. The first one starts at the present: it brings no past. What was
    known already counts once, however often it is pulled. What Mautic could not
    give this time holds up nothing else; it is named, and the exit code is 1.

    \b
      stdc reconcile          after an outage, without waiting
    """
    if noted:
        forget(session.parts)
    found = pull(session.parts)
    if found.healed:
        session.wake()
    if as_json:
        print_json(
            {
                "rows": found.rows,
                "healed": dict(found.healed),
                "unreadable": list(found.unreadable),
                "skipped": list(found.skipped),
                "failed": list(found.failed),
                "ownerless": dict(found.ownerless),
                "lacking": found.lacking,
                "gaps": [_gap(one) for one in found.gaps],
                "uncovered": list(UNCOVERED),
            }
        )
    else:
        for line in _lines(found):
            click.echo(line)
    if found.failed:
        sys.exit(1)


def _gap(one: Gap) -> dict[str, Any]:
    return {
        "what": one.what,
        "number": one.number or None,
        "why": one.why,
        "since": one.since.isoformat(),
    }


def _lines(found: Reconciled) -> list[str]:
    healed = sum(found.healed.values())
    lines = [f"{count(found.rows, 'row')} read, {count(healed, 'event')} healed."]
    lines += [f"  {name}: {number}" for name, number in sorted(found.healed.items())]
    lines += [
        f"  of nobody: {count(number, 'row')} of {table}"
        for table, number in found.ownerless.items()
    ]
    lines += [f"  Mautic does not let us read {one}" for one in found.skipped]
    lines += [f"  not read this time: {one}" for one in found.failed]
    if found.gaps:
        lines.append(f"Lacking until it is read ({found.lacking}):")
        lines += [f"  {one}" for one in found.gaps]
    return [*lines, "Covered by no pull:", *(f"  {one}" for one in UNCOVERED)]
