"""`stdc adopt` and `stdc destroy`: what in Mautic is ours, and what is no more."""

from collections.abc import Sequence
from typing import Any

import click

from plugin.cli.output import count, json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.config import did_you_mean
from plugin.errors import Rejected
from plugin.pipeline.parts import Parts
from plugin.provision import adopt as adopting
from plugin.provision import render
from plugin.provision.destroy import Removal, removals, survey
from plugin.provision.destroy import destroy as take_away
from plugin.provision.look import wishes
from plugin.provision.owned import StoredOwned
from plugin.provision.resources import Key, Kind

KINDS = click.Choice([one.value for one in Kind])


@click.command()
@click.argument("kind", type=KINDS)
@click.argument("name")
@click.option("--id", "remote_id", type=int, help="Mautic's id, when the name differs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def adopt(
    session: Session, kind: str, name: str, remote_id: int | None, *, yes: bool
) -> None:
    """Take over something in Mautic that somebody else made.

    KIND and NAME are as `stdc plan` names them. It gets our mark; what the next
    `stdc apply` would change in it is shown first.

    \b
      stdc adopt segment stdc-do
      stdc adopt campaign think --id 12   a campaign with another name in Mautic
    """
    parts = session.parts
    key = Key(Kind(kind), name)
    wanted = wishes(parts.settings, parts.mappings)
    if key not in wanted:
        names = [one.name for one in wanted if one.kind is key.kind]
        raise Rejected(f"{key} is not in the mappings{did_you_mean(name, names)}")
    owned = StoredOwned(parts.store)
    have = adopting.candidate(parts.mautic, wanted, owned, key, remote_id)
    changes = adopting.would_change(wanted[key], have)
    click.echo(f"{key}: id {have.remote_id} in Mautic.")
    for one in changes:
        click.echo(f"    {render.difference(one)}")
    if not yes:
        what = "take it over, and let apply change this" if changes else "take it over"
        click.confirm(f"{what.capitalize()}?", abort=True)
    adopting.adopt(parts.mautic, have, owned)
    _audit(parts, "mautic.adopted", str(key), {"id": have.remote_id})
    click.echo(f"{key} is ours now; stdc plan shows what is left to do.")


@click.command()
@click.argument("kind", type=KINDS, required=False)
@click.argument("name", required=False)
@click.option("--leftovers", is_flag=True, help="Only what the mappings lack by now.")
@json_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def destroy(
    session: Session,
    kind: str | None,
    name: str | None,
    *,
    leftovers: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Take away from Mautic what `stdc apply` made, and nothing else.

    Everything of ours, one KIND, or KIND NAME. What others use stays. With --json
    it is only shown.

    \b
      stdc destroy --leftovers          what was taken out of the mappings
      stdc destroy segment stdc-rising  one thing
      stdc destroy                      everything of ours
    """
    parts = session.parts
    owned = StoredOwned(parts.store)
    wanted = wishes(parts.settings, parts.mappings)
    things = survey(parts.mautic, wanted, owned)
    selected = {
        one.key
        for one in things
        if one.key is not None
        and (kind is None or one.key.kind == kind)
        and (name is None or one.key.name == name)
        and not (leftovers and one.key in wanted)
    }
    planned = removals(things, selected)
    if as_json:
        print_json([_json(one) for one in planned])
        return
    _show(planned)
    going = [one for one in planned if one.goes]
    if not going:
        click.echo("There is nothing to take away.")
        return
    if not yes:
        question = f"Take {count(len(going), 'thing')} away from Mautic?"
        click.confirm(question, abort=True)
    _destroy(parts, owned, planned)


def _show(planned: Sequence[Removal]) -> None:
    for one in planned:
        if one.thing.is_filled:
            click.echo(f"  {one.key}: stays, a marketer has filled it")
        elif one.users:
            named = ", ".join(str(user) for user in one.users)
            click.echo(f"  {one.key}: stays, it is used by {named}")
        else:
            also = ", with what contacts have in it" * (one.key.kind is Kind.FIELD)
            click.echo(f"- {one.key} (id {one.thing.remote_id}){also}")


def _destroy(parts: Parts, owned: StoredOwned, planned: Sequence[Removal]) -> None:
    done, failed = 0, 0
    for result in take_away(planned, parts.mautic, owned):
        why = f": {result.message}" if result.message else ""
        sign = "FAILED" if why else "gone"
        click.echo(f"{sign:<8}{result.removal.key}{why}")
        done, failed = done + (not why), failed + bool(why)
    _audit(parts, "mautic.destroyed", "mautic", {"gone": done, "not_done": failed})
    if failed:
        raise Rejected(
            f"{count(failed, 'thing')} not taken away; mend the cause and run it again"
        )
    click.echo(f"{count(done, 'thing')} taken away from Mautic.")


def _audit(parts: Parts, action: str, subject: str, detail: dict[str, Any]) -> None:
    with parts.store.unit() as unit:
        unit.audit.add(parts.clock(), "stdc", action, subject, detail)


def _json(one: Removal) -> dict[str, Any]:
    return {
        "kind": one.key.kind.value,
        "key": one.key.name,
        "id": one.thing.remote_id,
        "goes": one.goes,
        "filled": one.thing.is_filled,
        "used_by": [
            {"kind": user.kind, "name": user.name, "id": user.remote_id}
            for user in one.users
        ],
    }
