"""Nobody goes back and forth: at most one move is taken back in a month."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from plugin.history.clicks import DAY
from plugin.mappings.model import Phase
from plugin.phases.decide import ORDER, decide
from plugin.phases.model import Cause
from tests.golden.build import History, day, person, shipped
from tests.unit.scoring.switching import movers

MONTH = timedelta(days=30)
VERBS = ("visits", "visits", "visits", "downloads", "watches")


def history_of(mover, rng):
    """Let a simulated person look at content, of Do mostly once they look for work."""
    told = History()
    for at in mover.acts:
        is_active = mover.switched is not None and at >= mover.switched
        share = rng.random()
        phase = "do" if share < (0.35 if is_active else 0.05) else "think"
        phase = phase if share < 0.6 else "see"
        name = f"{phase} {rng.randrange(12)}"
        told.add(at / DAY, rng.choice(VERBS), name, category=f"{phase}-cloud")
    return told


def by_score(mover, rules, rng):
    """List the moves that a score or its fading made."""
    history = history_of(mover, rng)
    as_of = day(mover.ends / DAY)
    decision = decide(person(history.events), rules, history.catalogue, as_of=as_of)
    return [one for one in decision.moves if one.cause in (Cause.SCORE, Cause.COOLED)]


def taken_back(moves):
    """List when a move was taken back within a month after it."""
    return [
        after.at
        for before, after in pairwise(moves)
        if is_up(before) is not is_up(after) and after.at - before.at < MONTH
    ]


def is_up(move):
    return ORDER[move.after] > ORDER[move.before]


def most_in_a_month(moments):
    return max(
        (sum(at <= one < at + MONTH for one in moments) for at in moments), default=0
    )


@pytest.fixture(scope="module")
def people():
    switching = movers(300, Random(1), months=12, switching=True)
    return switching + movers(300, Random(2), months=24, switching=False)


def test_at_most_one_move_is_taken_back_in_any_month(people):
    rng = Random(5)
    journeys = [by_score(one, shipped(), rng) for one in people]

    assert sum(len(moves) for moves in journeys) > 1000
    assert max(most_in_a_month(taken_back(moves)) for moves in journeys) == 1
    assert not any(
        not is_up(after) and is_up(before) and after.at - before.at < MONTH
        for moves in journeys
        for before, after in pairwise(moves)
    )


def test_a_shorter_dwell_lets_people_go_back_and_forth(people):
    """What the dwell is for, and that the test above can fail."""
    phases = shipped().phases
    hasty = replace(
        shipped(),
        phases=replace(
            phases,
            think=replace(phases.think, dwell_days=7),
            do=replace(phases.do, dwell_days=14),
        ),
    )
    rng = Random(5)

    assert (
        max(most_in_a_month(taken_back(by_score(one, hasty, rng))) for one in people)
        > 1
    )


def test_think_comes_first_where_the_mapping_says_so():
    stepwise = replace(
        shipped(), phases=replace(shipped().phases, may_skip_think=False)
    )
    history = History()
    for number in range(4):
        history.add(number * 0.5, "downloads", f"Gids {number}", category="do-cloud")
    who, as_of = person(history.events), day(3)

    skipping = decide(who, shipped(), history.catalogue, as_of=as_of)
    stepping = decide(who, stepwise, history.catalogue, as_of=as_of)

    assert [one.after for one in stepping.moves] == [Phase.SEE, Phase.THINK, Phase.DO]
    assert skipping.phase is stepping.phase is Phase.DO
