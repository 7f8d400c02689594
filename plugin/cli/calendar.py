"""`stdc calendar`: who is due when, and what holds back the others."""

import click

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.config import did_you_mean
from plugin.errors import Misconfigured
from plugin.mappings.audiences import SunsetStep
from plugin.mappings.model import Mappings, Phase
from plugin.pipeline.calendar import read
from plugin.planning.rhythm import Why
from plugin.planning.touch_text import step_name, why_name
from plugin.planning.turns import MOST_WEEKS, WEEKS, Calendar


@click.command()
@click.option("--audience", help="Key of one in audiences.toml; everybody if left out.")
@click.option(
    "--weeks",
    type=click.IntRange(1, MOST_WEEKS),
    default=WEEKS,
    show_default=True,
    help="How far ahead.",
)
@json_option
@pass_session
def calendar(
    session: Session, *, audience: str | None, weeks: int, as_json: bool
) -> None:
    """Say who is due when by the rhythm of their audience, and what holds back others.

    Mautic sends; this counts whose turn it is. Why one contact is due on their day is
    told by `stdc explain`. Changes nothing.

    \b
      stdc calendar
      stdc calendar --audience legal --weeks 4
    """
    parts = session.parts
    _known(parts.mappings, audience)
    with parts.store.view() as unit:
        found = read(
            unit, parts.mappings, parts.clock(), audience=audience, weeks=weeks
        )
    if as_json:
        print_json(found.as_json())
    else:
        _print(found, session.settings.language.value)


def _known(mappings: Mappings, key: str | None) -> None:
    if key is not None and key not in mappings.audiences:
        hint = did_you_mean(key, mappings.audiences)
        raise Misconfigured(
            f"audiences.toml has no audience {key!r}{hint}",
            (f"there are: {', '.join(mappings.audiences) or 'none'}",),
        )


def _print(found: Calendar, lang: str) -> None:
    rows = [("today", *found.now.values(), sum(found.now.values()))]
    rows += [
        (f"{one.on:%a %Y-%m-%d}", *one.due.values(), one.people)
        for one in found.days
        if one.people
    ]
    print_table(("due", *(phase.value for phase in Phase), "together"), rows)
    if found.later:
        click.echo(f"Later: {count(found.later, 'person', 'people')}.")
    for head, counts in (("held back", found.held), ("never", found.never)):
        if counts:
            click.echo()
            print_table(
                (head, "people"),
                [(why_name(Why(key), lang), people) for key, people in counts.items()],
            )
    if found.sunset:
        click.echo()
        print_table(
            ("signs of life", "people"),
            [
                (step_name(SunsetStep(key), lang), people)
                for key, people in found.sunset.items()
            ],
        )
