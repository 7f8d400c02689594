"""`stdc backfill`: score a database that is there already, from its history."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.config import Language
from plugin.pipeline.backfill import Backfill, How, Nobody, Prospect, prospect, told
from plugin.pipeline.backfill_state import Standing
from plugin.pipeline.jobs import spare_the_collector
from plugin.pipeline.rediscovered import MOST, Found, rediscovered
from plugin.pipeline.silence import Voice

#: People listed unless told otherwise.
_LISTED = 20


@click.command()
@click.option(
    "--write-phases",
    is_flag=True,
    help="Write phase, score and reason to the contacts in Mautic, nothing else.",
)
@click.option("--gentle", is_flag=True, help="Ask Mautic only a quarter of the time.")
@click.option(
    "--rows-per-second",
    type=click.FloatRange(min=0, min_open=True),
    help="Ask for so many rows per second at the most; no limit if left out.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say what there is to read; keep nothing."
)
@click.option("--status", is_flag=True, help="Say how far it is; do nothing.")
@click.option(
    "--rediscovered", "only_list", is_flag=True, help="List who was found; do nothing."
)
@click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=_LISTED,
    show_default=True,
    help="People listed at the most.",
)
@click.option(
    "--lang",
    type=click.Choice([one.value for one in Language]),
    help="Language of the reasons; the installation's if left out.",
)
@json_option
@pass_session
def backfill(
    session: Session,
    limit: int,
    lang: str | None,
    rows_per_second: float | None,
    *,
    write_phases: bool,
    gentle: bool,
    dry_run: bool,
    status: bool,
    only_list: bool,
    as_json: bool,
) -> None:
    """Score everybody in Mautic from what they did before we listened.

    Reads all contacts and their history from Mautic, decides about everybody, and
    lists whom that shows to be on the move, best first. Nobody is mailed, noted or
    handed over to the ATS, now or later, for what only history tells; new behaviour
    is announced as ever. Stopped or killed, it goes on where it was.

    \b
      stdc backfill --dry-run          how much there is to read, and how long it takes
      stdc backfill                    read and decide; Mautic shows nothing of it yet
      stdc backfill --rediscovered     the list again
      stdc backfill --write-phases     write everybody's phase to Mautic too
    """
    language = lang or session.settings.language.value
    if dry_run:
        _tell_prospect(list(prospect(session.parts, time.monotonic)), as_json=as_json)
    elif status:
        _tell_standing(told(session.parts), as_json=as_json)
    else:
        if not only_list:
            how = How(write_phases=write_phases, gentle=gentle, most=rows_per_second)
            _run(session, how)
        people = list(rediscovered(session.parts, limit, language))
        _tell(told(session.parts), people, as_json=as_json)


def _run(session: Session, how: How) -> None:
    parts = session.parts
    spare_the_collector()
    with _watched() as watch:
        done = Backfill(parts=parts, how=how, watch=watch).run()
    if done.voice is Voice.SHOW:
        session.wake()


class Bar:
    """Shows each part as a line: how many, and how long it will take."""

    def __init__(self, progress: Progress) -> None:
        """Take what draws."""
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, what: str, total: int, done: int) -> None:
        """Draw a new line."""
        name = what.replace("_", " ")
        self._task = self._progress.add_task(name, total=total, completed=done)

    def did(self, count: int) -> None:
        """Go on in it."""
        if self._task is not None:
            self._progress.advance(self._task, count)


@contextmanager
def _watched() -> Iterator[Bar | Nobody]:
    """Draw on standard error, where somebody looks at it."""
    if not sys.stderr.isatty():
        yield Nobody()
        return
    with Progress(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
    ) as progress:
        yield Bar(progress)


def _tell_prospect(found: Sequence[Prospect], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        (one.name, one.refused or f"{one.rows:,}", "" if one.refused else _span(one))
        for one in found
    ]
    print_table(("read", "rows", "about"), rows)
    whole = timedelta(seconds=round(sum(one.seconds for one in found)))
    click.echo(f"\nMautic needs about {whole} to answer all that. Nothing was kept.")


def _span(one: Prospect) -> str:
    return str(timedelta(seconds=round(one.seconds)))


def _tell_standing(now: Standing | None, *, as_json: bool) -> None:
    if as_json:
        print_json(None if now is None else now.as_json())
        return
    for line in _lines(now):
        click.echo(line)


def _tell(now: Standing | None, people: Sequence[Found], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "backfill": None if now is None else now.as_json(),
                "rediscovered": [asdict(one) for one in people],
            }
        )
        return
    for line in _lines(now):
        click.echo(line)
    if people:
        click.echo("\nRediscovered, best first:")
    for one in people:
        rising = ", rising" if one.is_rising else ""
        name = one.name or one.email
        click.echo(f"\n{one.score:>3}  {one.phase.label}{rising}  {name}  {one.link}")
        click.echo(f"     {one.why}")


def _lines(now: Standing | None) -> Iterator[str]:
    if now is None:
        yield "No backfill was begun."
        return
    rows = sum(now.rows.values())
    yield (
        f"{count(rows, 'row')} read, {count(sum(now.events.values()), 'event')} kept, "
        f"{count(now.people, 'person', 'people')} decided about."
    )
    if now.unreadable:
        yield f"{count(now.unreadable, 'row')} could not be read:"
        yield from (f"  {one}" for one in now.examples)
    for what, why in now.skipped.items():
        yield f"Mautic does not let us read {what}: {why}"
    if now.finished_at is None:
        whole = sum(now.totals.values())
        yield f"Not finished: {rows:,} of {whole:,} rows. `stdc backfill` goes on."
        return
    yield f"Finished on {now.finished_at:%Y-%m-%d %H:%M} UTC."
    yield f"{count(now.found, 'person', 'people')} found by history alone."
    if now.voice is Voice.SILENT:
        yield (
            "Mautic shows nothing of it yet: "
            "`stdc backfill --write-phases` writes everybody's phase there."
        )
