"""`stdc erase`: the right of erasure."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress as Bar

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import CONTACT, operator, person_of
from plugin.errors import Rejected, StdcError
from plugin.pipeline import erase as erasing
from plugin.pipeline.erase import Progress, Survey
from plugin.pipeline.parts import Parts

#: What each table holds of a person, in the words of this page.
TABLES = {
    "events": "events of their history",
    "moves": "moves from phase to phase",
    "outbox": "writes to Mautic and the ATS",
    "links": "links to a candidate in an ATS",
    "merges": "merges of their contacts",
    "people": "phase and score",
    "contacts": "contact profiles",
    "audit": "audit lines that lose whose they are",
}
ASK = "Erase this for good?"
LATER = "Their contact in Mautic is still there: delete it with Mautic's own button."


@click.command()
@CONTACT
@click.option("--dry-run", is_flag=True, help="Show what would go; change nothing.")
@click.option("--mautic", is_flag=True, help="Delete their contact in Mautic too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_session
def erase(
    session: Session,
    contact: str,
    *,
    dry_run: bool,
    mautic: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase everything held here of a person, for good: the right of erasure.

    CONTACT is Mautic's contact id or an e-mail address; contacts that were merged into
    the same person go too. Other people's events in the same deliveries stay. What is
    kept is a keyed hash, so that no late webhook, reconcile or backfill brings them
    back, and in the audit that somebody was erased, when and by whom.

    Their ATS is told as far as it lets itself be told; what a person must do there
    waits in `stdc outbox list`. Killed half way, run it again.

    \b
      stdc erase 4711 --dry-run
      stdc erase anna@example.org
      stdc erase 4711 --mautic --yes
    """
    parts = session.parts
    earlier = _earlier(parts, contact)
    person_id = None if earlier else _person_id(parts, contact)
    if person_id is None:
        _done_before(contact, earlier, as_json=as_json)
        return
    with _bar() as progress:
        found = erasing.survey(parts, person_id, progress)
    if not as_json or dry_run:
        _show(person_id, found, as_json=as_json)
    if dry_run:
        return
    if not yes:
        click.confirm(ASK, abort=True, err=as_json)
    said = _in_mautic(parts, person_id, delete=mautic)
    with _bar() as progress:
        done = erasing.erase(parts, person_id, actor=operator(), progress=progress)
    session.wake()
    if as_json:
        print_json(
            {"erasure": done.name, "mautic": said, **_json(person_id, done.survey)}
        )
    else:
        click.echo(f"Erased. In the audit it is erasure {done.name}.")
        _tell_rest(done.survey, said)


def _person_id(parts: Parts, contact: str) -> int:
    with parts.store.view() as unit:
        return person_of(unit, contact)


def _earlier(parts: Parts, contact: str) -> tuple[str, datetime] | None:
    """Find an erasure that was finished: nothing is known of them any more."""
    with parts.store.view() as unit:
        ids = [int(contact)] if contact.isdecimal() else unit.people.by_email(contact)
        return None if unit.people.current(ids) else unit.tombstones.find(contact)


def _done_before(
    contact: str, earlier: tuple[str, datetime] | None, *, as_json: bool
) -> None:
    name, at = earlier or ("", None)
    if as_json:
        print_json({"erasure": name, "erased_at": at, "person": None})
    else:
        click.echo(f"{contact} was erased already, on {at:%Y-%m-%d}: erasure {name}.")


@contextmanager
def _bar() -> Iterator[Progress]:
    """Show a bar on standard error, where somebody looks at it."""
    console = Console(file=sys.stderr)
    with Bar(console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading deliveries", total=None)
        yield Progress(
            total=lambda total: bar.update(task, total=total),
            more=lambda more: bar.advance(task, more),
        )


def _in_mautic(parts: Parts, person_id: int, *, delete: bool) -> str:
    """Say whether Mautic has them still; delete them there first when asked to.

    First, because afterwards nobody here knows whom to delete.
    """
    with parts.store.view() as unit:
        living = unit.people.living([person_id])
    if not living:
        return "gone"
    if not delete:
        return "still there"
    try:
        parts.mautic.contacts.remove(person_id)
    except StdcError as error:
        raise Rejected(
            f"Mautic did not delete contact {person_id}: {error}. Nothing was erased; "
            "delete it with Mautic's own button, then erase again without --mautic"
        ) from error
    return "deleted"


def _show(person_id: int, found: Survey, *, as_json: bool) -> None:
    if as_json:
        print_json(_json(person_id, found))
        return
    click.echo(f"Held of person {person_id}:")
    rows = [(many, TABLES[name]) for name, many in found.rows.items() if many]
    rows += [
        (many, what)
        for many, what in (
            (found.deleted, "raw deliveries about nobody else"),
            (found.redacted, "raw deliveries that keep what is about others"),
            (found.files, "files on the spool"),
        )
        if many
    ]
    print_table(("how many", "of what"), rows)
    for one in found.told:
        click.echo(f"{one.removeprefix('ats:')} will be told to erase them too.")


def _tell_rest(done: Survey, said: str) -> None:
    if done.told:
        told = count(len(done.told), "ATS connection is", "ATS connections are")
        click.echo(f"{told} being told; what a person must do: `stdc outbox list`.")
    click.echo(LATER if said == "still there" else "Mautic has no such contact (now).")


def _json(person_id: int, found: Survey) -> Mapping[str, Any]:
    return {
        "person": person_id,
        "rows": dict(found.rows),
        "deliveries": {"deleted": found.deleted, "redacted": found.redacted},
        "files": found.files,
        "told": list(found.told),
    }
