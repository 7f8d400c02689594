"""`stdc inbox`: deliveries as they came, and recorded ones to bring in."""

import base64
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.recording import Recording, read_recording
from plugin.cli.session import Session, pass_session
from plugin.errors import Rejected
from plugin.pipeline.parts import Parts
from plugin.store import InboxItem, InboxState, Unit
from webhooks.errors import WebhookError
from webhooks.inbox import Delivery

#: From this many files on, progress is shown.
MANY_FILES = 20


@click.group()
def inbox() -> None:
    """Look at deliveries; bring recorded ones in.

    Every delivery is kept as it came. One that cannot be read is parked with the
    reason, and can be replayed when what was wrong is mended.
    """


@inbox.command("list")
@click.option(
    "--state",
    type=click.Choice([one.value for one in InboxState]),
    default=InboxState.PARKED.value,
    show_default=True,
    help="Which deliveries.",
)
@click.option("--limit", type=int, default=50, show_default=True, help="At most.")
@json_option
@pass_session
def listing(session: Session, state: str, limit: int, *, as_json: bool) -> None:
    """List deliveries; parked ones unless told otherwise."""
    with session.parts.store.view() as unit:
        items = unit.inbox.list(state, limit)
    if as_json:
        print_json([_json(item) for item in items])
    elif not items:
        click.echo(f"No {state} deliveries.")
    else:
        print_table(
            ("number", "source", "received", "bytes", "attempts", "why"),
            [
                (i.id, i.source, i.received_at, len(i.body), i.attempts, i.reason)
                for i in items
            ],
        )


@inbox.command("show")
@click.argument("number", type=int)
@click.option("--raw", is_flag=True, help="Write only the body, byte for byte.")
@json_option
@pass_session
def show(session: Session, number: int, *, raw: bool, as_json: bool) -> None:
    """Show one delivery with its body.

    \b
      stdc inbox show 12
      stdc inbox show 12 --raw > delivery.json
    """
    with session.parts.store.view() as unit:
        item = unit.inbox.get(number)
    if item is None:
        raise Rejected(f"there is no delivery {number}")
    if raw:
        click.echo(item.body, nl=False)
    elif as_json:
        print_json(_json(item) | _body(item))
    else:
        _print(item)


@inbox.command("replay")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every parked delivery.")
@pass_session
def replay(session: Session, numbers: tuple[int, ...], *, everything: bool) -> None:
    """Process deliveries again; what was counted before is not counted twice.

    \b
      stdc inbox replay 12 13
      stdc inbox replay --all
    """
    if bool(numbers) == everything:
        raise click.UsageError("name deliveries by number, or all parked ones by --all")
    with session.parts.store.unit() as unit:
        replayed = unit.inbox.replay(_parked(unit) if everything else numbers)
    session.wake()
    click.echo(f"{count(replayed, 'delivery', 'deliveries')} will be processed again.")


@inbox.command("import")
@click.argument(
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    nargs=-1,
    required=True,
)
@click.option(
    "--source",
    default="mautic",
    show_default=True,
    help='Who sent them: "mautic" or "ats/<connection>".',
)
@click.option("--unsigned", is_flag=True, help="Take them without a valid signature.")
@pass_session
def bring_in(
    session: Session, files: tuple[Path, ...], source: str, *, unsigned: bool
) -> None:
    """Feed recorded requests through the door, as if they were sent now.

    FILE is a raw HTTP request (request line, headers, blank line, body), or just a
    JSON body, which has no signature and needs --unsigned. Signature and size are
    checked as for any delivery; one that fails stops none of the others.

    \b
      stdc inbox import recordings/*.http
      stdc inbox import --unsigned delivery.json
    """
    parts = session.parts
    if source not in parts.sources:
        known = ", ".join(sorted(parts.sources))
        raise Rejected(f"no source {source!r} is configured; there is {known}")
    if unsigned:
        warning = "WARNING: signatures are NOT checked: anybody could have made these."
        click.secho(warning, fg="red", bold=True, err=True)
    refused = _bring_in(parts, files, source, unsigned=unsigned)
    session.wake()
    taken = len(files) - len(refused)
    click.echo(f"{count(taken, 'delivery', 'deliveries')} taken.")
    if refused:
        lines = [f"{count(len(refused), 'file')} refused:", *refused]
        raise Rejected("\n  - ".join(lines))


def _bring_in(
    parts: Parts, files: Sequence[Path], source: str, *, unsigned: bool
) -> list[str]:
    """Take each file; return a line for each that was refused."""
    refused: list[str] = []
    progress = track(
        files,
        description="importing",
        console=Console(stderr=True),
        disable=len(files) < MANY_FILES,
    )
    for file in progress:
        try:
            body = _admitted(parts, read_recording(file), source, unsigned=unsigned)
        except (WebhookError, Rejected) as error:
            refused.append(f"{file}: {error}")
            continue
        parts.store.inbox.accept(
            Delivery(source=source, body=body, received_at=parts.clock())
        )
    return refused


def _admitted(
    parts: Parts, recording: Recording, source: str, *, unsigned: bool
) -> bytes:
    limit = parts.settings.door.max_bytes
    if len(recording.body) > limit:
        raise Rejected(f"{len(recording.body)} bytes; door.max_bytes is {limit}")
    if not unsigned:
        parts.sources[source].verify(recording.body, recording.headers)
    return recording.body


def _parked(unit: Unit) -> list[int]:
    found: list[int] = []
    while page := unit.inbox.list(
        InboxState.PARKED, limit=500, after=found[-1] if found else 0
    ):
        found.extend(item.id for item in page)
    return found


def _print(item: InboxItem) -> None:
    for name, value in _json(item).items():
        click.echo(f"{name + ':':<13}{'-' if value is None else value}")
    click.echo()
    click.echo(item.body.decode(errors="backslashreplace"))


def _json(item: InboxItem) -> dict[str, object]:
    return {
        "id": item.id,
        "source": item.source,
        "received_at": item.received_at,
        "state": item.state,
        "attempts": item.attempts,
        "bytes": len(item.body),
        "reason": item.reason,
    }


def _body(item: InboxItem) -> dict[str, str]:
    """Give the body as text, or as base64 when it is none: JSON has no bytes."""
    try:
        return {"body": item.body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(item.body).decode()}
