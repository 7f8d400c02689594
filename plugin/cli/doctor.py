"""`stdc doctor`: what is wrong, what that means, and how to mend it."""

from collections import Counter
from collections.abc import Sequence

import click

from plugin.cli.output import count, json_option, print_json
from plugin.cli.session import Session, pass_session
from plugin.health.doctor import examine
from plugin.health.model import Checked, Outcome
from plugin.health.premises import Premises

#: How each outcome is shown.
SIGN = {
    Outcome.OK: "ok",
    Outcome.SKIPPED: "-",
    Outcome.WARN: "WARN",
    Outcome.FAIL: "FAIL",
}


@click.command()
@click.option("--quiet", is_flag=True, help="Only what is not well.")
@json_option
@pass_session
def doctor(session: Session, *, quiet: bool, as_json: bool) -> None:
    """Look whether everything is well: here, in Mautic and in the ATS.

    Changes nothing. Names what is wrong, what that means and how to mend it; what
    cannot be seen because of it is not looked at. Exit code 1 when something fails.

    \b
      stdc doctor            after `stdc apply`, and whenever something seems odd
      stdc doctor --json     for a nightly check
    """
    premises = Premises(
        config_path=session.config_path,
        settings=lambda: session.settings,
        parts=lambda: session.parts,
    )
    made: list[Checked] = []
    for one in examine(premises):
        made.append(one)
        if not as_json and not (quiet and one.outcome is Outcome.OK):
            _print(one)
    if as_json:
        print_json(_json(made))
    else:
        click.echo(_summary(made))
    if any(one.outcome is Outcome.FAIL for one in made):
        raise SystemExit(1)


def _print(one: Checked) -> None:
    click.echo(f"{SIGN[one.outcome]:<5} {one.check.name:<20} {one.finding.says}")
    if one.outcome in {Outcome.WARN, Outcome.FAIL}:
        click.echo(f"{'':<6}Means: {one.check.means}")
        click.echo(f"{'':<6}Mend:  {one.check.mend}")


def _summary(made: Sequence[Checked]) -> str:
    outcomes = Counter(one.outcome for one in made)
    return (
        f"{count(len(made), 'check')}: {outcomes[Outcome.OK]} ok, "
        f"{outcomes[Outcome.WARN]} to look at, {outcomes[Outcome.FAIL]} failed, "
        f"{outcomes[Outcome.SKIPPED]} not looked at."
    )


def _json(made: Sequence[Checked]) -> dict[str, object]:
    outcomes = Counter(one.outcome.value for one in made)
    return {
        "ok": outcomes[Outcome.FAIL.value] == 0,
        "outcomes": {one.value: outcomes[one.value] for one in Outcome},
        "checks": [one.as_json() for one in made],
    }
