"""`stdc export`: what is held of a person, for the person."""

import click

from plugin.cli.output import print_json
from plugin.cli.session import Session, pass_session
from plugin.errors import Rejected
from plugin.store import Unit


@click.command()
@click.argument("contact")
@pass_session
def export(session: Session, contact: str) -> None:
    """Print everything held here of a person, as JSON: the right of access.

    CONTACT is Mautic's contact id or an e-mail address. With it come the contacts
    that were merged into the same person. Of a raw delivery only what is about them
    is printed, nobody else's data. What Mautic and the ATS hold is theirs to export.
    Nothing is changed.

    \b
      stdc export 4711 > 4711.json
      stdc export anna@example.org
    """
    parts = session.parts
    with parts.store.view() as unit:
        person_id = person_id_of(unit, contact)
        held = unit.holdings.of(set(unit.people.contacts_of(person_id)))
    print_json({"person": person_id, "as_of": parts.clock(), **held})


def person_id_of(unit: Unit, contact: str) -> int:
    """Say who has this contact id or address; raise Rejected for nobody or several."""
    ids = [int(contact)] if contact.isdecimal() else unit.people.by_email(contact)
    persons = unit.people.current(ids)
    if len(persons) > 1:
        listed = ", ".join(map(str, sorted(persons)))
        raise Rejected(f"{contact} is the address of several contacts: {listed}")
    if not persons:
        raise Rejected(f"nothing is known here of contact {contact}")
    return min(persons)
