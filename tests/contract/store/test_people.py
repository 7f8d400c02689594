from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.store import OutboxState, OutboxWrite, PersonState
from tests.contract.store.units import undone
from webhooks.events import Event, EventType

AT = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)


def hit(number, contact_id):
    return Event(
        key=f"hit:{number}",
        type=EventType.PAGE_VISITED,
        contact_id=contact_id,
        occurred_at=AT + timedelta(minutes=number),
    )


def keys(person):
    return [event.key for event in person.events]


@pytest.fixture
def unit(store):
    with store.unit() as unit:
        yield unit


def test_a_new_contact_is_a_new_person_of_the_same_number(unit):
    assert unit.people.person_of(17, AT) == 17
    assert unit.people.person_of(17, AT) == 17
    assert unit.people.persons_of([17, 21, 21], AT) == {17: 17, 21: 21}
    assert unit.people.persons_of([], AT) == {}


def test_nobody_is_loaded_under_an_unknown_number(unit):
    assert unit.people.load(4) is None
    assert unit.people.load_many([4, 5]) == []


def test_a_person_is_loaded_with_history_and_when_it_last_came_in(unit):
    unit.history.append([hit(2, 1), hit(1, 1)], AT)
    unit.history.append([hit(0, 1)], AT + timedelta(days=1))
    unit.people.persons_of([1, 2], AT)

    one, two = unit.people.load_many([2, 1])

    assert (one.id, one.contact_id, keys(one)) == (1, 1, ["hit:0", "hit:1", "hit:2"])
    assert one.seen_at == AT + timedelta(days=1)
    assert (two.id, two.events, two.seen_at) == (2, (), None)


def test_after_a_merge_both_histories_are_the_winners(unit):
    unit.history.append([hit(1, 17), hit(2, 21), hit(3, 17)], AT)
    unit.people.persons_of([17, 21], AT)

    assert unit.people.merge(17, 21, AT, "GET 17 answers 21") == 21

    (person,) = unit.people.load_many([17, 21])
    assert (person.id, person.contact_id) == (21, 21)
    assert keys(person) == ["hit:1", "hit:2", "hit:3"]
    assert unit.people.person_of(17, AT) == 21
    assert unit.people.contacts_of(21) == [17, 21]


def test_a_merge_of_contacts_nobody_heard_of_holds_for_what_comes(unit):
    unit.people.merge(17, 21, AT, "first word of either")
    unit.history.append([hit(1, 17), hit(2, 21)], AT)

    assert keys(unit.people.load(17)) == ["hit:1", "hit:2"]


def test_a_merge_twice_is_a_merge_once(unit):
    unit.people.merge(17, 21, AT, "why")
    unit.people.merge(17, 21, AT + timedelta(hours=1), "again")
    unit.people.merge(21, 21, AT, "itself")

    assert unit.people.contacts_of(21) == [17, 21]
    assert [(entry.action, entry.subject) for entry in unit.audit.list()] == [
        ("contact.merged", "contact:17")
    ]


def test_the_audit_says_what_was_joined_and_why(unit):
    unit.people.merge(17, 21, AT, "GET 17 answers 21")
    unit.people.unmerge(17, AT + timedelta(hours=1), "the marketer says so")

    undone, made = unit.audit.list(subject="contact:17")

    assert (made.action, made.at) == ("contact.merged", AT)
    assert made.detail == {"winner": 21, "why": "GET 17 answers 21"}
    assert (undone.action, undone.detail) == (
        "contact.unmerged",
        {"why": "the marketer says so"},
    )


@pytest.mark.parametrize("order", [[(1, 2), (2, 3)], [(2, 3), (1, 2)]])
def test_chains_come_to_the_same_in_either_order(unit, order):
    unit.history.append([hit(1, 1), hit(2, 2), hit(3, 3)], AT)
    for loser, winner in order:
        unit.people.merge(loser, winner, AT, "chain")

    assert unit.people.persons_of([1, 2, 3], AT) == {1: 3, 2: 3, 3: 3}
    assert keys(unit.people.load(3)) == ["hit:1", "hit:2", "hit:3"]


def test_of_merges_that_contradict_each_other_the_last_to_happen_decides(unit):
    unit.people.merge(1, 3, AT, "earlier")
    unit.people.merge(1, 2, AT + timedelta(hours=1), "later")

    assert set(unit.people.persons_of([1, 2, 3], AT).values()) == {2}


@pytest.mark.parametrize("first", [0, 9])
def test_a_merge_happened_when_it_was_first_reported_whoever_tells_us_first(
    unit, first
):
    unit.people.merge(1, 3, AT + timedelta(hours=first), "one way")
    unit.people.merge(1, 3, AT + timedelta(hours=9 - first), "the other way")
    unit.people.merge(1, 2, AT + timedelta(hours=1), "in between")

    assert unit.people.person_of(1, AT) == 2


def test_an_undone_merge_gives_each_their_own_history_back(unit):
    unit.history.append([hit(1, 1), hit(2, 2), hit(3, 3)], AT)
    unit.people.merge(1, 2, AT, "wrong")
    unit.people.merge(2, 3, AT, "right")

    concerned = unit.people.unmerge(1, AT + timedelta(days=1), "was wrong")

    assert concerned == [1, 3]
    assert keys(unit.people.load(1)) == ["hit:1"]
    assert keys(unit.people.load(3)) == ["hit:2", "hit:3"]
    assert unit.people.unmerge(1, AT, "nothing to undo") == []


def test_an_undone_merge_stays_undone_unless_it_happens_again_later(unit):
    unit.people.merge(1, 2, AT, "first")
    unit.people.unmerge(1, AT + timedelta(days=1), "wrong")

    unit.people.merge(1, 2, AT, "the same report again")
    assert unit.people.person_of(1, AT) == 1
    unit.people.merge(1, 2, AT + timedelta(days=2), "really")
    assert unit.people.person_of(1, AT) == 2


@pytest.mark.parametrize("told", [2, 3], ids=["the same", "another winner"])
def test_who_was_taken_out_and_is_deleted_is_never_joined_again(unit, told):
    """A dead id cannot be merged twice: what tells of it is an old report."""
    unit.people.merge(1, 2, AT, "the audit log says so")
    unit.people.unmerge(1, AT + timedelta(days=1), "wrong")
    unit.people.delete(1, AT + timedelta(days=1), "merged in Mautic, split here")

    unit.people.merge(1, told, AT + timedelta(days=2), "a late lead_post_delete")

    assert unit.people.person_of(1, AT) == 1
    assert unit.people.person_of(told, AT) == told


def test_a_deleted_contact_stays_deleted_whatever_comes_later(unit):
    unit.history.append([hit(1, 17)], AT)
    unit.people.delete(17, AT, "Mautic answers 404")
    unit.people.delete(17, AT, "again")
    unit.history.append([hit(2, 17)], AT)
    unit.people.mark_dirty([17])

    person = unit.people.load(unit.people.person_of(17, AT))

    assert (person.id, person.contact_id, keys(person)) == (
        17,
        None,
        ["hit:1", "hit:2"],
    )
    assert unit.people.claim_dirty(10, AT + timedelta(days=9), 60) == []
    assert unit.people.search() == []
    assert [entry.action for entry in unit.audit.list()] == ["contact.deleted"]


@pytest.mark.parametrize("delete_first", [True, False])
def test_the_loser_of_a_merge_is_not_gone_though_mautic_deletes_it(unit, delete_first):
    if delete_first:
        unit.people.delete(17, AT)
        unit.people.merge(17, 21, AT, "why")
    else:
        unit.people.merge(17, 21, AT, "why")
        unit.people.delete(17, AT)

    assert unit.people.load(17).contact_id == 21
    assert [found.person_id for found in unit.people.search()] == [21]

    unit.people.unmerge(17, AT + timedelta(days=1), "wrong")
    assert unit.people.load(17).contact_id is None
    assert unit.people.load(21).contact_id == 21


def test_a_merged_person_is_gone_when_the_winner_is_deleted(unit):
    unit.people.merge(17, 21, AT, "why")
    unit.people.delete(21, AT)

    assert unit.people.load(17).contact_id is None


def test_a_merge_makes_the_winner_dirty_and_forgets_what_mautic_had(unit, clock):
    for who in (17, 21):
        unit.people.person_of(who, AT)
        unit.people.save_state(
            who,
            PersonState(
                phase=Phase.DO,
                since=AT,
                cause=Cause.SCORE,
                centipoints=1,
                wanted={"a": 1},
                written={"a": 1},
            ),
        )

    unit.people.merge(17, 21, AT, "why")

    assert unit.people.state(17) is None
    assert unit.people.state(21).wanted is None
    assert unit.people.state(21).written is None
    assert unit.people.claim_dirty(10, clock(), 60) == [21]


def test_waiting_writes_follow_a_merge_and_wishes_for_the_loser_are_void(unit, clock):
    unit.people.persons_of([17, 21], AT)
    unit.outbox.put(write("note", person_id=17))
    unit.outbox.put(write("state-17", person_id=17, supersedes="contact:17"))
    unit.outbox.put(write("state-21", person_id=21, supersedes="contact:21"))

    unit.people.merge(17, 21, AT, "why")

    found = {item.key: (item.person_id, item.state) for item in unit.outbox.list()}
    assert found["note"] == (21, OutboxState.PENDING)
    assert found["state-17"][1] is OutboxState.DROPPED
    assert found["state-21"] == (21, OutboxState.PENDING)


def write(key, **more):
    return OutboxWrite(destination="mautic", kind="x", payload={}, key=key, **more)


merges = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 6)).filter(
        lambda two: two[0] != two[1]
    ),
    max_size=8,
)


@given(merges, st.randoms(use_true_random=False), st.sets(st.integers(1, 6)))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_merges_and_deletes_come_to_the_same_in_any_order(store, pairs, rng, deleted):
    """Merges may contradict each other, come twice, and mix with deletes."""
    steps = [("merge", *pair, AT + timedelta(hours=n)) for n, pair in enumerate(pairs)]
    steps += [("delete", contact_id, AT) for contact_id in deleted]
    steps += [("event", contact_id) for contact_id in range(1, 7)]
    outcomes = []
    for order in (steps, rng.sample(steps, len(steps)) + steps):
        with undone(store) as unit:
            for step in order:
                take(unit, step)
            outcomes.append(
                [
                    (person.id, person.contact_id, keys(person))
                    for person in unit.people.load_many(range(1, 7))
                ]
            )

    assert outcomes[0] == outcomes[1]
    assert sorted(key for _, _, found in outcomes[0] for key in found) == [
        f"hit:{n}" for n in range(1, 7)
    ]


def take(unit, step):
    match step:
        case ("merge", loser, winner, at):
            unit.people.merge(loser, winner, at, "drawn")
        case ("delete", contact_id, at):
            unit.people.delete(contact_id, at)
        case ("event", contact_id):
            unit.people.person_of(contact_id, AT)
            unit.history.append([hit(contact_id, contact_id)], AT)
