"""What must hold for every history there can be."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugin.mappings.model import Phase
from plugin.phases.decide import decide
from plugin.phases.model import Cause
from plugin.scoring.engine import score
from tests.golden.build import day, person, shipped
from tests.unit.phases.histories import HISTORIES, LIVELY, MOMENTS, RULES, SOON

MICROSECOND = timedelta(microseconds=1)
MANY = settings(max_examples=120, deadline=None)


def decided(history, as_of, events=None):
    who = person(history.events if events is None else events)
    return decide(who, RULES, history.catalogue, as_of=as_of)


@MANY
@given(HISTORIES, MOMENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_events_arrive_never_matters(history, as_of, rng):
    shuffled = rng.sample(history.events, len(history.events))

    assert decided(history, as_of, shuffled) == decided(history, as_of)


@MANY
@given(HISTORIES, MOMENTS)
def test_an_event_told_three_times_happened_once(history, as_of):
    assert decided(history, as_of, history.events * 3) == decided(history, as_of)


@MANY
@given(HISTORIES, MOMENTS)
def test_what_comes_later_is_not_known_yet(history, as_of):
    until = [one for one in history.events if one.occurred_at <= as_of]

    assert decided(history, as_of, until) == decided(history, as_of)


@MANY
@given(HISTORIES, MOMENTS, MOMENTS)
def test_time_alone_only_adds_moves(history, one, other):
    first, second = sorted((one, other))
    between = [event for event in history.events if event.occurred_at > first]
    known = [event for event in history.events if event not in between]

    early, late = decided(history, first, known), decided(history, second, known)

    assert late.moves[: len(early.moves)] == early.moves
    waits = "quarantined" in early.score.left_out
    by_time = {Cause.COOLED, Cause.SCORE} if waits else {Cause.COOLED}
    assert {move.cause for move in late.moves[len(early.moves) :]} <= by_time


@MANY
@given(LIVELY, SOON)
def test_the_next_review_is_exact(history, as_of):
    known = [one for one in history.events if one.occurred_at <= as_of]
    now = decided(history, as_of, known)
    assume(now.review_at is not None)

    before = decided(history, now.review_at - MICROSECOND, known)
    after = decided(history, now.review_at, known)

    assert before.moves == now.moves
    assert before.momentum == now.momentum
    if now.falls_to is not None:
        assert (after.phase, after.since) == (now.falls_to, now.review_at)
    elif after.momentum == now.momentum:
        waiting = now.score.left_out["quarantined"]
        assert after.score.left_out.get("quarantined", 0) < waiting


@MANY
@given(HISTORIES, MOMENTS)
def test_without_a_review_time_changes_nothing(history, as_of):
    known = [one for one in history.events if one.occurred_at <= as_of]
    now = decided(history, as_of, known)
    assume(now.review_at is None)

    later = decided(history, as_of + timedelta(days=3650), known)

    assert (later.moves, later.momentum) == (now.moves, now.momentum)


@MANY
@given(HISTORIES, MOMENTS)
def test_reasons_add_up_to_the_score(history, as_of):
    found = decided(history, as_of).score

    assert sum(one.centipoints for one in found.reasons) == found.centipoints
    assert sum(found.by_phase.values()) == found.centipoints
    assert sum(found.by_channel.values()) == found.centipoints
    assert sum(one.affinity for one in found.interests) <= 1.001


@MANY
@given(HISTORIES, MOMENTS)
def test_the_decision_rests_on_the_very_score(history, as_of):
    who = person(history.events)

    alone = score(who, RULES, history.catalogue, as_of=as_of)

    assert decided(history, as_of).score == alone


@MANY
@given(HISTORIES, MOMENTS, st.floats(0, 180))
def test_one_more_visit_never_lowers_the_score(history, as_of, number):
    before = decided(history, as_of).score
    # A visit may end a quarantine, and what then counts makes others its repeats.
    assume("quarantined" not in before.left_out)
    history.add(number, "visits", "Iets nieuws", category="see-data")

    assert decided(history, as_of).score.centipoints >= before.centipoints


@MANY
@given(HISTORIES, MOMENTS)
def test_care_comes_from_a_hire_and_goes_by_the_ats(history, as_of):
    for move in decided(history, as_of).moves:
        assert (move.after is Phase.CARE) == (move.cause is Cause.HIRED)
        if move.before is Phase.CARE:
            assert move.cause in {Cause.UNHIRED, Cause.ASSIGNMENT_ENDED}


@MANY
@given(HISTORIES, MOMENTS)
def test_moves_follow_each_other(history, as_of):
    found = decided(history, as_of)

    for before, after in pairwise(found.moves):
        assert after.before is before.after
        assert after.at >= before.at
    if found.moves:
        assert found.moves[0].cause is Cause.STARTED
        assert (found.phase, found.cause) == (
            found.moves[-1].after,
            found.moves[-1].cause,
        )


@MANY
@given(HISTORIES, MOMENTS)
def test_nobody_falls_before_the_dwell_is_over(history, as_of):
    """Who is falling already falls on."""
    rules = {Phase.THINK: shipped().phases.think, Phase.DO: shipped().phases.do}
    moves = decided(history, as_of).moves

    for before, after in pairwise(moves):
        if after.cause is Cause.COOLED and before.cause is not Cause.COOLED:
            dwell = timedelta(days=rules[before.after].dwell_days)
            assert after.at - before.at >= dwell


@MANY
@given(HISTORIES)
def test_without_consent_nothing_counts_but_a_sign_up(history):
    fields = shipped().fields
    asked = replace(
        RULES,
        fields=replace(fields, consent=replace(fields.consent, profiling_field="ja")),
    )
    found = decide(person(history.events), asked, history.catalogue, as_of=day(200))

    assert found.score.centipoints == 0
    assert Cause.SCORE not in {move.cause for move in found.moves}


@MANY
@given(HISTORIES, MOMENTS)
def test_with_consent_all_is_as_without_asking(history, as_of):
    fields = shipped().fields
    asked = replace(
        RULES,
        fields=replace(fields, consent=replace(fields.consent, profiling_field="ja")),
    )
    who = person(history.events, fields={"ja": "1"})

    found = decide(who, asked, history.catalogue, as_of=as_of)

    assert found == decided(history, as_of)
