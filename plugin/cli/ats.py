"""`stdc ats`: the connections, and who was handed over."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from plugin.ats.base import Connector, Failure
from plugin.ats.catalogue import Describes, problems
from plugin.cli import ats_preview, ats_queue, ats_review, ats_yes
from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import connections, person_of
from plugin.errors import Rejected
from plugin.mappings.ats import AtsMapping
from plugin.mappings.consent import UNDECIDED, Basis
from plugin.pipeline import writes
from plugin.store import Link, OutboxItem, OutboxState, Unit

#: Columns of what is not done, and of who stands there.
OPEN = ("connection", "contact", "write", "state", "tried", "next", "why")
DONE = ("connection", "contact", "record", "status", "since", "address")


@click.group()
def ats() -> None:
    """Look at the ATS connections and at hand-overs."""


for one in (
    ats_yes.waiting,
    ats_yes.approve,
    ats_yes.decline,
    ats_preview.preview,
    ats_review.review,
    *ats_queue.COMMANDS,
):
    ats.add_command(one)


@ats.command("check")
@json_option
@pass_session
def check(session: Session, *, as_json: bool) -> None:
    """Sign in to each ATS and say who we are there, or what is wrong.

    Where the ATS can say what it has, its mapping is compared with that: fields, jobs,
    pools and users that are not there are named. Reads only: nobody is handed over.
    """
    connectors = session.parts.connectors
    mappings = session.parts.mappings.ats
    found = {
        name: _examine(one, mappings.get(name, AtsMapping(connection=name)))
        for name, one in sorted(connectors.items())
    }
    if as_json:
        print_json(found)
    elif not found:
        click.echo("No ATS is configured; see [ats.<name>] in config.toml.")
    else:
        rows = [
            (name, one["kind"], "yes" if one["ok"] else "no", one["says"])
            for name, one in found.items()
        ]
        print_table(("connection", "kind", "ok", "what it says"), rows)
    if broken := [name for name, one in found.items() if not one["ok"]]:
        raise Rejected(
            f"{count(len(broken), 'connection')} broken: {', '.join(broken)}"
        )


@ats.command("status")
@click.argument("whom", required=False, metavar="[CONTACT|CONNECTION]")
@click.option("--limit", type=int, default=1000, show_default=True, help="At most.")
@json_option
@pass_session
def status(session: Session, whom: str | None, limit: int, *, as_json: bool) -> None:
    """List hand-overs: which contact is which record, and where it stands.

    With a CONNECTION only those there; with a CONTACT, by id or e-mail address, only
    theirs. What waits or is parked comes first, with its reason; `stdc ats errors`
    groups what is parked.
    """
    is_contact = whom is not None and (whom.isdecimal() or "@" in whom)
    names = connections(session, None if is_contact else whom)
    with session.parts.store.view() as unit:
        person = person_of(unit, str(whom)) if is_contact else None
        links = [one for name in names for one in _links(unit, name, person, limit)]
        open_ = [one for name in names for one in _open(unit, name, limit, person)]
    asked = session.parts.mappings.fields.consent
    if as_json:
        print_json(
            {
                "consent": asked.basis.value,
                "open": [_wish(one) for one in open_],
                "links": _plain(links),
            }
        )
        return
    if asked.basis is Basis.UNDECIDED:
        click.echo(f"note: {UNDECIDED}", err=True)
    if not links and not open_:
        click.echo("Nobody was handed over yet.")
    else:
        _print(open_, links)


def _links(unit: Unit, name: str, person: int | None, limit: int) -> list[Link]:
    if person is None:
        return unit.links.list(connection=name, limit=limit)
    return [one for one in unit.links.of_person(person) if one.connection == name]


def _open(
    unit: Unit, connection: str, limit: int, person: int | None
) -> Iterator[OutboxItem]:
    """Yield the hand-overs to there that are not done, parked ones first."""
    where = writes.ats(connection)
    for state in (OutboxState.PARKED, OutboxState.CLAIMED, OutboxState.PENDING):
        for one in unit.outbox.list(state, where, limit, person_id=person):
            if one.kind == writes.HANDOVER:
                yield one


def _print(open_: Sequence[OutboxItem], links: Sequence[Link]) -> None:
    if open_:
        print_table(OPEN, [tuple(_wish(one).values()) for one in open_])
    if open_ and links:
        click.echo()
    if links:
        print_table(DONE, [_row(link) for link in links])


def _wish(item: OutboxItem) -> dict[str, Any]:
    return {
        "connection": item.destination.partition(":")[2],
        "contact_id": item.person_id,
        "write": item.id,
        "state": item.state.value,
        "attempts": item.attempts,
        "due_at": item.due_at,
        "why": item.last_error,
    }


def _examine(connector: Connector, mapping: AtsMapping) -> Mapping[str, Any]:
    found = connector.check()
    if isinstance(found, Failure):
        return {"kind": connector.kind, "ok": False, "says": found.message}
    if wrong := _mismatches(connector, mapping):
        return {"kind": connector.kind, "ok": False, "says": "; ".join(wrong)}
    account = found.value
    return {
        "kind": connector.kind,
        "ok": True,
        "says": f"{account.system}, {account.user}",
    }


def _mismatches(connector: Connector, mapping: AtsMapping) -> list[str]:
    """Compare a mapping with what is there, where that can be asked.

    Who may not read what there is may still hand over, so that is no mismatch.
    """
    if not isinstance(connector, Describes):
        return []
    told = connector.describe()
    if isinstance(told, Failure):
        return []
    where = f"mappings/ats/{mapping.connection}.toml"
    return [f"{where}: {one}" for one in problems(mapping, told.value)]


def _row(link: Link) -> tuple[Any, ...]:
    return (
        link.connection,
        link.contact_id,
        link.ref,
        link.status,
        link.handed_over_at,
        link.url,
    )


def _plain(links: Sequence[Link]) -> list[dict[str, Any]]:
    names = ("connection", "contact_id", "ref", "url", "status", "marker")
    times = ("handed_over_at", "updated_at")
    return [{name: getattr(link, name) for name in (*names, *times)} for link in links]
