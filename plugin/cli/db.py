"""`stdc db`: the store's tables."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from plugin import store
from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.errors import Misconfigured


@click.group()
def db() -> None:
    """Look after the store's tables."""


@db.command("upgrade")
@pass_session
def upgrade(session: Session) -> None:
    """Bring the store's tables to what this version needs.

    Do it after each update of the code, before `stdc run`. Doing it twice does no
    harm; a new installation gets its tables by itself.
    """
    settings = session.settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before, head = store.revision(settings.database_url)
    if before == head:
        click.echo(f"The store is up to date: {head}.")
        return
    store.upgrade(settings.database_url)
    click.echo(f"The store went from {before or 'empty'} to {head}.")


@db.command("move")
@click.argument("url")
@json_option
@pass_session
def move(session: Session, url: str, *, as_json: bool) -> None:
    """Move the SQLite store to another database, PostgreSQL mostly, and lose nothing.

    URL is the new address, or env:NAME for a variable that has it; the database there
    must be empty. Every table is copied, read back and compared before any of it is
    kept. Stop the worker before; the web process may run on, and keeps deliveries on
    its spool meanwhile. Broken off anywhere, start it again: what is there already is
    compared instead of copied. Afterwards the old file takes no more writes.

    \b
      stdc db move "postgresql+psycopg://stdc@host/stdc"
    """
    target = _address(session, url)
    with _bar() as tell:
        done = store.move(session.settings.database_url, target, tell)
    if as_json:
        print_json([asdict(one) for one in done])
        return
    print_table(("table", "rows"), [(one.table, one.rows) for one in done])
    rows = sum(one.rows for one in done)
    click.echo(f"\n{count(rows, 'row')}{_what_was_done(done)}")
    click.echo("Now give that address as database.url in config.toml, restart web and")
    click.echo(
        "worker, and run `stdc doctor`. What waits on the spool comes in by itself."
    )


@db.command("reopen")
@pass_session
def reopen(session: Session) -> None:
    """Let a SQLite store that was moved away take writes again.

    Only for going back: what came in at the new database meanwhile is not here.
    """
    if store.reopen(session.settings.database_url):
        click.echo("The store takes writes again.")
    else:
        click.echo("The store was not moved: it takes writes.")


def _what_was_done(done: Sequence[store.Copied]) -> str:
    if any(one.found for one in done):
        return ": there already, and found the same. The old store is closed now."
    return " moved, read back and found the same."


def _address(session: Session, url: str) -> str:
    if not url.startswith("env:"):
        return url
    name = url.removeprefix("env:")
    if not session.environ.get(name):
        raise Misconfigured(f"the variable {name} is not set")
    return session.environ[name]


@contextmanager
def _bar() -> Iterator[store.Tell]:
    """Draw how far it is on standard error, where somebody looks at it."""
    with Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        disable=not sys.stderr.isatty(),
    ) as progress:
        line = progress.add_task("waiting for the stores", total=None)

        def tell(step: store.Step, table: str, rows: int, total: int) -> None:
            progress.update(
                line, description=f"{step} {table}", total=total, advance=rows
            )

        yield tell
