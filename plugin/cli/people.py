"""`stdc people`: which contacts are one person, and undoing a merge."""

from collections.abc import Sequence

import click

from plugin.cli.output import json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.errors import Rejected
from plugin.pipeline.people import Split
from plugin.pipeline.people import split as undo
from plugin.store import AuditEntry, Unit

CONTACT = click.argument("contact")
#: Lines of the audit read per contact.
LINES = 100


@click.group()
def people() -> None:
    """See which contacts are one person, and why; take apart what is not.

    A person may have had several contacts in Mautic: a visitor who turned out to be
    somebody known, or two contacts that a marketer merged.
    """


@people.command("show")
@CONTACT
@json_option
@pass_session
def show(session: Session, contact: str, *, as_json: bool) -> None:
    """List the contacts that are one person, and what joined or parted them.

    CONTACT is Mautic's contact id, also one that was merged away, or an e-mail
    address. The audit shows moments in UTC, newest first.

    \b
      stdc people show 4711
    """
    with session.parts.store.view() as unit:
        person_id = _person(unit, contact)
        ids = unit.people.contacts_of(person_id)
        lines = _audit(unit, ids)
    if as_json:
        print_json(
            {"person": person_id, "contacts": ids, "audit": list(map(_json, lines))}
        )
        return
    named = ", ".join(map(str, ids))
    click.echo(f"Person {person_id} is in Mautic: {named}.")
    if lines:
        rows = [(one.at, one.action, one.subject, _told(one)) for one in lines]
        print_table(("when", "what", "who", "why"), rows)


@people.command("split")
@click.argument("contact_id", type=int)
@click.option("--reason", required=True, help="Why; kept in the audit.")
@click.confirmation_option("--yes", prompt="Undo this merge?", help="Do not ask.")
@pass_session
def split(session: Session, contact_id: int, reason: str) -> None:
    """Undo the merge of CONTACT_ID into another contact.

    Each has their own history again, and both are scored anew. Mautic itself cannot
    undo a merge: if it has the contact no more, its history is kept here and nothing
    is written to it. Such a merge happens again only if Mautic merges them again.

    \b
      stdc people show 4711                       who was joined, and why
      stdc people split 17 --reason "two people"  take contact 17 out again
    """
    done = undo(session.parts, contact_id, reason)
    session.wake()
    click.echo(_outcome(done))


def _outcome(done: Split) -> str:
    others = ", ".join(map(str, done.others))
    told = f"Contact {done.contact_id} is a person of their own, apart from {others}."
    if done.is_in_mautic:
        return told
    return (
        f"{told}\nMautic has no contact {done.contact_id} any more: "
        "what they did is kept, and nothing is written to them."
    )


def _person(unit: Unit, contact: str) -> int:
    ids = [int(contact)] if contact.isdecimal() else unit.people.by_email(contact)
    current = sorted(unit.people.current(ids))
    if not current:
        raise Rejected(f"nothing is known here of contact {contact}")
    if len(current) > 1:
        listed = ", ".join(map(str, current))
        raise Rejected(f"{contact} is the address of several contacts: {listed}")
    return current[0]


def _audit(unit: Unit, ids: Sequence[int]) -> list[AuditEntry]:
    lines = [line for one in ids for line in unit.audit.list(f"contact:{one}", LINES)]
    told = (one for one in lines if one.action != "contact.viewed")
    return sorted(told, key=lambda one: one.id, reverse=True)


def _told(line: AuditEntry) -> str:
    winner = line.detail.get("winner")
    into = f"into contact {winner}: " if winner else ""
    return f"{into}{line.detail.get('why') or '-'}"


def _json(line: AuditEntry) -> dict[str, object]:
    return {
        "at": line.at,
        "action": line.action,
        "subject": line.subject,
        "detail": dict(line.detail),
    }
