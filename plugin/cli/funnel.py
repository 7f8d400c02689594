"""`stdc funnel`: what so many hires by a day take."""

from datetime import UTC, date, datetime

import click

from plugin.cli.output import json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.config import Language, did_you_mean
from plugin.errors import Misconfigured
from plugin.mappings.audiences import Audience
from plugin.mappings.model import Mappings
from plugin.pipeline.funnel import EVERYBODY, plan
from plugin.planning.model import Goal
from plugin.planning.text import as_text

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option(
    "--hires", type=click.IntRange(1, 100_000), required=True, help="How many."
)
@click.option("--by", type=_DAY, required=True, help="The last day, as in 2027-06-30.")
@click.option("--audience", help="Key of one in audiences.toml; everybody if left out.")
@click.option("--since", type=_DAY, help="Hires from this day on count already.")
@click.option(
    "--weekly",
    type=click.FloatRange(0, 1_000_000),
    help="So many new people a week, instead of as many as of late.",
)
@click.option(
    "--certainty",
    type=click.FloatRange(0.01, 0.99),
    default=0.9,
    show_default=True,
    help="How sure you want to be where one answer is given.",
)
@click.option(
    "--lang",
    type=click.Choice([one.value for one in Language]),
    help="The installation's language if left out.",
)
@json_option
@pass_session
def funnel(
    session: Session,
    *,
    hires: int,
    by: datetime,
    audience: str | None,
    since: datetime | None,
    weekly: float | None,
    certainty: float,
    lang: str | None,
    as_json: bool,
) -> None:
    """Say what so many hires by a day take: people per phase, and how sure that is.

    From your own conversions and how long they take, with what is published where you
    have no history. Changes nothing.

    \b
      stdc funnel --hires 24 --by 2027-06-30 --audience it-security
    """
    parts = session.parts
    goal = Goal(
        hires=hires,
        by=by.date(),
        since=_day(since),
        weekly_inflow=weekly,
        certainty=certainty,
    )
    now = parts.clock().astimezone(UTC)
    whom = _audience(parts.mappings, audience)
    try:
        found = plan(parts.store, whom, goal, now)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        print_json(found.as_json())
    else:
        click.echo(as_text(found, lang or session.settings.language.value))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _audience(mappings: Mappings, key: str | None) -> Audience:
    if key is None:
        return EVERYBODY
    try:
        return mappings.audiences[key]
    except KeyError:
        hint = did_you_mean(key, mappings.audiences)
        raise Misconfigured(
            f"audiences.toml has no audience {key!r}{hint}",
            (f"there are: {', '.join(mappings.audiences) or 'none'}",),
        ) from None
