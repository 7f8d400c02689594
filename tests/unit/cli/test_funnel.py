"""`stdc funnel` on a store with a history."""

import json
from datetime import timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.store import PersonState


@pytest.fixture
def history(parts):
    """A hundred people in See, of whom thirty reached Think; ten care for security."""
    now = parts.clock()
    with parts.store.unit() as unit:
        for contact_id in range(1, 101):
            unit.people.person_of(contact_id, now)
            moves = [
                Move(
                    at=now - timedelta(days=200),
                    before=None,
                    after=Phase.SEE,
                    cause=Cause.STARTED,
                )
            ]
            if contact_id <= 30:
                moves.append(
                    Move(
                        at=now - timedelta(days=100),
                        before=Phase.SEE,
                        after=Phase.THINK,
                        cause=Cause.SCORE,
                    )
                )
            unit.people.record_moves(contact_id, moves)
            unit.people.save_state(
                contact_id,
                PersonState(
                    phase=moves[-1].after,
                    since=moves[-1].at,
                    cause=moves[-1].cause,
                    centipoints=100,
                    interests="security," if contact_id <= 10 else "",
                ),
            )


def asked(installed, *words):
    return installed.stdc("funnel", "--hires", 3, "--by", "2040-01-01", *words)


@pytest.mark.usefixtures("history")
def test_it_says_what_it_takes(installed):
    result = asked(installed, "--lang", "en")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("3 hires by 1 January 2040")
    assert "everybody" in result.stdout


@pytest.mark.usefixtures("history")
def test_an_audience_is_who_has_its_interests(installed):
    every = json.loads(asked(installed, "--json").stdout)
    some = json.loads(asked(installed, "--json", "--audience", "it-security").stdout)

    def edge(plan):
        return next(one for one in plan["edges"] if one["edge"] == "see-think")

    assert (edge(every)["entered"], edge(every)["passed"]) == (100, 30)
    assert (edge(some)["entered"], edge(some)["passed"]) == (10, 10)
    assert some["ceiling"]["size"] == 11_600
    assert every["ceiling"] is None


def test_an_audience_that_is_not_there_is_named(installed):
    result = asked(installed, "--audience", "it-securty")

    assert result.exit_code == 1
    assert "no audience 'it-securty'; did you mean 'it-security'?" in result.stderr


def test_a_day_that_has_passed_is_wrong_usage(installed):
    result = installed.stdc("funnel", "--hires", 3, "--by", "2020-01-01")

    assert result.exit_code == 2
    assert "2020-01-01 has passed" in result.stderr
