"""Histories a recruiter can read, each with what must come of it."""

from pathlib import Path

import pytest

from plugin.phases.actions import project
from plugin.phases.decide import decide
from plugin.scoring.explain import explain
from tests.golden.build import START, day, history, read, rules, shipped

CASES = sorted(Path(__file__).parent.glob("*.toml"))


def judged(case, *, with_late=True):
    told = history(case, with_late=with_late)
    mappings = rules(case)
    person = told.person(**case.get("profile", {}))
    decision = decide(person, mappings, told.catalogue, as_of=day(case["as_of_day"]))
    explained = explain(decision, person, mappings, told.catalogue, "nl")
    return person, decision, explained


def step(move):
    number = (move.at - START).days
    cause = "" if move.before is None else f" {move.cause.value}"
    return f"{move.after.value} {number}{cause}"


def test_there_are_cases():
    assert len(CASES) >= 30


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_history(path):
    case = read(path)
    want = case["expect"]
    person, decision, explained = judged(case)
    score = decision.score

    assert [step(move) for move in decision.moves] == want["journey"]
    assert explained.sentence == want["sentence"]
    assert score.shown == want["score"]
    assert [one.topic for one in score.interests] == want.get("interests", [])
    assert score.left_out == want.get("left_out", {})
    if "before" in want:
        _, earlier, _ = judged(case, with_late=False)
        assert [step(move) for move in earlier.moves] == want["before"]
    if "outlook" in want:
        assert explained.outlook == want["outlook"]
    if "channels" in want:
        assert sorted(score.by_channel) == want["channels"]
    assert sum(item.centipoints for item in explained.items) == 100 * score.shown
    shown = project(decision, person, shipped(), ats=None, link=None, lang="nl")
    assert shown.fields["stdc_phase"] == want["journey"][-1].split()[0]
