"""`stdc ats`: the connections, and who was handed over."""

from collections.abc import Mapping
from typing import Any

import click

from plugin.ats.base import Connector, Failure
from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.errors import Rejected
from plugin.store import Link


@click.group()
def ats() -> None:
    """Look at the ATS connections and at hand-overs."""


@ats.command("check")
@json_option
@pass_session
def check(session: Session, *, as_json: bool) -> None:
    """Sign in to each ATS and say who we are there, or what is wrong.

    Reads only: nobody is handed over.
    """
    connectors = session.parts.connectors
    found = {name: _examine(one) for name, one in sorted(connectors.items())}
    if as_json:
        print_json(found)
    elif not found:
        click.echo("No ATS is configured; see [ats.<name>] in config.toml.")
    else:
        rows = [(name, *one.values()) for name, one in found.items()]
        print_table(("connection", "kind", "ok", "what it says"), rows)
    if broken := [name for name, one in found.items() if not one["ok"]]:
        raise Rejected(
            f"{count(len(broken), 'connection')} broken: {', '.join(broken)}"
        )


@ats.command("status")
@click.argument("connection", required=False)
@click.option("--limit", type=int, default=1000, show_default=True, help="At most.")
@json_option
@pass_session
def status(
    session: Session, connection: str | None, limit: int, *, as_json: bool
) -> None:
    """List hand-overs: which contact is which record, and where it stands.

    With a CONNECTION only those there.
    """
    if connection is not None and connection not in session.settings.ats:
        known = ", ".join(sorted(session.settings.ats)) or "none"
        raise Rejected(f"no connection {connection!r} is configured; there is {known}")
    with session.parts.store.view() as unit:
        links = unit.links.list(connection=connection, limit=limit)
    if as_json:
        print_json([_json(link) for link in links])
    elif not links:
        click.echo("Nobody was handed over yet.")
    else:
        header = ("connection", "contact", "record", "status", "since", "address")
        print_table(header, [_row(link) for link in links])


def _examine(connector: Connector) -> Mapping[str, Any]:
    found = connector.check()
    if isinstance(found, Failure):
        return {"kind": connector.kind, "ok": False, "says": found.message}
    account = found.value
    return {
        "kind": connector.kind,
        "ok": True,
        "says": f"{account.system}, {account.user}",
    }


def _row(link: Link) -> tuple[Any, ...]:
    return (
        link.connection,
        link.contact_id,
        link.ref,
        link.status,
        link.handed_over_at,
        link.url,
    )


def _json(link: Link) -> dict[str, Any]:
    return {
        "connection": link.connection,
        "contact_id": link.contact_id,
        "ref": link.ref,
        "url": link.url,
        "status": link.status,
        "marker": link.marker,
        "handed_over_at": link.handed_over_at,
        "updated_at": link.updated_at,
    }
