"""`stdc reconcile`: pull from Mautic what its webhooks lost."""

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
    known already counts once, however often it is pulled.

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
            }
        )
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Reconciled) -> list[str]:
    healed = sum(found.healed.values())
    lines = [f"{count(found.rows, 'row')} read, {count(healed, 'event')} healed."]
    lines += [f"  {name}: {number}" for name, number in sorted(found.healed.items())]
    lines += [f"  not readable: {one}" for one in found.unreadable]
    return lines + [f"  Mautic does not let us read {one}" for one in found.skipped]
