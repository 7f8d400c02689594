"""`stdc digest`: what the owners are told of their week."""

import click

from plugin.cli.output import count, json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.errors import Rejected
from plugin.pipeline import digest as digests
from plugin.planning.digest import as_text


@click.command()
@click.option("--owner", type=int, help="Only that user of Mautic's people.")
@click.option("--audience", help="Only this audience, by its key.")
@click.option("--send", is_flag=True, help="Send what is shown, now.")
@json_option
@pass_session
def digest(
    session: Session,
    *,
    owner: int | None,
    audience: str | None,
    send: bool,
    as_json: bool,
) -> None:
    """Show what each owner is told of the last seven days, per audience.

    Who moved, who begins to, who is due, what content does worse and whether the plans
    are on track. It is sent once a week where [digest] in alerts.toml says so; an owner
    and audience without news get none.

    \b
      stdc digest                    what would be sent
      stdc digest --owner 3 --send   send theirs now, whatever the day
    """
    parts = session.parts
    known = parts.mappings.audiences
    if audience and audience not in known:
        raise Rejected(f"no audience {audience}: audiences.toml has {', '.join(known)}")
    with parts.store.view() as unit:
        found = digests.gather(parts, unit, owner=owner, audience=audience)
    if send:
        _can_send(session)
        digests.want(parts, found, again=True)
        session.wake()
    if as_json:
        print_json(digests.as_json(parts, found))
        return
    lang = parts.mappings.language
    for one in found:
        owned = "nobody's people" if one.owner_id is None else f"owner {one.owner_id}"
        click.echo(f"[{owned}] {as_text(one, lang)}\n")
    told = "wanted" if send else "would be sent"
    click.echo(
        f"{count(len(found), 'digest')} {told}." if found else "Nothing to tell."
    )


def _can_send(session: Session) -> None:
    if session.parts.alerts is None:
        raise Rejected("config.toml has no [alerts]: give url and secret to send to")
