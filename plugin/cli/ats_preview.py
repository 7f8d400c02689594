"""`stdc ats preview`: a hand-over as it would be, without sending it."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict

import click

from plugin.ats.rehearsal import Call
from plugin.cli.output import json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.cli.whom import CONTACT, connections, person_of
from plugin.pipeline.preview import Change, Preview
from plugin.pipeline.preview import preview as rehearse


@click.command("preview")
@CONTACT
@click.option("--connection", help="Only this one; all if left out.")
@json_option
@pass_session
def preview(
    session: Session, contact: str, connection: str | None, *, as_json: bool
) -> None:
    """Show a hand-over as it would be: every request, and whom it would change.

    CONTACT is Mautic's contact id or an e-mail address; in any phase, so that a new
    mapping can be tried. The ATS is read, and nothing is written there: requests
    that would write are printed instead of sent. Secrets are masked.

    \b
      stdc ats preview 4711
      stdc ats preview 4711 --connection odoo --json
    """
    parts = session.parts
    names = connections(session, connection)
    with parts.store.view() as unit:
        person_id = person_of(unit, contact)
    as_of = parts.clock()
    found = [
        rehearse(parts, name, person_id, as_of=as_of, wait=time.sleep) for name in names
    ]
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        click.echo("No ATS is configured; see [ats.<name>] in config.toml.")
    for one in found:
        click.echo("\n".join(_lines(one)))


def _lines(one: Preview) -> Iterator[str]:
    yield f"{one.connection}: contact {one.contact_id}, {_outcome(one)}"
    if one.why_not:
        yield f"  not now: {one.why_not}"
    yield f"  goes to: {one.intent.kind.value} {one.intent.ref or ''}".rstrip()
    for match in one.matches:
        yield f"  found there: {match.ref.id} ({match.confidence.value})"
    yield from (f"  {_difference(change)}" for change in one.changes)
    yield from (f"  warning: {warning}" for warning in one.warnings)
    yield from (f"  effect: {effect}" for effect in one.effects)
    reads = sum(call.was_sent for call in one.calls)
    yield f"  {reads} requests read; would be sent:"
    for number, call in enumerate((c for c in one.calls if not c.was_sent), 1):
        yield from _request(number, call)


def _outcome(one: Preview) -> str:
    if one.outcome == "create":
        return "would be created"
    if one.outcome == "update" and one.ref is not None:
        return f"would update {one.ref.id} {one.ref.url or ''}".rstrip()
    told = "a person would have to choose" if one.outcome == "review" else "would fail"
    return f"{told}: {one.message}"


def _difference(change: Change) -> str:
    if not change.is_written:
        return f"{change.field}: stays {change.have!r} ({change.rule})"
    have = "?" if change.have is None else repr(change.have)
    return f"{change.field}: {have} -> {change.wanted!r} ({change.rule})"


def _request(number: int, call: Call) -> Iterator[str]:
    yield f"  {number}. {call.method} {call.url}"
    yield from (f"     {name}: {value}" for name, value in call.headers.items())
    body = call.body
    if body is None:
        return
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    yield from (f"     {line}" for line in text.splitlines())
