"""`stdc ats errors`, `retry`, `ignore`, `resync`, `pause` and `resume`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from plugin.cli.output import count, json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import BY, person_of
from plugin.errors import Rejected
from plugin.pipeline import ats_queue
from plugin.pipeline.deliver_rights import closed_by_hand
from plugin.store import Link, Unit

NUMBERS = click.argument("numbers", type=int, nargs=-1)
ALL = click.option("--all", "everything", is_flag=True, help="Everything parked there.")
TO = click.option("--to", "connection", help="Only this connection.")
#: Links read at once.
MOST = 10_000_000


@click.command("errors")
@TO
@json_option
@pass_session
def errors(session: Session, connection: str | None, *, as_json: bool) -> None:
    """List what is parked before an ATS, grouped by cause, with what helps.

    The largest group first. `stdc ats retry` and `stdc ats ignore` take the numbers.
    """
    names = _connections(session, connection)
    with session.parts.store.view() as unit:
        found = ats_queue.troubles(unit, names)
        held = {name: told for name in names if (told := ats_queue.paused(unit, name))}
    if as_json:
        print_json({"errors": [asdict(one) for one in found], "paused": held})
        return
    for name, told in held.items():
        click.echo(f"{name} is paused by {told['by']}: {told['why']}")
    if not found:
        click.echo("Nothing is parked before an ATS.")
        return
    for one in found:
        click.echo(
            f"{one.connection}: {count(len(one.writes), one.kind)} since "
            f"{one.since:%Y-%m-%d %H:%M}"
        )
        click.echo(f"  {one.example}")
        click.echo(f"  what helps: {one.hint}")
        click.echo(f"  writes: {_listed(one.writes)}")


@click.command("retry")
@NUMBERS
@ALL
@TO
@pass_session
def retry(
    session: Session,
    numbers: tuple[int, ...],
    connection: str | None,
    *,
    everything: bool,
) -> None:
    """Send parked writes again, when what refused them is mended.

    \b
      stdc ats retry 12 13
      stdc ats retry --all --to odoo
    """
    parts = session.parts
    names = _connections(session, connection)
    with parts.store.unit() as unit:
        chosen = _chosen(unit, names, numbers, everything=everything)
        done = unit.outbox.replay(chosen, parts.clock())
    session.wake()
    click.echo(f"{count(done, 'write')} will be tried again.")


@click.command("ignore")
@NUMBERS
@ALL
@TO
@click.option("--reason", required=True, help="Why; kept with the write.")
@click.confirmation_option("--yes", prompt="Drop these writes for good?", help="Do it.")
@pass_session
def ignore(
    session: Session,
    numbers: tuple[int, ...],
    connection: str | None,
    reason: str,
    *,
    everything: bool,
) -> None:
    """Drop parked writes for good, with a reason.

    \b
      stdc ats ignore 12 --reason "they were hired by phone"
    """
    parts = session.parts
    names = _connections(session, connection)
    with parts.store.unit() as unit:
        chosen = _chosen(unit, names, numbers, everything=everything)
        done = unit.outbox.discard(chosen, parts.clock(), reason)
        closed_by_hand(unit, chosen, parts.clock())
    click.echo(f"{count(done, 'write')} dropped.")


@click.command("resync")
@click.argument("contacts", nargs=-1)
@click.option("--segment", help="Everybody in this segment of Mautic, by its alias.")
@click.option("--all", "everything", is_flag=True, help="Everybody who stands there.")
@TO
@BY
@pass_session
def resync(
    session: Session,
    contacts: tuple[str, ...],
    segment: str | None,
    connection: str | None,
    by: str,
    *,
    everything: bool,
) -> None:
    """Write candidates who stand in an ATS there again, as they are now.

    After a mapping changed, say. What recruiters own stays theirs: the mapping's write
    rules hold. Nobody is made, no stage is moved, nobody is mailed, and who withdrew
    consent is left out. The budget of calls holds too.

    \b
      stdc ats resync 4711
      stdc ats resync --segment stdc-do
      stdc ats resync --all --to odoo
    """
    if sum((bool(contacts), segment is not None, everything)) != 1:
        raise click.UsageError("name contacts, or a --segment, or --all")
    names = _connections(session, connection)
    with session.parts.store.view() as unit:
        links = [
            one
            for name in names
            for one in unit.links.list(connection=name, limit=MOST)
        ]
        chosen = list(_wanted(session, unit, links, contacts, segment))
    asked = ats_queue.ask_again(session.parts, chosen, by)
    session.wake()
    click.echo(f"{count(asked, 'candidate')} will be written again.")


@click.command("pause")
@click.argument("connection")
@click.option("--reason", required=True, help="Why; shown and kept in the audit.")
@BY
@pass_session
def pause(session: Session, connection: str, reason: str, by: str) -> None:
    """Send nothing to a connection and ask it nothing, until `stdc ats resume`.

    Nothing is lost: what it is to get waits in the outbox, and its webhooks are kept.
    """
    _connections(session, connection)
    ats_queue.pause(session.parts, connection, by, reason)
    click.echo(f"{connection} is paused; go on with: stdc ats resume {connection}")


@click.command("resume")
@click.argument("connection")
@BY
@pass_session
def resume(session: Session, connection: str, by: str) -> None:
    """Go on with a connection that was paused; what waits is sent at once."""
    _connections(session, connection)
    was = ats_queue.resume(session.parts, connection, by)
    session.wake()
    click.echo(f"{connection} goes on." if was else f"{connection} was not paused.")


COMMANDS = (errors, retry, ignore, resync, pause, resume)


def _connections(session: Session, named: str | None) -> Sequence[str]:
    known = sorted(session.settings.ats)
    if named is None:
        return known
    if named not in known:
        there = ", ".join(known) or "none"
        raise Rejected(f"no connection {named!r} is configured; there is {there}")
    return [named]


def _chosen(
    unit: Unit, names: Sequence[str], numbers: Sequence[int], *, everything: bool
) -> list[int]:
    """Take the numbers that are parked before these connections."""
    if bool(numbers) == everything:
        raise click.UsageError("name the writes by number, or all parked ones by --all")
    there = [item.id for name in names for item in ats_queue.parked(unit, name)]
    strange = sorted(set(numbers) - set(there))
    if strange:
        raise Rejected(
            f"not parked before an ATS: {', '.join(map(str, strange))}; "
            "`stdc ats errors` lists what is"
        )
    return list(numbers) if numbers else there


def _wanted(
    session: Session,
    unit: Unit,
    links: Sequence[Link],
    contacts: Sequence[str],
    segment: str | None,
) -> Iterator[Link]:
    if contacts:
        persons = {person_of(unit, one) for one in contacts}
    elif segment is not None:
        persons = unit.people.current(_members(session, segment))
    else:
        persons = {one.person_id for one in links}
    missing = sorted(persons - {one.person_id for one in links}) if contacts else []
    if missing:
        listed = ", ".join(map(str, missing))
        raise Rejected(f"not in the ATS: contact {listed}")
    yield from (one for one in links if one.person_id in persons)


def _members(session: Session, alias: str) -> list[int]:
    """Read who is in a segment of Mautic."""
    mautic = session.parts.mautic
    if not any(one["alias"] == alias for one in mautic.segments.everything()):
        raise Rejected(f"Mautic has no segment with the alias {alias!r}")
    found = mautic.contacts.everything(f"segment:{alias}")
    return [int(one["id"]) for one in found]


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:20]))
    more = len(numbers) - 20
    return f"{shown} and {more} more" if more > 0 else shown
