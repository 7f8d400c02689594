"""`stdc init` and `stdc check`: begin an installation, and find its mistakes."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from plugin import config
from plugin.cli.folder import Written, write_folder
from plugin.cli.output import count, json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.config import Language, Settings
from plugin.errors import Misconfigured
from plugin.mappings import loader
from plugin.mappings.consent import UNDECIDED, Basis
from plugin.mappings.model import Mappings
from plugin.phases.diagram import mermaid


@click.command()
@click.argument(
    "folder",
    metavar="[DIR]",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
)
def init(folder: Path) -> None:
    """Write a working folder: config.toml, secrets/ and mappings/.

    DIR is the current folder if left out. Files that are there already are kept as
    they are, so doing it twice does no harm.

    \b
      stdc init acme
    """
    written = list(write_folder(folder))
    for line in _report(written):
        click.echo(line)
    click.echo()
    for line in _next_steps(folder):
        click.echo(line)


@click.command()
@click.option(
    "--diagram", is_flag=True, help="Draw the phases of the mappings (Mermaid)."
)
@click.option(
    "--lang",
    type=click.Choice([one.value for one in Language]),
    help="Language of the diagram; the installation's if left out.",
)
@json_option
@pass_session
def check(session: Session, *, diagram: bool, lang: str | None, as_json: bool) -> None:
    """Name every mistake in config.toml and the mappings, all at once.

    Reads files only: nothing is sent, nothing is written. Exit code 1 when there is
    something to mend.

    \b
      stdc check --diagram > phases.mmd
    """
    found = _examine(session)
    if diagram and found.mappings and not found.problems:
        click.echo(mermaid(found.mappings, lang or found.language))
    elif as_json:
        print_json(_json(found))
    elif not found.problems:
        for line in _summary(found):
            click.echo(line)
    if found.problems and not as_json:
        raise Misconfigured(found.headline, found.problems)
    if found.problems:
        raise SystemExit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What `check` made of an installation."""

    problems: tuple[str, ...]
    #: Nothing wrong, but perhaps not meant.
    notes: tuple[str, ...] = ()
    settings: Settings | None = None
    mappings: Mappings | None = None

    @property
    def language(self) -> str:
        """Tell the installation's language."""
        return (self.settings.language if self.settings else Language.NL).value

    @property
    def headline(self) -> str:
        """Say how much there is to mend."""
        return f"{count(len(self.problems), 'problem')} to mend"


def _examine(session: Session) -> Found:
    problems: list[str] = []
    settings = mappings = None
    try:
        settings = session.settings
    except Misconfigured as error:
        problems += error.problems or (error.headline,)
    folder = (
        settings.mappings
        if settings
        else config.mappings_folder(session.config_path, session.environ)
    )
    try:
        mappings = loader.load(folder)
    except Misconfigured as error:
        problems += error.problems or (error.headline,)
    notes = tuple(_notes(settings, mappings)) if settings and mappings else ()
    return Found(
        problems=tuple(problems), notes=notes, settings=settings, mappings=mappings
    )


def _notes(settings: Settings, mappings: Mappings) -> Iterator[str]:
    for name in sorted(set(settings.ats) - set(mappings.ats)):
        yield f"ats.{name}: no mappings/ats/{name}.toml, so only the basics are sent"
    for name in sorted(set(mappings.ats) - set(settings.ats)):
        yield f"mappings/ats/{name}.toml: no [ats.{name}] in config.toml uses it"
    if settings.ats and mappings.fields.consent.basis is Basis.UNDECIDED:
        yield UNDECIDED
    addresses = {
        "instance.base_url": settings.base_url,
        "mautic.url": settings.mautic.url,
    }
    for name, address in addresses.items():
        if address.endswith(".example.org"):
            yield f"{name}: still the example's address"
    if settings.ui.admin_token is None:
        yield "ui.admin_token: not set, so our pages are closed"


def _report(written: list[Written]) -> Iterator[str]:
    for one in written:
        yield f"{'kept' if one.kept else 'wrote':<6}{one.path}"


def _next_steps(folder: Path) -> Iterator[str]:
    there = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    yield "Next:"
    yield f"  1. Open {folder / 'config.toml'}: fill in our address, Mautic's address,"
    yield "     and how to sign in there; secrets go into files or the environment."
    yield f"  2. {there}stdc check"
    yield "     It names everything that is still wrong."
    yield "  3. stdc plan"
    yield "     It shows what would be made in Mautic; then stdc apply, and stdc run."
    yield "If stdc is not found there: activate its virtual environment first."


def _summary(found: Found) -> Iterator[str]:
    for name, text in _facts(found).items():
        yield f"{name:<10}{text}"
    for note in found.notes:
        yield f"note: {note}"
    yield "Nothing to mend."


def _facts(found: Found) -> dict[str, str]:
    settings, mappings = found.settings, found.mappings
    if settings is None or mappings is None:
        return {}
    mautic, ats = settings.mautic, settings.ats.values()
    secrets = count(len(mautic.webhook_secrets), "webhook secret")
    return {
        "instance": f"{settings.instance} ({settings.language}) at {settings.base_url}",
        "mautic": f"{mautic.url} by {mautic.auth}, {secrets}",
        "ats": ", ".join(f"{one.name} ({one.kind}) {one.url}" for one in ats) or "none",
        "store": settings.database_url.partition("://")[0],
        "jobs": f"{settings.jobs.backend}, {count(settings.jobs.workers, 'worker')}",
        "door": f"{settings.door.host}:{settings.door.port}",
        "mappings": _mappings(settings, mappings),
    }


def _mappings(settings: Settings, mappings: Mappings) -> str:
    parts = (
        count(len(mappings.scoring.rules), "scoring rule"),
        count(len(mappings.content.rules), "content rule"),
        count(len(mappings.content.categories), "category", "categories"),
        count(len(mappings.fields.fields), "field"),
        count(len(mappings.segments), "segment"),
        count(len(mappings.campaigns), "campaign"),
    )
    return f"{settings.mappings} (version {mappings.version}): {', '.join(parts)}"


def _json(found: Found) -> dict[str, object]:
    return {
        "ok": not found.problems,
        "problems": found.problems,
        "notes": found.notes,
        "installation": _facts(found),
    }
