"""`stdc explain`: why a contact is where they are."""

from datetime import UTC, datetime
from typing import Any

import click

from plugin.cli.output import json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.config import Language
from plugin.errors import Rejected
from plugin.history.model import Person
from plugin.phases.decide import decide
from plugin.phases.undo import undo
from plugin.planning.due import due_of
from plugin.planning.touch_text import as_json as as_json_of
from plugin.planning.touch_text import touch_text
from plugin.scoring.explain import explain as explanation
from plugin.store import Unit


class Moment(click.ParamType[datetime]):
    """A date or a date with time, ISO 8601; UTC when it names no zone."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the text, or say how it should look."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment like 2026-11-23T14:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("contact")
@click.option("--as-of", type=Moment(), help="The moment to judge by; now if left out.")
@click.option(
    "--lang",
    type=click.Choice([one.value for one in Language]),
    help="Language of the sentences; the installation's if left out.",
)
@json_option
@pass_session
def explain(
    session: Session,
    contact: str,
    as_of: datetime | None,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    """Say a contact's phase and score, and the reasons, which add up exactly.

    CONTACT is Mautic's contact id or an e-mail address. Nothing is changed.

    \b
      stdc explain 4711
      stdc explain anna@example.org --as-of 2026-10-01 --lang nl
    """
    parts = session.parts
    with parts.store.view() as unit:
        person = _person(unit, contact)
        catalogue = parts.catalogue(unit)
    moment = as_of or parts.clock()
    decision = decide(person, parts.mappings, catalogue, as_of=moment)
    language = lang or session.settings.language.value
    given = (decision, person, parts.mappings, catalogue)
    told = explanation(*given, language, undo=undo(*given))
    touch = due_of(person, decision, parts.mappings).touch
    line = touch_text(touch, decision.phase, language)
    if as_json:
        print_json(
            {**told.as_json(), "next_touch": {**as_json_of(touch), "text": line}}
        )
    else:
        click.echo(f"{told.as_text()}\n{line}")


def _person(unit: Unit, contact: str) -> Person:
    ids = [int(contact)] if contact.isdecimal() else unit.people.by_email(contact)
    if len(ids) > 1:
        listed = ", ".join(map(str, ids))
        raise Rejected(f"{contact} is the address of several contacts: {listed}")
    person = unit.people.load(ids[0]) if ids else None
    if person is None:
        raise Rejected(f"nothing is known here of contact {contact}")
    if not person.has_history:
        raise Rejected(f"contact {contact} is known, but has done nothing yet")
    return person
