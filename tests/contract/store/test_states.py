from datetime import UTC, datetime, timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.store import PersonState
from webhooks.sources.base import ProfileSeen

AT = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)


def state(phase=Phase.SEE, points=1.0, **more):
    return PersonState(
        phase=phase,
        since=AT,
        cause=Cause.SCORE,
        centipoints=round(points * 100),
        **more,
    )


def move(hours, after, before=None, cause=Cause.SCORE, **more):
    return Move(
        at=AT + timedelta(hours=hours), before=before, after=after, cause=cause, **more
    )


STARTED = move(0, Phase.SEE, cause=Cause.STARTED)
THOUGHT = move(1, Phase.THINK, Phase.SEE, detail="Podcast", event_key="hit:1")
DID = move(2, Phase.DO, Phase.THINK, cause=Cause.SIGN_UP)


@pytest.fixture
def unit(store):
    with store.unit() as unit:
        unit.people.persons_of(range(1, 6), AT)
        yield unit


def test_a_decision_is_kept_whole(unit):
    whole = state(
        phase=Phase.DO,
        points=12.34,
        review_at=AT + timedelta(days=3),
        falls_to=Phase.THINK,
        wanted={"fields": {"stdc_phase": "do"}, "tags": ["a"]},
        written={"fields": {}},
        mapping_version="abc",
        scored_at=AT,
    )

    unit.people.save_state(1, whole)

    assert unit.people.state(1) == whole
    assert unit.people.state(2) is None
    assert unit.people.states([1, 2]) == {1: whole}


def test_what_mautic_took_is_kept_beside_the_decision(unit):
    unit.people.save_state(1, state(wanted={"a": 1}))

    unit.people.save_written(1, {"a": 1})

    assert unit.people.state(1) == state(wanted={"a": 1}, written={"a": 1})


def test_who_is_due_comes_by_the_time_of_review(unit):
    for who, days in ((1, 2), (2, 1), (3, 3)):
        unit.people.save_state(who, state(review_at=AT + timedelta(days=days)))
    unit.people.save_state(4, state())

    assert unit.people.due(AT + timedelta(days=2), 10) == [2, 1]
    assert unit.people.due(AT + timedelta(days=2), 1) == [2]


def test_the_deleted_are_never_due(unit):
    unit.people.save_state(1, state(review_at=AT))
    unit.people.delete(1, AT)

    assert unit.people.due(AT, 10) == []


def test_dirty_persons_are_claimed_once_and_come_back_after_the_lease(unit, clock):
    unit.people.mark_dirty([1, 2, 3])

    assert unit.people.claim_dirty(2, clock(), 60) == [1, 2]
    assert unit.people.claim_dirty(2, clock(), 60) == [3]
    assert unit.people.claim_dirty(2, clock(), 60) == []
    assert unit.people.claim_dirty(5, clock.tick(60), 60) == [1, 2, 3]


def test_a_decision_or_a_word_cleans(unit, clock):
    unit.people.mark_dirty([1, 2, 3])
    unit.people.save_state(1, state())
    unit.people.clean([2])

    assert unit.people.claim_dirty(5, clock(), 60) == [3]


def test_a_mark_under_an_old_number_reaches_the_winner(unit, clock):
    unit.people.merge(1, 2, AT, "why")
    unit.people.clean([2])

    unit.people.mark_dirty([1])

    assert unit.people.claim_dirty(5, clock(), 60) == [2]


def test_everybody_can_be_marked_but_the_deleted(unit, clock):
    unit.people.delete(3, AT)

    unit.people.mark_all_dirty()

    assert unit.people.claim_dirty(9, clock(), 60) == [1, 2, 4, 5]


def test_moves_are_kept_whole_and_in_order(unit):
    journey = [STARTED, THOUGHT, DID]

    unit.people.record_moves(1, journey)

    assert unit.people.moves(1) == journey
    assert unit.people.moves(2) == []


def test_only_a_latest_move_that_is_new_is_announced(unit):
    assert unit.people.record_moves(1, [STARTED]) == [STARTED]
    assert unit.people.record_moves(1, [STARTED, THOUGHT, DID]) == [DID]
    assert unit.people.record_moves(1, [STARTED, THOUGHT, DID]) == []
    assert unit.people.record_moves(1, []) == []


def test_a_journey_that_late_evidence_rewrites_replaces_the_old_one(unit):
    unit.people.record_moves(1, [STARTED, THOUGHT])
    earlier = move(-1, Phase.SEE, cause=Cause.STARTED)

    assert unit.people.record_moves(1, [earlier, THOUGHT]) == []
    assert unit.people.moves(1) == [earlier, THOUGHT]


def test_what_was_announced_of_a_loser_is_no_news_of_the_winner(unit):
    unit.people.record_moves(1, [STARTED, DID])
    unit.people.record_moves(2, [STARTED])
    unit.people.merge(1, 2, AT, "why")

    assert unit.people.record_moves(2, [STARTED, THOUGHT, DID]) == []
    assert unit.people.moves(2) == [STARTED, THOUGHT, DID]
    assert unit.people.moves(1) == []


def test_many_journeys_are_recorded_at_once(unit):
    unit.people.record_moves(1, [STARTED])

    news = unit.people.record_all({1: [STARTED], 2: [STARTED, THOUGHT]})

    assert news == {1: [], 2: [THOUGHT]}


def test_recent_moves_of_everybody_come_newest_first(unit):
    unit.people.record_moves(1, [STARTED, DID])
    unit.people.record_moves(2, [STARTED, THOUGHT])

    assert unit.people.recent_moves(AT + timedelta(hours=1)) == [(1, DID), (2, THOUGHT)]
    assert unit.people.recent_moves(AT, limit=1) == [(1, DID)]


def test_people_are_counted_by_phase(unit):
    for who, phase in ((1, Phase.SEE), (2, Phase.SEE), (3, Phase.DO), (4, Phase.DO)):
        unit.people.save_state(who, state(phase))
    unit.people.delete(4, AT)

    assert unit.people.counts_by_phase() == {
        Phase.SEE: 2,
        Phase.THINK: 0,
        Phase.DO: 1,
        Phase.CARE: 0,
    }


def test_people_are_found_by_name_address_number_and_phase(unit):
    for who, first, email in (
        (1, "Ada", "ada@example.org"),
        (2, "Bob_%", "bob@example.org"),
        (3, "Ádám", None),
    ):
        unit.people.see_profile(
            ProfileSeen(
                contact_id=who,
                seen_at=AT,
                key="k",
                first_name=first,
                email=email,
                complete=True,
            )
        )
    unit.people.save_state(2, state(Phase.DO, points=70.0))

    def ids(*args, **more):
        return [found.person_id for found in unit.people.search(*args, **more)]

    assert ids() == [2, 1, 3, 4, 5]
    assert ids(known_only=True) == [2, 1, 3]
    assert ids("EXAMPLE ada") == [1]
    assert ids("_%") == [2]
    assert ids("4") == [4]
    assert ids(phase=Phase.DO) == [2]
    assert ids(limit=2, offset=1) == [1, 3]
    assert unit.people.count("example") == 2
    assert unit.people.by_email("ADA@example.org") == [1]
    (bob,) = unit.people.search("bob")
    assert (bob.name, bob.email, bob.phase, bob.shown) == (
        "Bob_%",
        "bob@example.org",
        Phase.DO,
        70,
    )
