"""`stdc what-if`: who would move if other mappings were in use."""

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.config import Language
from plugin.mappings import loader
from plugin.mappings.model import Phase
from plugin.pipeline.what_if import Example, Trial, WhatIf

#: Examples printed unless told otherwise.
_EXAMPLES = 20


@click.command("what-if")
@click.option(
    "--mappings",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with the mappings to try.",
)
@click.option(
    "--examples",
    type=click.IntRange(0, 1000),
    default=_EXAMPLES,
    show_default=True,
    help="At most so many examples.",
)
@click.option(
    "--lang",
    type=click.Choice([one.value for one in Language]),
    help="Language of the reasons; the installation's if left out.",
)
@json_option
@pass_session
def what_if(
    session: Session, folder: Path, examples: int, lang: str | None, *, as_json: bool
) -> None:
    """Say who would be in another phase by other mappings; change nothing.

    Everybody in the store is decided about twice, by the mappings in use and by
    those in the folder, as of now.

    \b
      cp -r mappings try && $EDITOR try/phases.toml
      stdc what-if --mappings try
    """
    parts, settings = session.parts, session.settings
    trial = Trial(
        before=parts.mappings,
        after=loader.load(folder, language=settings.language.value),
        as_of=parts.clock(),
        lang=lang or settings.language.value,
        examples=examples,
    )
    found = _run(trial, session)
    if as_json:
        print_json(_json(found, examples))
    else:
        _tell(found, examples)


def _run(trial: Trial, session: Session) -> WhatIf:
    """Run the trial under a bar on standard error, where somebody looks at it."""
    store = session.parts.store
    with store.view() as unit:
        total = unit.people.count()
    with Progress(
        console=Console(file=sys.stderr),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("deciding", total=total)
        return trial.run(store, partial(progress.advance, task))


def _json(found: WhatIf, examples: int) -> dict[str, Any]:
    return {
        "as_of": found.as_of,
        "mappings": {"before": found.before_version, "after": found.after_version},
        "people": found.people,
        "moved": found.moved,
        "rescored": found.rescored,
        "handed_over": found.handed_over,
        "phases": [
            {"phase": one, "before": found.before[one], "after": found.after[one]}
            for one in Phase
        ],
        "edges": [
            {"before": before, "after": after, "people": people}
            for (before, after), people in found.edges.most_common()
        ],
        "examples": [asdict(one) for one in found.examples(examples)],
    }


def _tell(found: WhatIf, examples: int) -> None:
    versions = f"mappings {found.before_version} -> {found.after_version}"
    moved = f"{found.moved} of {count(found.people, 'person', 'people')} would move"
    click.echo(f"{versions}: {moved}, {count(found.rescored, 'score')} would change.")
    if found.handed_over:
        newly = count(found.handed_over, "candidate")
        click.echo(f"{newly} would newly be handed over to the ATS.")
    if found.people:
        click.echo()
        rows = [(one.label, found.before[one], found.after[one]) for one in Phase]
        print_table(("phase", "now", "then"), rows)
    for (before, after), people in found.edges.most_common():
        click.echo(f"{before.label} -> {after.label}: {people}")
    for one in found.examples(examples):
        _tell_example(one)


def _tell_example(one: Example) -> None:
    click.echo(f"\n{one.contact_id}  {one.name}".rstrip())
    for word, standing in (("now", one.before), ("then", one.after)):
        click.echo(f"  {word:<4}  {standing.score:>3}  {standing.reason}")
