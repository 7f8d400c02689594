"""`stdc backtest`: would the rules have found those who signed up."""

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.errors import Misconfigured
from plugin.mappings import loader
from plugin.pipeline.backtest import Inquiry
from plugin.planning.backtest import (
    ENOUGH,
    Backtest,
    Lead,
    Part,
    Proposal,
    Rate,
    Row,
    Share,
)

#: What the numbers cannot say; told each time, for they are read without the manual.
LIMITS = (
    "content and mappings are those of now: what was classified later counts as known",
    "consent and form fields on the profile are those of now too",
    "only people still in the store are judged, each until their first sign-up or hire",
    "calls of one person resemble each other: the intervals are a little too narrow",
)


@click.command()
@click.option(
    "--mappings",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the mappings to judge; those in use if left out.",
)
@click.option(
    "--since",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="First day looked at; that of the first event if left out.",
)
@click.option(
    "--horizon-days",
    type=click.IntRange(7, 730),
    default=90,
    show_default=True,
    help="A call is right if a sign-up or a hire follows within so many days.",
)
@click.option(
    "--as-received",
    is_flag=True,
    help="Take an event for known from when it came in, not from when it happened.",
)
@json_option
@pass_session
def backtest(
    session: Session,
    *,
    folder: Path | None,
    since: datetime | None,
    horizon_days: int,
    as_received: bool,
    as_json: bool,
) -> None:
    """Say whether the rules would have found those who signed up; change nothing.

    Everybody is judged week by week from what was known at the time: how many of
    those who signed up or were hired had been called, how early, and how many were
    called who did not. Below 50 sign-ups nothing is proposed.

    \b
      stdc backtest --mappings try --since 2026-01-01
    """
    inquiry = _inquiry(session, folder, since, horizon_days, as_received=as_received)
    found = _run(inquiry, session)
    if as_json:
        print_json(_json(found))
    else:
        _tell(found)


def _inquiry(
    session: Session,
    folder: Path | None,
    since: datetime | None,
    horizon_days: int,
    *,
    as_received: bool,
) -> Inquiry:
    parts = session.parts
    facts, until = parts.mappings, parts.clock()
    begin = since.replace(tzinfo=UTC) if since else _first(session)
    if begin >= until:
        raise click.UsageError("--since lies in the future")
    language = session.settings.language.value
    return Inquiry(
        mappings=loader.load(folder, language=language) if folder else facts,
        facts=facts,
        since=begin,
        until=until,
        horizon_days=horizon_days,
        as_received=as_received,
    )


def _first(session: Session) -> datetime:
    with session.parts.store.view() as unit:
        first = unit.history.first_at()
    if first is None:
        raise Misconfigured(
            "the store holds no history yet",
            ("let events come in first: stdc run, or stdc reconcile",),
        )
    return first


def _run(inquiry: Inquiry, session: Session) -> Backtest:
    """Run it under a bar on standard error, where somebody looks at it."""
    store = session.parts.store
    with store.view() as unit:
        total = unit.people.count()
    with Progress(
        console=Console(file=sys.stderr),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("following", total=total)
        return inquiry.run(store, partial(progress.advance, task))


def _tell(found: Backtest) -> None:
    design = found.design
    click.echo(
        f"mappings {design.mappings.version}, {_day(design.since)} to "
        f"{_day(design.until)}: {count(found.people, 'person', 'people')}, "
        f"{found.person_months:,.0f} person-months with the {design.horizon_days} "
        f"days after them over."
    )
    click.echo(
        f"{count(found.outcomes(), 'sign-up or hire', 'sign-ups or hires')}, "
        f"{found.hired} hired; of {found.known} anything was known a day before."
    )
    if found.outcomes():
        _tell_rows(found)
    _tell_proposal(found)
    click.echo()
    for line in LIMITS:
        click.echo(f"note: {line}")


def _tell_rows(found: Backtest) -> None:
    rows = found.rows()
    base = found.base_rate
    click.echo(
        f"Of anybody at any moment {_share(base)} signs up within "
        f"{found.design.horizon_days} days.\n"
    )
    head = (
        "called by",
        "found",
        "days before",
        "calls right",
        "lift",
        "false alarms *",
    )
    print_table(
        head,
        [
            (
                row.signal.label,
                _of(row.recall),
                _lead(row.lead),
                _of(row.precision),
                _lift(row.lift),
                _rate(row.false_alarms),
            )
            for row in rows
        ],
    )
    click.echo("* in 1,000 person-months. Behind each figure: where it lies at 95 %.\n")
    days = found.design.days_before
    heads = (f"{one} day{'s' * (one > 1)} before" for one in days)
    print_table(
        ("called at that moment", *heads),
        [(row.signal.label, *(_of(row.before[one]) for one in days)) for row in rows],
    )


def _tell_proposal(found: Backtest) -> None:
    click.echo()
    if not found.is_enough:
        short = ENOUGH - found.outcomes()
        click.echo(
            f"Nothing is proposed below {ENOUGH} sign-ups or hires, {short} more than "
            f"there are: chance would choose."
        )
        return
    proposal = found.proposal()
    if proposal is None:
        click.echo(
            "No other threshold for Think did better before and after ", nl=False
        )
        click.echo(f"{_day(found.split_at)}: keep it.")
        return
    click.echo(
        f"think.enter = {proposal.enter:g} would have done better than "
        f"{proposal.instead_of:g}: chosen on the time before {_day(found.split_at)}, "
        f"and since then"
    )
    for label, row in (("now", proposal.now), ("then", proposal.row)):
        click.echo(
            f"  {label:<5} found {_of(row.recall)}, calls right {_of(row.precision)}"
        )
    click.echo("Nothing was changed: try it with stdc what-if, then edit phases.toml.")


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _share(one: Share) -> str:
    return "-" if one.share is None else f"{one.share:.1%}"


def _of(one: Share) -> str:
    if one.share is None or one.low is None or one.high is None:
        return "-"
    return f"{one.count}/{one.of} {one.share:.0%} ({one.low:.0%}-{one.high:.0%})"


def _lead(lead: Lead | None) -> str:
    if lead is None:
        return "-"
    return f"{lead.median:g} ({lead.lower:g}-{lead.upper:g})"


def _lift(lift: tuple[float, float, float] | None) -> str:
    return "-" if lift is None else f"{lift[0]:.1f} ({lift[1]:.1f}-{lift[2]:.1f})"


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return "-"
    return f"{rate.value:.1f} ({rate.low:.1f}-{rate.high:.1f})"


def _json(found: Backtest) -> dict[str, Any]:
    design = found.design
    return {
        "mappings": design.mappings.version,
        "since": design.since,
        "until": design.until,
        "horizon_days": design.horizon_days,
        "people": found.people,
        "person_months": round(found.person_months, 1),
        "outcomes": found.outcomes(),
        "hired": found.hired,
        "known_a_day_before": found.known,
        "base_rate": _share_json(found.base_rate),
        "signals": [_row_json(one) for one in found.rows()],
        "split_at": found.split_at,
        "signals_since_split": [_row_json(one) for one in found.rows(Part.LATE)],
        "enough_to_propose": found.is_enough,
        "proposal": _proposal_json(found.proposal()),
        "limits": LIMITS,
    }


def _row_json(row: Row) -> dict[str, Any]:
    rate, lead = row.false_alarms, row.lead
    return {
        "signal": row.signal.label,
        "precision": _share_json(row.precision),
        "recall": _share_json(row.recall),
        "lift": row.lift,
        "false_alarms_per_1000_person_months": rate
        and {"value": rate.value, "low": rate.low, "high": rate.high},
        "lead_days": lead
        and {"median": lead.median, "lower": lead.lower, "upper": lead.upper},
        "called_days_before": {
            str(days): _share_json(one) for days, one in row.before.items()
        },
    }


def _share_json(one: Share) -> dict[str, Any]:
    return {
        "count": one.count,
        "of": one.of,
        "share": one.share,
        "low": one.low,
        "high": one.high,
    }


def _proposal_json(one: Proposal | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "key": "think.enter",
        "value": one.enter,
        "instead_of": one.instead_of,
        "since_split": {"then": _row_json(one.row), "now": _row_json(one.now)},
    }
