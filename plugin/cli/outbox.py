"""`stdc outbox`: writes to Mautic and the ATS that wait or were refused."""

from collections.abc import Sequence

import click

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.pipeline.deliver_rights import closed_by_hand
from plugin.store import OutboxItem, OutboxState, Unit

NUMBERS = click.argument("numbers", type=int, nargs=-1)
ALL = click.option("--all", "everything", is_flag=True, help="Every parked write.")


@click.group()
def outbox() -> None:
    """Look at what must be written to Mautic and the ATS.

    A write that was refused is parked with the reason, and waits here for a person.
    """


@outbox.command("list")
@click.option(
    "--state",
    type=click.Choice([one.value for one in OutboxState]),
    default=OutboxState.PARKED.value,
    show_default=True,
    help="Which writes.",
)
@click.option(
    "--to", "destination", help='Only to "mautic", "alert" or "ats:<connection>".'
)
@click.option("--limit", type=int, default=50, show_default=True, help="At most.")
@json_option
@pass_session
def listing(
    session: Session, state: str, destination: str | None, limit: int, *, as_json: bool
) -> None:
    """List writes; parked ones unless told otherwise."""
    with session.parts.store.view() as unit:
        items = unit.outbox.list(state, destination, limit)
    if as_json:
        print_json([_json(item) for item in items])
    elif not items:
        click.echo(f"No {state} writes.")
    else:
        _print(items)


@outbox.command("retry")
@NUMBERS
@ALL
@pass_session
def retry(session: Session, numbers: tuple[int, ...], *, everything: bool) -> None:
    """Try parked writes again, when what refused them is mended.

    \b
      stdc outbox retry 12 13
      stdc outbox retry --all
    """
    parts = session.parts
    with parts.store.unit() as unit:
        chosen = _chosen(unit, numbers, everything=everything)
        retried = unit.outbox.replay(chosen, parts.clock())
    session.wake()
    click.echo(f"{count(retried, 'write')} will be tried again.")
    _report_others(len(chosen) - retried, "is not parked", "are not parked")


@outbox.command("discard")
@NUMBERS
@ALL
@click.option("--reason", default="discarded by hand", help="Kept with the write.")
@click.confirmation_option("--yes", prompt="Drop these writes for good?", help="Do it.")
@pass_session
def discard(
    session: Session, numbers: tuple[int, ...], reason: str, *, everything: bool
) -> None:
    """Drop waiting or parked writes for good."""
    parts = session.parts
    with parts.store.unit() as unit:
        chosen = _chosen(unit, numbers, everything=everything)
        dropped = unit.outbox.discard(chosen, parts.clock(), reason)
        closed_by_hand(unit, chosen, parts.clock())
    click.echo(f"{count(dropped, 'write')} dropped.")
    _report_others(len(chosen) - dropped, "was not waiting", "were not waiting")


def _chosen(unit: Unit, numbers: tuple[int, ...], *, everything: bool) -> Sequence[int]:
    if bool(numbers) == everything:
        raise click.UsageError("name the writes by number, or all parked ones by --all")
    if not everything:
        return numbers
    found: list[int] = []
    while page := unit.outbox.list(
        OutboxState.PARKED, limit=500, after=found[-1] if found else 0
    ):
        found.extend(item.id for item in page)
    return found


def _report_others(others: int, one: str, many: str) -> None:
    if others:
        click.echo(f"{others} {one if others == 1 else many}.", err=True)


def _print(items: Sequence[OutboxItem]) -> None:
    print_table(
        ("number", "to", "what", "contact", "attempts", "since", "why"),
        [
            (
                item.id,
                item.destination,
                item.kind,
                item.contact_id,
                item.attempts,
                item.created_at,
                item.last_error,
            )
            for item in items
        ],
    )


def _json(item: OutboxItem) -> dict[str, object]:
    return {
        "id": item.id,
        "destination": item.destination,
        "kind": item.kind,
        "contact_id": item.contact_id,
        "state": item.state,
        "attempts": item.attempts,
        "created_at": item.created_at,
        "due_at": item.due_at,
        "last_error": item.last_error,
        "payload": item.payload,
    }
