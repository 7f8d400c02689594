"""`stdc market`: the own database beside the market, per audience."""

from collections.abc import Iterator

import click

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.config import did_you_mean
from plugin.errors import Misconfigured
from plugin.mappings.audiences import Market
from plugin.mappings.model import Mappings
from plugin.pipeline.market import read
from plugin.planning.cadence_text import cadence_text
from plugin.planning.mix import (
    CHANNELS,
    MOST_WEEKS,
    PHASES,
    UNKNOWN,
    WEEKS,
    Markets,
    Mix,
)
from plugin.planning.words import Words as PlanWords
from plugin.scoring.words import Words

#: What the command speaks.
_LANG = "en"


@click.command()
@click.option("--audience", help="Key of one in audiences.toml; all if left out.")
@click.option(
    "--weeks",
    type=click.IntRange(1, MOST_WEEKS),
    default=WEEKS,
    show_default=True,
    help="How many weeks of newcomers, the running one among them.",
)
@json_option
@pass_session
def market(
    session: Session, *, audience: str | None, weeks: int, as_json: bool
) -> None:
    """Set the own database beside the market, per audience, and say how people come.

    The market is what audiences.toml says of it. Who belongs to several audiences is
    counted in each. Changes nothing.

    \b
      stdc market
      stdc market --audience it-security --weeks 26
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
        _print(found, is_whole=audience is None)


def _known(mappings: Mappings, key: str | None) -> None:
    if key is not None and key not in mappings.audiences:
        hint = did_you_mean(key, mappings.audiences)
        raise Misconfigured(
            f"audiences.toml has no audience {key!r}{hint}",
            (f"there are: {', '.join(mappings.audiences) or 'none'}",),
        )


def _print(found: Markets, *, is_whole: bool) -> None:
    for one in found.audiences:
        _print_mix(one)
        click.echo()
    if not is_whole:
        return
    if not found.audiences:
        click.echo("audiences.toml names no audience.\n")
    _print_mix(found.outside)
    click.echo()
    click.echo(
        f"Everybody, each counted once: {_people(found.people)}; "
        f"in several audiences, and counted in each: {_number(found.shared)}."
    )


def _print_mix(mix: Mix) -> None:
    whom = mix.audience
    click.echo(f"{whom.name(_LANG)} ({whom.key})" if whom else "In no audience")
    for line in _market(mix) if whom else ():
        click.echo(line)
    click.echo()
    print_table(("phase", "people", "share"), _phases(mix))
    if whom:
        click.echo()
        print_table(
            ("group", "own", "share", "market", "share", "coverage"), _groups(mix)
        )
    click.echo()
    print_table(("week from", *map(_channel, CHANNELS), "together"), _weeks(mix))
    for line in _told(mix):
        click.echo(line)
    if whom:
        click.echo()
        print_table(("assumed", "conversion", "half within", "source"), _priors(mix))


def _market(mix: Mix) -> Iterator[str]:
    market = mix.market
    if market is None:
        yield (
            "Market: nobody counted it. Fill in [audiences.market] under "
            f'key = "{mix.key}" in mappings/audiences.toml.'
        )
        return
    yield (
        f"Market: {_people(market.size)} who fit; {_share(market.latent)} latent, "
        f"{_share(market.active)} active; {_number(market.reachable)} within reach."
    )
    yield f"Source: {market.source or 'not said'}; {_measured(market)}."
    if mix.is_old:
        yield "That is more than a year ago: count it anew."
    if (mix.coverage or 0) > 1:
        yield (
            "There are more people of your own than the market has: it was counted "
            "too small, or the audience is wider than what was counted."
        )


def _measured(market: Market) -> str:
    on = market.measured_on
    return f"measured on {on}" if on else "when it was measured is not said"


def _phases(mix: Mix) -> Iterator[tuple[str, str, str]]:
    for phase, people in mix.phases.items():
        share = people / mix.people if mix.people else None
        yield phase.label, _number(people), _share(share)
    yield "together", _number(mix.people), ""


def _groups(mix: Mix) -> Iterator[tuple[str, ...]]:
    for one in mix.parts:
        phases = ", ".join(phase.label for phase in PHASES[one.group])
        yield (
            f"{one.group.value} ({phases})",
            _number(one.own),
            _share(one.own_share),
            _number(one.market),
            _share(one.market_share),
            _share(one.coverage),
        )
    reachable = mix.market.reachable if mix.market else None
    yield (
        "everybody, with Care",
        _number(mix.people),
        "",
        _number(reachable),
        "",
        _share(mix.coverage),
    )


def _weeks(mix: Mix) -> Iterator[tuple[str, ...]]:
    for one in mix.weeks:
        mark = "" if one.is_complete else " (not complete)"
        counts = (_number(people) for people in one.channels.values())
        yield f"{one.begins}{mark}", *counts, _number(one.people)


def _told(mix: Mix) -> Iterator[str]:
    if mix.per_week is not None:
        yield f"New a week, over the complete weeks: {mix.per_week:,.1f}."
    if mix.silent:
        names = ", ".join(map(_channel, mix.silent))
        yield f"Named for this audience, and brought nobody in these weeks: {names}."
    if mix.shared:
        yield f"Also in another audience: {_people(mix.shared)}."
    if mix.audience:
        yield f"Rhythm: {cadence_text(mix.audience.cadence, _LANG)}."


def _priors(mix: Mix) -> Iterator[tuple[str, ...]]:
    words = PlanWords(_LANG)
    for one in mix.assumed:
        yield (
            words.say(one.edge),
            _share(one.prior.conversion),
            count(round(one.prior.median_days), "day"),
            f"{'audiences.toml' if one.is_own else 'published'}: {one.prior.source}",
        )


def _channel(name: str) -> str:
    return "not known" if name == UNKNOWN else Words(_LANG).say(f"channel.{name}")


def _people(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}"


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
