from datetime import timedelta

import pytest

from plugin.store import OutboxState, OutboxWrite


def write(key, person_id=1, destination="mautic", kind="contact", **more):
    return OutboxWrite(
        destination=destination,
        kind=kind,
        payload=more.pop("payload", {"key": key}),
        key=key,
        person_id=person_id,
        **more,
    )


@pytest.fixture
def unit(store):
    with store.unit() as unit:
        yield unit


@pytest.fixture
def claim(unit, clock):
    def claim(limit=200, destination="mautic", **more):
        items = unit.outbox.claim(destination, limit, clock(), 60, **more)
        return [item.key for item in items]

    return claim


def numbers(unit):
    return {one.key: one.id for one in unit.outbox.list(limit=1000)}


def item(unit, key):
    """Read a write as it stands, claim and all."""
    return next(one for one in unit.outbox.list(limit=1000) if one.key == key)


def states(unit):
    return {one.key: one.state.value for one in unit.outbox.list(limit=1000)}


def test_a_write_is_kept_whole(unit, clock):
    whole = write(
        "k", person_id=3, contact_id=4, supersedes="s", payload={"a": [1, None, "é"]}
    )

    unit.outbox.put(whole)

    (kept,) = unit.outbox.list()
    assert kept.payload == {"a": [1, None, "é"]}
    assert (kept.person_id, kept.contact_id, kept.supersedes) == (3, 4, "s")
    assert (kept.state, kept.attempts, kept.claims) == (OutboxState.PENDING, 0, 0)
    assert kept.created_at == clock.at
    assert unit.outbox.get(kept.id) == kept
    assert unit.outbox.get(kept.id + 1) is None


def test_a_key_is_done_once(unit, claim, clock):
    unit.outbox.put(write("k", payload={"first": True}))
    unit.outbox.put(write("k", payload={"first": False}))
    assert claim() == ["k"]
    unit.outbox.put(write("k"))
    unit.outbox.done([item(unit, "k")], clock(), result={"id": 9})
    unit.outbox.put(write("k"))

    (done,) = unit.outbox.list()
    assert (done.state, done.payload) == (OutboxState.DONE, {"first": True})
    assert (done.result, done.done_at) == ({"id": 9}, clock.at)
    assert claim() == []


def test_a_newer_wish_takes_the_place_of_a_pending_one(unit, claim):
    unit.outbox.put(write("a", supersedes="contact:1"))
    unit.outbox.put(write("note", kind="note"))
    unit.outbox.put(write("b", supersedes="contact:1"))

    assert [item.key for item in unit.outbox.list()] == ["b", "note"]
    assert claim() == ["b"]


def test_superseding_is_within_a_destination(unit):
    unit.outbox.put(write("a", supersedes="x"))
    unit.outbox.put(write("b", supersedes="x", destination="ats:odoo"))

    assert states(unit) == {"a": "pending", "b": "pending"}


def test_a_wish_under_way_is_not_replaced_but_followed(unit, claim, clock):
    unit.outbox.put(write("a", supersedes="contact:1"))
    claim()
    unit.outbox.put(write("b", supersedes="contact:1"))

    assert claim() == []
    unit.outbox.done([item(unit, "a")], clock())
    assert claim() == ["b"]


@pytest.mark.parametrize("give_back", ["retry", "park"])
def test_a_wish_that_fails_after_it_was_overtaken_is_dropped(
    unit, claim, clock, give_back
):
    unit.outbox.put(write("a", supersedes="contact:1"))
    claim()
    unit.outbox.put(write("b", supersedes="contact:1"))

    if give_back == "retry":
        unit.outbox.retry(item(unit, "a"), clock(), "HTTP 503")
    else:
        unit.outbox.park(item(unit, "a"), "HTTP 503")

    dropped = unit.outbox.get(numbers(unit)["a"])
    assert dropped.state is OutboxState.DROPPED
    assert "overtaken" in dropped.last_error
    assert "HTTP 503" in dropped.last_error
    assert claim() == ["b"]


def test_a_parked_wish_is_dropped_when_a_newer_one_is_put(unit, claim):
    unit.outbox.put(write("a", supersedes="contact:1"))
    claim()
    unit.outbox.park(item(unit, "a"), "refused")

    unit.outbox.put(write("b", supersedes="contact:1"))

    assert states(unit) == {"a": "dropped", "b": "pending"}


def test_many_wishes_at_once_are_as_one_after_the_other(unit):
    unit.outbox.put(write("a", supersedes="contact:1"))

    unit.outbox.put_many(
        [
            write("b", supersedes="contact:1"),
            write("c", person_id=2, supersedes="contact:2"),
            write("d", person_id=2, supersedes="contact:2"),
            write("note"),
            write("note"),
        ]
    )

    assert sorted(states(unit)) == ["b", "d", "note"]


def test_one_persons_writes_to_one_destination_go_in_order(unit, claim, clock):
    unit.outbox.put_many(
        [
            write("a1", person_id=1),
            write("a2", person_id=1),
            write("b1", person_id=2),
            write("a-ats", person_id=1, destination="ats:odoo"),
            write("n1", person_id=None),
            write("n2", person_id=None),
        ]
    )

    assert claim() == ["a1", "b1", "n1", "n2"]
    assert claim(destination="ats:odoo") == ["a-ats"]
    assert claim() == []
    unit.outbox.done([item(unit, "a1")], clock())
    assert claim() == ["a2"]


def test_a_write_that_waits_for_its_next_attempt_holds_up_later_ones(
    unit, claim, clock
):
    unit.outbox.put_many([write("a1"), write("a2")])
    claim()
    unit.outbox.retry(item(unit, "a1"), clock() + timedelta(seconds=30), "HTTP 503")

    assert claim() == []
    clock.tick(30)
    assert claim() == ["a1"]
    again = item(unit, "a1")
    assert (again.attempts, again.last_error) == (2, "HTTP 503")


def test_a_parked_write_holds_nobody_up(unit, claim):
    unit.outbox.put_many([write("a1"), write("a2")])
    claim()

    unit.outbox.park(item(unit, "a1"), "HTTP 422")

    assert claim() == ["a2"]


def test_a_replayed_write_waits_while_a_later_one_is_under_way(unit, claim, clock):
    unit.outbox.put_many([write("a1"), write("a2")])
    claim()
    unit.outbox.park(item(unit, "a1"), "HTTP 422")
    claim()

    unit.outbox.replay([numbers(unit)["a1"]], clock())

    assert claim() == []
    clock.tick(60)
    assert claim() == ["a1"]


def test_only_the_kinds_asked_for_are_claimed_and_order_still_holds(unit, claim):
    unit.outbox.put_many(
        [
            write("n1", kind="note", person_id=1),
            write("c1", kind="contact", person_id=1),
            write("c2", kind="contact", person_id=2),
        ]
    )

    assert claim(kinds=["contact"]) == ["c1", "c2"]
    assert claim(kinds=["contact", "note"]) == []


def test_a_note_waits_for_older_contact_writes_and_they_never_for_a_note(
    unit, claim, clock
):
    unit.outbox.put_many(
        [
            write("c1"),
            write("n1", kind="note"),
            write("n2", kind="note"),
            write("c2"),
        ]
    )
    assert claim() == ["c1"]
    assert claim() == []
    unit.outbox.done([item(unit, "c1")], clock())
    assert claim(kinds=["note"]) == ["n1"]
    assert claim() == ["c2"]
    unit.outbox.retry(item(unit, "n1"), clock() + timedelta(seconds=9), "HTTP 500")
    unit.outbox.done([item(unit, "c2")], clock())

    assert claim() == []
    clock.tick(9)
    assert claim() == ["n1"]


def test_waiting_writes_of_a_kind_are_parked_together(unit, claim, clock):
    unit.outbox.put_many(
        [
            write("n1", kind="note", person_id=1),
            write("n2", kind="note", person_id=2),
            write("n3", kind="note", person_id=3),
            write("c", person_id=4),
            write("else", kind="note", person_id=5, destination="ats:odoo"),
        ]
    )
    assert claim(1) == ["n1"]

    assert unit.outbox.park_waiting("mautic", "note", "no right") == 2

    assert states(unit) == {
        "n1": "claimed",
        "n2": "parked",
        "n3": "parked",
        "c": "pending",
        "else": "pending",
    }


def test_a_write_may_wait_for_its_moment(unit, claim, clock):
    unit.outbox.put(write("a", due_at=clock() + timedelta(hours=1)))

    assert claim() == []
    clock.tick(3600)
    assert claim() == ["a"]


def test_what_a_dead_worker_had_comes_back_after_its_lease(unit, claim, clock):
    unit.outbox.put(write("a"))
    claim()

    clock.tick(59)
    assert claim() == []
    clock.tick(1)
    assert claim() == ["a"]


def test_a_late_word_about_a_finished_write_changes_nothing(unit, claim, clock):
    unit.outbox.put(write("a"))
    claim()
    unit.outbox.done([item(unit, "a")], clock())

    unit.outbox.retry(item(unit, "a"), clock(), "late")
    unit.outbox.park(item(unit, "a"), "late")

    assert states(unit) == {"a": "done"}


SETTLED = {
    "done": lambda unit, held, at: unit.outbox.done([held], at),
    "retry": lambda unit, held, at: unit.outbox.retry(held, at, "late"),
    "release": lambda unit, held, at: unit.outbox.release(held, at, "late"),
    "park": lambda unit, held, _at: unit.outbox.park(held, "late"),
    "forget": lambda unit, held, _at: unit.outbox.forget(held),
}


@pytest.mark.parametrize("how", SETTLED)
def test_who_was_slower_than_the_lease_finishes_no_newer_wish(unit, clock, how):
    """A is slow; B takes it over, gives it back; a newer wish takes its place."""
    unit.outbox.put(write("a", supersedes="contact:1"))
    (slow,) = unit.outbox.claim("mautic", 1, clock(), 60)
    clock.tick(61)
    (second,) = unit.outbox.claim("mautic", 1, clock(), 60)
    assert unit.outbox.retry(second, clock(), "HTTP 503")
    unit.outbox.put(write("b", supersedes="contact:1"))

    assert not SETTLED[how](unit, slow, clock())

    assert states(unit) == {"b": "pending"}


@pytest.mark.parametrize("how", SETTLED)
def test_a_late_word_takes_away_nobodys_claim(unit, clock, how):
    unit.outbox.put(write("a"))
    (slow,) = unit.outbox.claim("mautic", 1, clock(), 60)
    clock.tick(61)
    (held,) = unit.outbox.claim("mautic", 1, clock(), 60)

    assert not SETTLED[how](unit, slow, clock())

    assert unit.outbox.get(held.id) == held
    assert unit.outbox.done([held], clock()) == {held.id}


@pytest.mark.parametrize("how", SETTLED)
def test_a_replay_makes_no_old_claim_valid_again(unit, clock, how):
    unit.outbox.put(write("a"))
    (slow,) = unit.outbox.claim("mautic", 1, clock(), 60)
    clock.tick(61)
    (second,) = unit.outbox.claim("mautic", 1, clock(), 60)
    unit.outbox.park(second, "refused")
    unit.outbox.replay([second.id], clock())
    (held,) = unit.outbox.claim("mautic", 1, clock(), 60)

    assert (held.attempts, held.claims) == (1, 3)
    assert not SETTLED[how](unit, slow, clock())
    assert unit.outbox.get(held.id) == held


def test_who_is_late_but_alone_is_believed(unit, clock):
    unit.outbox.put(write("a"))
    (slow,) = unit.outbox.claim("mautic", 1, clock(), 60)
    clock.tick(61)

    assert unit.outbox.done([slow], clock()) == {slow.id}


def test_what_was_not_tried_counts_as_no_attempt(unit, claim, clock):
    unit.outbox.put(write("a"))
    claim()

    assert unit.outbox.release(item(unit, "a"), clock(), "stopped")

    given_back = item(unit, "a")
    assert (given_back.state, given_back.attempts) == (OutboxState.PENDING, 0)
    assert given_back.claims == 1


def test_up_to_two_hundred_are_claimed_in_one_go_oldest_first(unit, claim, clock):
    for n in range(250):
        unit.outbox.put(write(f"w{n:03}", person_id=n))
        clock.tick(0.001)

    assert claim(200) == [f"w{n:03}" for n in range(200)]
    assert len(claim(200)) == 50


def test_parked_writes_can_be_replayed_and_discarded(unit, claim, clock):
    unit.outbox.put_many([write("a", person_id=1), write("b", person_id=2)])
    claim()
    by_key = numbers(unit)
    for key in by_key:
        unit.outbox.park(item(unit, key), "refused")

    assert unit.outbox.replay([by_key["a"]], clock()) == 1
    assert unit.outbox.discard([by_key["b"]], clock(), "by hand") == 1
    assert unit.outbox.replay([by_key["b"]], clock()) == 0
    assert claim() == ["a"]
    assert unit.outbox.get(by_key["a"]).attempts == 1
    assert unit.outbox.get(by_key["b"]).state is OutboxState.DROPPED


def test_depth_and_age_are_told_by_destination(unit, claim, clock):
    first_at = clock()
    unit.outbox.put_many([write("a", person_id=1), write("b", person_id=2)])
    clock.tick()
    unit.outbox.put_many([write("c", person_id=3), write("d", destination="ats:odoo")])
    claim(2)
    unit.outbox.park(item(unit, "a"), "refused")

    assert unit.outbox.depth() == {
        ("mautic", OutboxState.PARKED): 1,
        ("mautic", OutboxState.CLAIMED): 1,
        ("mautic", OutboxState.PENDING): 1,
        ("ats:odoo", OutboxState.PENDING): 1,
    }
    assert unit.outbox.oldest("mautic") == first_at
    assert unit.outbox.oldest("nowhere") is None


def test_lists_are_filtered(unit, claim):
    unit.outbox.put_many(
        [write("a", person_id=1), write("b", person_id=2), write("c", person_id=2)]
    )
    claim(1)

    def keys(**more):
        return [item.key for item in unit.outbox.list(**more)]

    assert keys(state="claimed") == ["a"]
    assert keys(person_id=2) == ["b", "c"]
    assert keys(destination="ats:odoo") == []
    assert keys(after=numbers(unit)["a"], limit=1) == ["b"]


def test_purging_takes_what_is_finished_long_enough(unit, claim, clock):
    unit.outbox.put_many([write(f"w{n}", person_id=n) for n in range(4)])
    by_key = numbers(unit)
    unit.outbox.claim("mautic", 2, clock(), 60)
    unit.outbox.done([item(unit, "w0"), item(unit, "w1")], clock())
    unit.outbox.discard([by_key["w2"]], clock(), "by hand")
    later = clock.tick(100)

    steps = [unit.purge_done_outbox(later, 2) for _ in range(3)]

    assert steps == [2, 1, 0]
    assert states(unit) == {"w3": "pending"}
