"""Deleting old behaviour changes nothing that was decided by it."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugin.history.past import Past
from plugin.mappings.model import Channel
from plugin.phases.decide import decide
from plugin.phases.forgetting import forget
from plugin.phases.stops import NEWS
from plugin.scoring.engine import score
from tests.golden.build import person
from tests.unit.phases.histories import HISTORIES, MOMENTS, RULES

MANY = settings(max_examples=200, deadline=None)
SPANS = st.one_of(st.integers(1, 40), st.integers(1, 400)).map(
    lambda days: timedelta(days=days)
)


def decided(who, history, as_of, rules=RULES):
    return decide(who, rules, history.catalogue, as_of=as_of)


def purged(who, history, before, as_of, rules=RULES):
    """Delete what somebody did before a moment, as retention does, and store it."""
    given = (who, rules, history.catalogue)
    past = forget(*given, before=before, as_of=as_of, came_by=Channel.SITE)
    if past is None:
        return who
    kept = Past.of(past.until, json.loads(json.dumps(past.as_json())))
    assert kept == past
    rest = [
        one for one in who.events if one.occurred_at >= past.until or one.type in NEWS
    ]
    return replace(who, events=tuple(rest), past=kept)


def known(history, as_of):
    return person([one for one in history.events if one.occurred_at <= as_of])


def standing(decision):
    """What must never change by forgetting."""
    return (
        decision.phase,
        decision.since,
        decision.cause,
        decision.moves,
        decision.fall,
        decision.momentum,
        decision.score.sessions,
    )


@MANY
@given(HISTORIES, MOMENTS, SPANS)
def test_forgetting_changes_no_phase_and_no_move(history, as_of, span):
    whole = known(history, as_of)

    rest = purged(whole, history, as_of - span, as_of)

    before, after = decided(whole, history, as_of), decided(rest, history, as_of)
    assert standing(after) == standing(before)
    assert after.score.by_phase == before.score.by_phase
    assert {one.rule: (one.count, one.last_at) for one in after.score.reasons} == {
        one.rule: (one.count, one.last_at) for one in before.score.reasons
    }
    assert after.refresh_at == before.refresh_at
    assert all(
        one.type in NEWS or one.occurred_at > as_of - span - timedelta(days=4)
        for one in rest.events
    )


@MANY
@given(HISTORIES, MOMENTS, SPANS, SPANS)
def test_nor_does_what_time_alone_does_afterwards(history, as_of, span, later):
    whole = known(history, as_of)
    rest = purged(whole, history, as_of - span, as_of)

    before = decided(whole, history, as_of + later)
    after = decided(rest, history, as_of + later)

    assume("quarantined" not in before.score.left_out)
    assert standing(after) == standing(before)


@MANY
@given(HISTORIES, MOMENTS, SPANS, st.integers(1, 5))
def test_forgetting_little_by_little_is_forgetting(history, as_of, span, steps):
    whole = rest = known(history, as_of)
    for step in range(steps, -1, -1):
        before = as_of - span - timedelta(days=7 * step)
        rest = purged(rest, history, before, as_of)

    assert standing(decided(rest, history, as_of)) == standing(
        decided(whole, history, as_of)
    )


@MANY
@given(HISTORIES, MOMENTS, SPANS, st.randoms(use_true_random=False))
def test_the_order_of_what_is_left_never_matters(history, as_of, span, rng):
    rest = purged(known(history, as_of), history, as_of - span, as_of)
    shuffled = replace(rest, events=tuple(rng.sample(rest.events, len(rest.events))))

    assert decided(shuffled, history, as_of) == decided(rest, history, as_of)
    assert decided(rest, history, as_of).score == score(
        rest, RULES, history.catalogue, as_of=as_of
    )
