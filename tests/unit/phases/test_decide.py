"""Single steps of a journey."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.phases.decide import decide
from plugin.phases.model import Cause
from tests.golden.build import History, day, shipped


def decided(history, as_of, mappings=None):
    person = history.person()
    return decide(person, mappings or shipped(), history.catalogue, as_of=as_of)


def causes(found):
    return [move.cause for move in found.moves]


def test_who_did_nothing_is_in_see_from_now_on():
    found = decided(History(), day(3))

    assert (found.phase, found.since, found.moves) == (Phase.SEE, day(3), ())
    assert found.review_at is None


def do_by_score():
    history = History()
    history.add(1, "visits", "Vacature een", category="do")
    history.add(2, "visits", "Vacature twee", category="do")
    history.add(2, "clicks", "vacatures", by="Werken bij", category="do", seconds=60)
    history.add(3, "clicks", "team", by="Meer werk", category="do")
    return history


def test_do_by_score_says_so():
    found = decided(do_by_score(), day(4))

    assert (found.phase, found.cause) == (Phase.DO, Cause.SCORE)
    assert found.moves[-1].detail == "Meer werk"


def test_signing_up_while_in_do_by_score_is_told_and_leaves_since_as_it_was():
    history = do_by_score()
    since = decided(history, day(4)).since
    history.add(5, "submits", "Aanmelden")

    found = decided(history, day(6))

    assert (found.cause, found.since) == (Cause.SIGN_UP, since)
    assert (found.moves[-1].before, found.moves[-1].after) == (Phase.DO, Phase.DO)


def test_signing_up_twice_is_one_move():
    history = History()
    history.add(1, "submits", "Aanmelden")
    history.add(5, "submits", "Aanmelden")

    assert causes(decided(history, day(6))) == [Cause.STARTED, Cause.SIGN_UP]


def test_a_gate_that_does_not_enter_do():
    phases = replace(shipped().phases, gate_enters_do=False)
    history = History()
    history.add(1, "submits", "Aanmelden")

    found = decided(history, day(2), replace(shipped(), phases=phases))

    # Its points do, and a form is enough of a sign that one session suffices.
    assert causes(found) == [Cause.STARTED, Cause.SCORE]


def test_do_is_kept_for_its_dwell_though_points_are_few():
    rules = tuple(
        replace(rule, points=1) if rule.id == "sign-up" else rule
        for rule in shipped().scoring.rules
    )
    weak = replace(shipped(), scoring=replace(shipped().scoring, rules=rules))
    history = History()
    history.add(1, "submits", "Aanmelden")
    dwell = day(1) + timedelta(days=shipped().phases.do.dwell_days)

    found = decided(history, day(2), weak)

    assert (found.phase, found.review_at) == (Phase.DO, dwell)
    assert found.falls_to is Phase.SEE


def test_who_leaves_do_with_think_points_left_is_in_think():
    history = History()
    history.add(1, "submits", "Aanmelden")
    history.add(60, "downloads", "Whitepaper", category="think")

    found = decided(history, day(63))

    assert (found.phase, found.cause) == (Phase.THINK, Cause.COOLED)


def test_a_rejection_rests_and_only_a_sign_up_breaks_the_rest():
    history = History()
    history.add(1, "submits", "Aanmelden")
    history.add(2, "is rejected")
    for number in range(3, 20):
        history.add(number, "visits", f"Vacature {number}", category="do")

    resting = decided(history, day(21))
    history.add(22, "submits", "Aanmelden")

    assert (resting.phase, resting.cause) == (Phase.THINK, Cause.REJECTED)
    assert decided(history, day(23)).cause is Cause.SIGN_UP


def withdrawing(**given):
    history = History()
    history.add(1, "submits", "Aanmelden")
    history.add(2, "withdraws")
    rules = shipped()
    phases = replace(rules.phases, **given)
    person = history.person()
    mappings = replace(rules, phases=phases)
    return decide(person, mappings, history.catalogue, as_of=day(3))


@pytest.mark.parametrize(
    ("given", "phase", "cause"),
    [
        ({}, Phase.THINK, Cause.WITHDRAWN),
        ({"withdrawn_to": Phase.SEE}, Phase.SEE, Cause.WITHDRAWN),
        ({"withdrawn_to": None}, Phase.DO, Cause.SIGN_UP),
    ],
)
def test_a_withdrawal_does_what_the_mapping_says(given, phase, cause):
    found = withdrawing(**given)

    assert (found.phase, found.cause) == (phase, cause)


def test_a_withdrawal_rests_as_long_as_its_own_pause():
    history = History()
    history.add(1, "submits", "Aanmelden")
    history.add(2, "withdraws")
    for number in range(3, 34):
        history.add(number, "visits", f"Vacature {number}", category="do")

    assert decided(history, day(31)).phase is Phase.THINK
    assert decided(history, day(34)).cause is Cause.SCORE


def test_a_withdrawal_takes_no_hire_back():
    history = History()
    history.add(1, "submits", "Aanmelden")
    history.add(2, "is hired")
    history.add(3, "withdraws")

    assert decided(history, day(4)).phase is Phase.CARE


def test_after_the_rest_a_score_counts_again():
    history = History()
    history.add(1, "submits", "Aanmelden")
    history.add(2, "is rejected")
    for number in range(20, 34):
        history.add(number, "visits", f"Vacature {number}", category="do")

    found = decided(history, day(34))

    assert (found.phase, found.cause) == (Phase.DO, Cause.SCORE)
    assert found.since == day(32)


def test_a_rejection_lifts_nobody():
    history = History()
    history.add(1, "visits", "Blog", category="see")
    history.add(2, "is rejected")

    assert causes(decided(history, day(3))) == [Cause.STARTED]


def test_an_employee_is_not_moved_by_clicks_forms_or_rejections():
    history = do_by_score()
    history.add(5, "is hired")
    history.add(6, "submits", "Aanmelden")
    history.add(7, "is rejected")

    found = decided(history, day(8))

    assert (found.phase, found.since) == (Phase.CARE, day(5))
    assert found.review_at is None


def test_care_content_says_nothing_of_looking():
    history = History()
    for number in range(20):
        history.add(number, "visits", f"Welkom {number}", category="care")

    assert decided(history, day(21)).phase is Phase.SEE


def test_late_evidence_takes_a_move_back():
    history = History()
    for seconds, link in ((0, "a"), (4, "b"), (8, "c")):
        history.add(5, "clicks", link, by="Doe mee", category="think", seconds=seconds)
    history.add(3, "visits", "Blog", category="see")
    before = decided(history, day(6))
    history.add(5, "clicks", "d", by="Doe mee", category="think", seconds=6)

    assert before.phase is Phase.THINK
    assert causes(decided(history, day(6))) == [Cause.STARTED]


def test_quarantine_that_ends_by_time_is_looked_at_then():
    humans = replace(shipped().scoring.humans, release_days=2)
    rules = replace(shipped(), scoring=replace(shipped().scoring, humans=humans))
    history = History()
    history.add(1, "is sent", "Doe mee", category="think")
    history.add(1, "clicks", "a", by="Doe mee", category="think", seconds=1)
    release = day(3) + timedelta(seconds=1)

    found = decided(history, day(2), rules)

    assert (found.review_at, found.falls_to) == (release, None)
    assert found.score.centipoints == 0
    assert decided(history, release, rules).score.centipoints > 0
