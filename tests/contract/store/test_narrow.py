"""Lists and counts may be narrowed to an audience, an interest and an owner."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.store import EVERYBODY, Narrow, PersonState
from webhooks.sources.base import ProfileSeen

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
#: Person -> audiences, interests, owner, trend, channel.
PEOPLE = {
    1: ("it-security,", "security,cloud,", 3, "rising", "social"),
    2: ("it-security,legal,", "security,legal,", None, "steady", "site"),
    3: ("security,", "it,", 4, "rising", None),
    4: ("", "", 3, "steady", "site"),
}


@pytest.fixture
def settled(store):
    with store.unit() as unit:
        _settle(unit)
    with store.view() as unit:
        yield unit


def _settle(unit):
    states = {}
    for who, (audiences, interests, owner, trend, channel) in PEOPLE.items():
        seen = ProfileSeen(
            contact_id=who, seen_at=NOW, key="x", owner_id=owner, complete=True
        )
        unit.people.see_profile(seen)
        states[who] = PersonState(
            phase=Phase.SEE if who < 3 else Phase.THINK,
            since=NOW,
            cause=Cause.SCORE,
            centipoints=100 * who,
            audiences=audiences,
            interests=interests,
            trend=trend,
            came_on=date(2026, 11, 20) - timedelta(days=20 * who),
            came_by=channel,
        )
        start = Move(at=NOW, before=None, after=Phase.SEE, cause=Cause.STARTED)
        step = replace(start, before=Phase.SEE, after=Phase.THINK, cause=Cause.SCORE)
        unit.people.record_moves(who, [start] if who < 3 else [start, step])
    unit.people.save_states(states)


CASES = {
    EVERYBODY: [4, 3, 2, 1],
    Narrow(audience="it-security"): [2, 1],
    Narrow(audience="security"): [3],
    Narrow(audience="legal"): [2],
    Narrow(audience="%"): [],
    Narrow(audience="it_security"): [],
    Narrow(interest="security"): [2, 1],
    Narrow(interest="it"): [3],
    Narrow(owner_id=3): [4, 1],
    Narrow(trend="rising"): [3, 1],
    Narrow(trend="rising", owner_id=4): [3],
    Narrow(interest="security", audience="legal", owner_id=3): [],
}


@pytest.mark.parametrize(("narrow", "expected"), CASES.items(), ids=str)
def test_who_is_found_and_counted(settled, narrow, expected):
    people = settled.people
    found = [one.person_id for one in people.search(narrow=narrow)]
    counts = people.counts_by_phase(narrow)
    came = settled.turns.came(narrow=narrow)

    assert found == expected
    assert people.count(narrow=narrow) == len(expected)
    assert counts[Phase.SEE] == sum(who < 3 for who in expected)
    assert sum(counts.values()) == len(expected)
    assert sum(one.people for one in came) == len(expected)


@pytest.mark.parametrize(("narrow", "expected"), CASES.items(), ids=str)
def test_movements(settled, narrow, expected):
    since = NOW - timedelta(days=1)
    moves = settled.people.recent_moves(since, narrow=narrow)
    flows = settled.people.flows(since, narrow)
    up = sum(who >= 3 for who in expected)

    assert {who for who, _ in moves} == set(expected)
    assert flows.get((None, Phase.SEE), 0) == len(expected)
    assert flows.get((Phase.SEE, Phase.THINK), 0) == up
    assert settled.people.flows(NOW + timedelta(seconds=1), narrow) == {}


def test_who_came_lately(settled):
    since = date(2026, 11, 20) - timedelta(days=40)

    assert {one.channel for one in settled.turns.came(since)} == {"social", "site"}
    assert sum(one.people for one in settled.turns.came(since)) == 2


def test_who_owns_somebody(settled):
    assert settled.people.owners() == [3, 4]
