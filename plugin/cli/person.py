"""`stdc export`: what is held of a person, for the person."""

import click

from plugin.cli.output import print_json
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import CONTACT, person_of
from plugin.pipeline.access import held


@click.command()
@CONTACT
@pass_session
def export(session: Session, contact: str) -> None:
    """Print everything held here of a person, as JSON: the right of access.

    CONTACT is Mautic's contact id or an e-mail address. With it come the contacts
    that were merged into the same person. Of a raw delivery, in the inbox or on the
    spool's disk, only what is about them is printed, nobody else's data. What Mautic
    and the ATS hold is theirs to export. Nothing is changed.

    \b
      stdc export 4711 > 4711.json
      stdc export anna@example.org
    """
    parts = session.parts
    with parts.store.view() as unit:
        person_id = person_of(unit, contact)
    print_json({"person": person_id, "as_of": parts.clock(), **held(parts, person_id)})
