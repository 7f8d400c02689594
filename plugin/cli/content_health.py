"""`stdc content health`: whether e-mails still do what they did."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.content.health import Health, Verdict
from plugin.pipeline import content_health
from plugin.pipeline.content_health import COUNTED

#: A verdict in words for people.
SAYS = {
    Verdict.ALARM: "worse",
    Verdict.WELL: "well",
    Verdict.TOO_LITTLE: "not enough data",
}


@click.command("health")
@click.option("--refresh", is_flag=True, help="Count first, as a worker does at night.")
@click.option("--failing", is_flag=True, help="Only what does worse.")
@json_option
@pass_session
def health(session: Session, *, refresh: bool, failing: bool, as_json: bool) -> None:
    """Say of each e-mail whether people still click as they used to.

    Only clicks of people count, per mail that arrived. One may look every day: an
    e-mail that is as it was is called worse with a chance of 5 % at most, ever. "Well"
    rules out a fall by a fifth; where neither can be told yet there is not enough data.
    What is worse comes with what else changed at the same time. Exit code 1 when
    something is worse.

    \b
      stdc content health             as counted last night
      stdc content health --refresh   as of now
    """
    if refresh:
        with _bar() as progress:
            content_health.run(session.parts, progress)
    with session.parts.store.view() as unit:
        found = content_health.judged(
            unit, session.parts.mappings, session.parts.clock()
        )
        is_counted = content_health.told(unit) is not None or unit.marks.get(COUNTED)
    shown = [one for one in found if not failing or one.verdict is Verdict.ALARM]
    if as_json:
        print_json([content_health.as_json(one) for one in shown])
    elif not shown:
        click.echo(_nothing(is_counted=bool(is_counted), failing=failing))
    else:
        _print(shown)
    if any(one.verdict is Verdict.ALARM for one in found):
        raise SystemExit(1)


def _print(found: Sequence[Health]) -> None:
    rows = [
        (
            one.content,
            SAYS[one.verdict],
            one.since.people and f"{one.since.share:.1%}",
            one.usual.people and f"{one.usual.share:.1%}",
            round(sum(send.counts.delivered for send in one.sends)),
            one.name,
        )
        for one in found
    ]
    print_table(("e-mail", "is", "lately", "usually", "delivered", "name"), rows)
    for one in found:
        if one.verdict is Verdict.ALARM:
            click.echo(f"\n{content_health.sentence(one, 'en')}")
            for cause in one.causes:
                click.echo(f"  {cause.sentence('en')}")
    failing = sum(one.verdict is Verdict.ALARM for one in found)
    click.echo(
        f"\n{count(failing, 'e-mail')} worse." if failing else "\nNone is worse."
    )


def _nothing(*, is_counted: bool, failing: bool) -> str:
    if is_counted:
        return "None is worse." if failing else "No e-mail was sent lately."
    return "Nothing was counted yet: a worker does at night, or give --refresh."


@contextmanager
def _bar() -> Iterator["Bar"]:
    with Progress(
        SpinnerColumn(),
        TextColumn("counting what came of e-mails"),
        TextColumn("{task.completed:,} people"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        yield Bar(progress)


class Bar:
    """Tells a progress bar of people."""

    def __init__(self, progress: Progress) -> None:
        """Show nobody yet."""
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def __call__(self, people: int) -> None:
        """Show so many more."""
        self._progress.advance(self._task, people)
