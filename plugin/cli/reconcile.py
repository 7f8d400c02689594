"""`stdc reconcile`: pull from Mautic what its webhooks lost."""

import sys

import click

from plugin.cli.output import count, json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.pipeline.reconcile import Reconciled
from plugin.pipeline.reconcile import reconcile as pull


@click.command()
@json_option
@pass_session
def reconcile(session: Session, *, as_json: bool) -> None:
    """Pull from Mautic's tables what webhooks lost, and what has no webhook.

    Reads on from where the last pull ended; the worker does it every ten minutes
    by itself. The first one starts at the present: it brings no past. What was
    known already counts once, however often it is pulled. What Mautic could not
    give this time holds up nothing else; it is named, and the exit code is 1.

    \b
      stdc reconcile          after an outage, without waiting
    """
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
            }
        )
    else:
        for line in _lines(found):
            click.echo(line)
    if found.failed:
        sys.exit(1)


def _lines(found: Reconciled) -> list[str]:
    healed = sum(found.healed.values())
    lines = [f"{count(found.rows, 'row')} read, {count(healed, 'event')} healed."]
    lines += [f"  {name}: {number}" for name, number in sorted(found.healed.items())]
    lines += [f"  not readable: {one}" for one in found.unreadable]
    lines += [f"  Mautic does not let us read {one}" for one in found.skipped]
    return lines + [f"  not read this time: {one}" for one in found.failed]
