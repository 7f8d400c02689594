"""`stdc ats review`: hand-overs about which a person has to say who is who."""

from dataclasses import asdict

import click

from plugin.cli.output import json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import BY, CONTACT, person_of
from plugin.errors import Rejected
from plugin.pipeline import reviews

CONNECTION = click.option("--connection", help="Needed where several are in review.")


@click.group("review")
def review() -> None:
    """Decide about hand-overs where several candidates in the ATS may be the one.

    Such a hand-over waits: nobody is guessed. Choose one of them, create a new
    candidate, or ignore it.
    """


@review.command("list")
@json_option
@pass_session
def listing(session: Session, *, as_json: bool) -> None:
    """List the hand-overs that wait, and who was found."""
    with session.parts.store.view() as unit:
        found = reviews.reviews(unit)
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        click.echo("Nothing is in review.")
    else:
        rows = [
            (one.connection, one.contact_id, one.since, ref, url)
            for one in found
            for ref, url in (one.candidates or {"-": None}).items()
        ]
        print_table(("connection", "contact", "since", "may be", "address"), rows)


@review.command("choose")
@CONTACT
@click.argument("ref")
@CONNECTION
@BY
@pass_session
def choose(
    session: Session, contact: str, ref: str, connection: str | None, by: str
) -> None:
    """Say that CONTACT is the candidate REF there: that one is updated and linked.

    \b
      stdc ats review choose 4711 54
    """
    name, person_id = _open(session, contact, connection)
    reviews.choose(session.parts, name, person_id, ref, by)
    session.wake()
    click.echo(f"Contact {person_id} is {ref} in {name}; the hand-over goes on.")


@review.command("create")
@CONTACT
@CONNECTION
@BY
@pass_session
def create(session: Session, contact: str, connection: str | None, by: str) -> None:
    """Say that CONTACT is none of those there: a new candidate is made, once."""
    name, person_id = _open(session, contact, connection)
    reviews.create(session.parts, name, person_id, by)
    session.wake()
    click.echo(f"Contact {person_id} becomes a new candidate in {name}.")


@review.command("ignore")
@CONTACT
@CONNECTION
@click.option("--reason", required=True, help="Why; kept in the audit.")
@BY
@pass_session
def ignore(
    session: Session, contact: str, connection: str | None, reason: str, by: str
) -> None:
    """Never hand CONTACT over to this connection."""
    name, person_id = _open(session, contact, connection)
    reviews.ignore(session.parts, name, person_id, by, reason)
    session.wake()
    click.echo(f"Contact {person_id} is not handed over to {name}.")


def _open(session: Session, contact: str, connection: str | None) -> tuple[str, int]:
    """Find which connection is meant; several in review have to be told apart."""
    with session.parts.store.view() as unit:
        person_id = person_of(unit, contact)
        found = [
            one.connection
            for one in reviews.reviews(unit, connection)
            if one.contact_id == person_id
        ]
    if len(found) > 1:
        raise Rejected(f"several are in review: name one of {', '.join(found)}")
    if not found:
        raise Rejected(f"nothing about contact {person_id} is in review")
    return found[0], person_id
