"""The picture of the phases is a true one, and Mermaid can draw it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from plugin.mappings.model import Phase
from plugin.phases.diagram import mermaid, ways
from plugin.phases.model import Cause
from tests.golden.build import read, rules, shipped
from tests.golden.test_golden import judged

CASES = sorted((Path(__file__).parents[2] / "golden").glob("*.toml"))

#: The part of Mermaid's stateDiagram-v2 that is used, one statement a line.
STATE = re.compile(r'state "([^"]+)" as (\w+)')
ARROW = re.compile(r"(\[\*\]|\w+) --> (\w+) : ([^:;<>{}#%\"]+)")
NOTE = re.compile(r"note right of (\w+)")
PLAIN = re.compile(r"[^:;<>{}#%\"]+")


def parse(text):
    """Read a diagram: states, arrows and notes; anything else is a mistake."""
    first, second, *lines = [line.strip() for line in text.splitlines()]
    assert (first, second) == ("stateDiagram-v2", "direction LR")
    states, arrows, notes, inside = {}, [], {}, None
    for line in lines:
        if inside is not None:
            if line == "end note":
                inside = None
            else:
                assert PLAIN.fullmatch(line), line
                notes[inside].append(line)
        elif found := STATE.fullmatch(line):
            states[found[2]] = found[1]
        elif found := ARROW.fullmatch(line):
            arrows.append(found.groups())
        else:
            found = NOTE.fullmatch(line)
            assert found, line
            inside = found[1]
            notes[inside] = []
    assert inside is None
    return states, arrows, notes


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_mermaid_can_read_it(lang):
    states, arrows, notes = parse(mermaid(shipped(), lang))

    assert list(states.values()) == ["See", "Think", "Do", "Care"]
    assert {one for before, after, _ in arrows for one in (before, after)} <= {
        "[*]",
        *states,
    }
    assert set(notes) <= set(states)
    assert len(arrows) == len(ways(shipped()))
    assert len(set(arrows)) == len(arrows)


def test_it_says_the_thresholds():
    _, arrows, notes = parse(mermaid(shipped(), "en"))

    assert (
        "phase_see",
        "phase_think",
        "from 10 points, in 2 visits or by a form",
    ) in arrows
    assert ("phase_think", "phase_see", "under 5 points") in arrows
    assert ("phase_care", "phase_do", "hire taken back") in arrows
    assert ("phase_do", "phase_think", "rejected") in arrows
    assert (
        "after a rejection 30 days without rising above Think by points"
        in (notes["phase_think"])
    )


def test_numbers_are_dutch_in_dutch():
    phases = replace(
        shipped().phases,
        think=replace(shipped().phases.think, enter=7.5, sessions=1, dwell_days=1),
    )
    text = mermaid(replace(shipped(), phases=phases), "nl")

    assert "vanaf 7,5 punten, in 1 bezoek of met een formulier" in text
    assert "minstens 1 dag voordat" in text


def test_other_rules_are_another_picture():
    phases = replace(
        shipped().phases,
        gate_enters_do=False,
        rejected_to=Phase.SEE,
        assignment_ended_to=Phase.THINK,
    )
    other = {
        (way.before, way.after, way.cause)
        for way in ways(replace(shipped(), phases=phases))
    }

    assert not any(cause is Cause.SIGN_UP for _, _, cause in other)
    assert (Phase.THINK, Phase.SEE, Cause.REJECTED) in other
    assert (Phase.DO, Phase.SEE, Cause.REJECTED) in other
    assert (Phase.CARE, Phase.THINK, Cause.ASSIGNMENT_ENDED) in other


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_move_of_the_golden_cases_is_in_the_picture(path):
    case = read(path)
    _, decision, _ = judged(case)
    known = {(way.before, way.after, way.cause) for way in ways(rules(case))}

    assert {(one.before, one.after, one.cause) for one in decision.moves} <= known
