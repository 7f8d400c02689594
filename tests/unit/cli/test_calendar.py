"""`stdc calendar` counts whose turn it is."""

import json
from datetime import timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.store import PersonState


@pytest.fixture
def waiting(parts):
    """Two people due now, three in ten days, one never."""
    now = parts.clock()
    days = {1: 0, 2: -3, 3: 10, 4: 10, 5: 10, 6: None}
    with parts.store.unit() as unit:
        unit.people.persons_of(days, now)
        unit.people.save_states(
            {
                who: PersonState(
                    phase=Phase.SEE,
                    since=now,
                    cause=Cause.SCORE,
                    centipoints=100,
                    due_on=None if day is None else now.date() + timedelta(days=day),
                    due_why="stopped" if day is None else "rhythm",
                    sunset="stopped" if day is None else "awake",
                    rhythm="legal",
                )
                for who, day in days.items()
            }
        )


@pytest.mark.usefixtures("waiting")
def test_it_counts_by_day_and_by_what_holds_back(installed):
    result = installed.stdc("calendar")

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["due", "see", "think", "do", "care", "together"]
    assert lines[1].split() == ["today", "2", "0", "0", "0", "2"]
    assert lines[2].split()[2:] == ["3", "0", "0", "0", "3"]
    assert any(line.split() == ["ritme", "3"] for line in lines)


@pytest.mark.usefixtures("waiting")
def test_scripts_get_json(installed):
    told = json.loads(installed.stdc("calendar", "--weeks", 1, "--json").stdout)

    assert told["due_now"]["see"] == 2
    assert (len(told["days"]), told["later"]) == (7, 3)
    assert told["never"] == {"stopped": 1}


def test_an_audience_that_is_not_there_is_named(installed):
    result = installed.stdc("calendar", "--audience", "leegal")

    assert result.exit_code == 1
    assert "did you mean 'legal'" in result.output
