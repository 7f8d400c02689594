"""`stdc ats waiting`, `approve` and `decline`: a person's word before a hand-over."""

from dataclasses import asdict
from datetime import datetime

import click

from plugin.cli.contact import Moment
from plugin.cli.output import json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import BY, CONTACT, person_of
from plugin.pipeline import approvals, gating


@click.command("waiting")
@json_option
@pass_session
def waiting(session: Session, *, as_json: bool) -> None:
    """List who is in Do by score and waits for a person's yes, and why.

    Most points first. Who signed up does not wait, nor does anybody whom a tag or
    field in Mautic speaks for; [hand_over] in mappings/fields.toml names these.
    """
    parts = session.parts
    found = list(gating.waiting(parts, as_of=parts.clock()))
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        click.echo("Nobody waits for a yes.")
    else:
        rows = [
            (one.contact_id, one.name, one.since, one.score, one.interests, one.why)
            for one in found
        ]
        print_table(("contact", "name", "since", "score", "interests", "why"), rows)


@click.command("approve")
@CONTACT
@BY
@pass_session
def approve(session: Session, contact: str, by: str) -> None:
    """Say yes: hand over a candidate who is in Do by score.

    CONTACT is Mautic's contact id or an e-mail address. The yes holds while they stay
    in Do; the audit keeps whose it was. Missing consent still holds them up.

    \b
      stdc ats approve 4711 --by anna
    """
    parts = session.parts
    with parts.store.view() as unit:
        person_id = person_of(unit, contact)
    approvals.approve(parts, person_id, by, parts.clock())
    session.wake()
    click.echo(f"Contact {person_id} is handed over by the word of {by}.")


@click.command("decline")
@CONTACT
@click.option("--reason", required=True, help="Why; kept in the audit.")
@click.option("--until", type=Moment(), help="Not before; [hand_over] knows else.")
@BY
@pass_session
def decline(
    session: Session, contact: str, reason: str, until: datetime | None, by: str
) -> None:
    """Say not now: nobody is asked about this contact until a date.

    CONTACT is Mautic's contact id or an e-mail address. Signing up themselves
    outweighs it. Who stands in the ATS already stays there.

    \b
      stdc ats decline 4711 --reason "no room this quarter" --until 2027-04-01
    """
    parts = session.parts
    with parts.store.view() as unit:
        person_id = person_of(unit, contact)
    end = approvals.decline(
        parts, person_id, by, parts.clock(), reason=reason, until=until
    )
    session.wake()
    click.echo(f"Contact {person_id} is left alone until {end:%Y-%m-%d}.")
