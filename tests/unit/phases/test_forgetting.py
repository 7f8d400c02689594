"""Deleting old behaviour changes nothing that was decided by it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugin.history.clicks import micros
from plugin.history.model import Person
from plugin.history.past import Past
from plugin.history.together import together
from plugin.mappings.consent import Consent
from plugin.mappings.model import Channel, Phase
from plugin.phases.decide import decide
from plugin.phases.forgetting import forget
from plugin.phases.model import Cause
from plugin.phases.stops import NEWS
from plugin.pipeline.silence import asks_now, is_heard, is_news
from plugin.planning.origin import origin
from plugin.planning.replay import Design, Kind, Signal, follow, outcome
from plugin.scoring.engine import score
from plugin.scoring.explain import explain
from tests.golden.build import History, day, person
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


def regular(weeks, *, sign_up=None):
    """Somebody who reads for Think every week, and may sign up on a day."""
    history = History()
    for week in range(weeks):
        history.add(week * 7, "visits", f"Een {week}", category="think-cloud")
        history.add(week * 7 + 1, "visits", f"Twee {week}", category="think-cloud")
    if sign_up is not None:
        history.add(sign_up, "submits", "Aanmelden")
    return history


def test_late_news_of_the_ats_counts_from_where_all_was_forgotten():
    history = regular(20)
    rest = purged(history.person(), history, day(100), day(140))
    late = [
        history.add(3, "is hired"),
        history.add(50, "ends assignment"),
        history.add(60, "is hired"),
    ]
    told = replace(rest, events=(*late, *rest.events))

    found = decided(told, history, day(140))

    assert found.phase is Phase.CARE
    assert found.moves[: len(rest.past.course.moves)] == rest.past.course.moves
    assert [one.cause for one in found.moves[-3:]] == [
        Cause.HIRED,
        Cause.ASSIGNMENT_ENDED,
        Cause.HIRED,
    ]
    assert {one.at for one in found.moves[-3:]} == {rest.past.until}
    assert standing(
        decided(purged(told, history, day(120), day(140)), history, day(140))
    ) == standing(found)


def test_without_consent_nothing_that_was_scored_is_left():
    history = regular(20, sign_up=3)
    asked = replace(RULES.fields, consent=Consent(profiling_field="profiel"))
    rules = replace(RULES, fields=asked)
    agreed = person(history.events, fields={"profiel": "1"})
    rest = purged(agreed, history, day(100), day(140), rules)
    refuses = replace(rest, profile=person([]).profile)
    all_kept = replace(agreed, profile=person([]).profile)

    found = decided(refuses, history, day(140), rules)

    assert found.score.centipoints == 0
    assert found.moves == decided(all_kept, history, day(140), rules).moves
    assert standing(decided(rest, history, day(140), rules)) == standing(
        decided(agreed, history, day(140), rules)
    )


def test_a_moment_before_knows_phase_and_moves_and_no_score():
    history = regular(20)
    rest = purged(history.person(), history, day(100), day(140))

    for number in (5, 30, 90):
        then = decided(rest, history, day(number))
        whole = decided(history.person(), history, day(number))
        assert (then.phase, then.since, then.moves) == (
            whole.phase,
            whole.since,
            whole.moves,
        )
        assert (then.score.centipoints, then.score.reasons) == (0, ())
        assert (then.fall, then.review_at) == (None, None)
        assert "no longer kept: of this moment" in told(then, rest, history)
    now = decided(rest, history, day(140))
    assert "what it came to is" in told(now, rest, history)
    assert "kept" not in told(now, history.person(), history)


def told(decision, who, history):
    return explain(decision, who, RULES, history.catalogue, "en").as_text()


def test_who_signed_up_unheard_never_asks_because_that_was_forgotten():
    history = regular(20, sign_up=30)
    whole = replace(
        history.person(),
        recalled=frozenset(
            one.key for one in history.events if one.occurred_at < day(90)
        ),
    )
    rest = replace(purged(whole, history, day(38), day(39)), recalled=frozenset())
    heard = purged(history.person(), history, day(38), day(39))
    before, after = decided(whole, history, day(39)), decided(rest, history, day(39))

    assert before.phase is Phase.DO
    assert not asks_now(whole, before, RULES, history.catalogue)
    assert not asks_now(rest, after, RULES, history.catalogue)
    assert asks_now(heard, after, RULES, history.catalogue)
    assert is_heard(heard, RULES, day(39))
    assert not is_news(after.moves[-1], rest)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_who_become_one_go_on_with_the_journey_that_came_furthest(order):
    reader, asker = regular(2), regular(2, sign_up=10)
    pasts = [
        purged(one.person(), one, day(12), day(12.5)).past for one in (reader, asker)
    ]
    mine, theirs = (pasts[one] for one in order)

    one = together([mine, theirs])

    assert one.course.moves == pasts[1].course.moves
    assert one.sessions == sum(past.sessions for past in pasts)
    assert one.began == day(0)
    found = decided(Person(id=1, contact_id=1, past=one), asker, day(13))
    alone = [
        decided(Person(id=1, contact_id=1, past=past), asker, day(13)) for past in pasts
    ]
    assert found.phase is Phase.DO
    assert found.score.centipoints == pytest.approx(
        sum(one.score.centipoints for one in alone), abs=2
    )
    assert together([mine]) is mine
    assert together([]) is None


def test_how_somebody_came_is_kept():
    history = regular(20)
    first = history.add(
        -3, "visits", "Eerst", category="see-data", utm={"medium": "cpc"}
    )
    whole = person(sorted(history.events, key=lambda one: one.occurred_at))
    came = origin(whole, RULES)
    past = forget(
        whole,
        RULES,
        history.catalogue,
        before=day(100),
        as_of=day(140),
        came_by=came.channel,
    )
    kept = tuple(one for one in whole.events if one.occurred_at >= past.until)

    rest = replace(whole, events=kept, past=past)

    assert first not in kept
    assert origin(rest, RULES) == came
    assert past.utm == {"medium": "cpc"}


def test_the_backtest_looks_at_nobody_before_their_behaviour_is_kept():
    history = regular(20)
    whole = history.person()
    rest = purged(whole, history, day(70), day(140))
    design = Design(
        mappings=RULES,
        catalogue=history.catalogue,
        since=day(0),
        until=day(140),
        horizon_days=7,
        signals=(Signal(Kind.THINK),),
    )

    before, after = follow(whole, None, design), follow(rest, None, design)

    later = [one for one in before.watched if one.at >= micros(rest.past.until)]
    assert 0 < len(after.watched) < len(before.watched)
    assert after.watched == later
    signed = regular(20, sign_up=30)
    asker = purged(signed.person(), signed, day(70), day(140))
    result = outcome(asker, RULES, signed.catalogue, day(140))
    assert result.at == micros(day(30))
    assert follow(asker, result, design) is None
