"""Whom a command is about, and who gives it."""

import getpass

import click

from plugin.cli.session import Session
from plugin.errors import Rejected
from plugin.store import Unit

#: The argument: Mautic's contact id, or an e-mail address.
CONTACT = click.argument("contact")


def person_of(unit: Unit, contact: str) -> int:
    """Find one person by contact id or address; raises Rejected for none or several."""
    ids = [int(contact)] if contact.isdecimal() else unit.people.by_email(contact)
    persons = sorted(unit.people.current(ids))
    if len(persons) > 1:
        listed = ", ".join(map(str, persons))
        raise Rejected(f"{contact} is the address of several contacts: {listed}")
    if not persons:
        raise Rejected(f"nothing is known here of contact {contact}")
    return persons[0]


def operator() -> str:
    """Name the user of this machine, for the audit."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"  # a user without a name, as in a container


#: The option that names somebody else than the machine's user.
BY = click.option(
    "--by",
    default=operator,
    show_default="the machine's user",
    help="Whose word it is.",
)


def connections(session: Session, name: str | None) -> list[str]:
    """List the connections, or the one that is named; raises Rejected for none such."""
    known = sorted(session.settings.ats)
    if name is None:
        return known
    if name not in known:
        there = ", ".join(known) or "none"
        raise Rejected(f"no connection {name!r} is configured; there is {there}")
    return [name]
