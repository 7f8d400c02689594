"""What a move rests on, against trying every way to leave acts out."""

from itertools import combinations
from random import Random

import pytest

from plugin.mappings.model import Phase
from plugin.phases.decide import ORDER, decide
from plugin.phases.undo import undo
from plugin.scoring.explain import explain
from tests.golden.build import History, day, person, shipped

RULES = shipped()


def decided(history, events, as_of):
    return decide(person(events), RULES, history.catalogue, as_of=as_of)


def told(history, number, lang="nl"):
    who, as_of = history.person(first_name="Anna"), day(number)
    decision = decide(who, RULES, history.catalogue, as_of=as_of)
    tipped = undo(decision, who, RULES, history.catalogue)
    return explain(decision, who, RULES, history.catalogue, lang, undo=tipped).undo


def test_the_one_act_that_tipped_it_is_named():
    history = History()
    history.add(0, "visits", "Blog", category="see-cloud")
    history.add(2, "submits", "Aanmelden")

    assert told(history, 3) == "Zonder “Aanmelden” (3 januari) was het nu See."
    assert told(history, 3, "en") == (
        "Without “Aanmelden” (3 January) it would now be See."
    )


def test_who_moved_by_nobodys_click_has_nothing_to_undo():
    history = History()
    history.add(0, "submits", "Aanmelden")
    history.add(1, "is hired")

    assert told(history, 2) == ""


def test_who_never_moved_has_nothing_to_undo():
    history = History()
    history.add(0, "visits", "Blog", category="see-cloud")

    assert told(history, 2) == ""


def some_history(rng):
    history = History()
    for number in range(rng.randint(3, 8)):
        verb = rng.choice(("visits", "visits", "downloads", "watches", "submits"))
        what = rng.choice(("Een", "Twee", "Drie"))
        category = rng.choice(("think-cloud", "think-cloud", "do-cloud", "see-cloud"))
        when = number * 2 + rng.random() + rng.choice((0, 0, 0, 12))
        gated = "see-cloud" if verb == "submits" else category
        history.add(when, verb, f"{what} {gated}", category=gated)
    return history


def tips(history, keys, decision):
    rest = [one for one in history.events if one.key not in keys]
    phase = decided(history, rest, decision.score.as_of).phase
    return ORDER[phase] < ORDER[decision.phase]


@pytest.mark.parametrize("seed", range(40))
def test_it_is_the_smallest_there_is(seed):
    rng = Random(seed)
    moved = 0
    while moved < 3:
        history = some_history(rng)
        decision = decided(history, history.events, day(16))
        if decision.phase is Phase.SEE:
            continue
        moved += 1
        found = undo(decision, history.person(), RULES, history.catalogue)
        keys = [one.key for one in history.events]
        smallest = next(
            size
            for size in range(1, len(keys) + 1)
            if any(tips(history, some, decision) for some in combinations(keys, size))
        )
        moments = {act.at for act in found.acts}
        named = [one.key for one in history.events if one.occurred_at in moments]

        assert tips(history, named, decision)
        assert len(found.acts) == smallest or smallest > 2
        assert len(found.acts) >= smallest
