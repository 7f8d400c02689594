"""`stdc audit`: who did what to whom, when and why."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import click

from plugin.cli.contact import Moment
from plugin.cli.output import json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import person_of
from plugin.pipeline.record import ACTIONS
from plugin.store import AuditEntry, Unit, Wanted

#: Columns of the list.
COLUMNS = ("when", "by", "what", "whom", "details")


@click.command()
@click.argument("contact", required=False)
@click.option(
    "--hand-overs", is_flag=True, help="Only what concerns candidates in an ATS."
)
@click.option("--action", "actions", multiple=True, help="Only these actions.")
@click.option("--connection", help="Only this ATS connection.")
@click.option("--by", "actor", help="Only what this person or part did.")
@click.option("--erasure", help="Only the erasure of this name.")
@click.option("--since", type=Moment(), help="From this moment on.")
@click.option("--until", type=Moment(), help="Before this moment.")
@click.option("--limit", type=int, default=50, show_default=True, help="At most.")
@json_option
@pass_session
def audit(
    session: Session,
    contact: str | None,
    *,
    hand_overs: bool,
    actions: tuple[str, ...],
    connection: str | None,
    actor: str | None,
    erasure: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the audit, newest first: who did what to whom, when and why.

    With a CONTACT (Mautic's contact id or an e-mail address) only what was done about
    that person. A hand-over tells the cause, the score, the version of the mappings
    (see `stdc mappings list`) and under which consent: field, value, day and text.

    \b
      stdc audit --hand-overs --since 2026-11-01
      stdc audit anna@example.org
      stdc audit --action candidate.handed_over --connection odoo --json
    """
    named = {*actions, *(ACTIONS if hand_overs else ())}
    with session.parts.store.view() as unit:
        wanted = Wanted(
            subjects=_subjects(unit, contact, erasure),
            actions=named or None,
            actor=actor,
            since=since,
            until=until,
        )
        found = list(islice(_of(connection, _lines(unit, wanted)), limit))
    if as_json:
        print_json([_json(one) for one in found])
    elif not found:
        click.echo("Nothing of the kind is in the audit.")
    else:
        print_table(COLUMNS, [_row(one) for one in found])


def _subjects(unit: Unit, contact: str | None, erasure: str | None) -> set[str] | None:
    """Name whom it is about; None for everybody and everything."""
    if contact is None and erasure is None:
        return None
    named = {f"erased:{erasure}"} if erasure else set()
    if contact is not None:
        ids = unit.people.contacts_of(person_of(unit, contact))
        named |= {f"{kind}:{one}" for one in ids for kind in ("contact", "person")}
    return named


def _lines(unit: Unit, wanted: Wanted) -> Iterator[AuditEntry]:
    """Read page after page, for as long as somebody asks."""
    page = unit.audit.search(wanted)
    while page:
        yield from page
        page = unit.audit.search(wanted, before=page[-1].id)


def _of(connection: str | None, lines: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
    for one in lines:
        if connection is None or one.detail.get("connection") == connection:
            yield one


def _row(line: AuditEntry) -> tuple[Any, ...]:
    return line.at, line.actor, line.action, line.subject, _told(line.detail)


def _told(detail: Mapping[str, Any]) -> str:
    """Write the details on one line, the consent as its own words."""
    plain = {name: one for name, one in detail.items() if _is_told(one)}
    told = [f"{name}={_value(one)}" for name, one in plain.items()]
    return ", ".join(told) or "-"


def _is_told(value: Any) -> bool:
    return value not in (None, "", [], {})


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "(" + " ".join(f"{name}={one}" for name, one in value.items()) + ")"
    if isinstance(value, list):
        return "|".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(line: AuditEntry) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": line.at,
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "detail": dict(line.detail),
    }
