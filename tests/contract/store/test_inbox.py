from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from plugin.errors import Rejected
from plugin.store import InboxState, OutboxWrite
from plugin.store.engine import transaction
from plugin.store.tables import bodies
from tests.contract.store.units import undone
from webhooks.inbox import Delivery


@pytest.fixture
def accept(store, clock):
    def accept(body=b"{}", source="mautic"):
        return store.inbox.accept(
            Delivery(source=source, body=body, received_at=clock())
        )

    return accept


def claims(unit, at):
    """Claim all that may be claimed; give the claims by number."""
    return {item.id: item.claim for item in unit.inbox.claim(100, at, 60)}


def test_a_delivery_is_kept_as_it_came(store, accept, clock):
    body = bytes(range(256)) * 3

    number = accept(body, "ats/odoo")

    with store.view() as view:
        item = view.inbox.get(number)
    assert (item.body, item.source) == (body, "ats/odoo")
    assert (item.received_at, item.state) == (clock.at, InboxState.NEW)


def test_times_come_back_in_utc_to_the_microsecond(store):
    zone = timezone(timedelta(hours=2))
    at = datetime(2025, 6, 1, 0, 30, 15, 123457, tzinfo=zone)

    number = store.inbox.accept(Delivery(source="mautic", body=b"", received_at=at))

    with store.view() as view:
        found = view.inbox.get(number).received_at
    assert (found, found.tzinfo) == (at, UTC)


def test_a_time_without_a_zone_is_refused(store):
    naive = datetime(2025, 6, 1)

    with pytest.raises(Rejected, match="without a zone"):
        store.inbox.accept(Delivery(source="mautic", body=b"", received_at=naive))


def test_claims_come_oldest_first_and_once(store, accept, clock):
    numbers = [accept(str(n).encode()) for n in range(5)]

    with store.unit() as unit:
        first = unit.inbox.claim(3, clock(), 60)
        second = unit.inbox.claim(3, clock(), 60)
        third = unit.inbox.claim(3, clock(), 60)

    assert [item.id for item in first] == numbers[:3]
    assert [item.id for item in second] == numbers[3:]
    assert third == []
    assert first[0].state is InboxState.CLAIMED


def test_a_claim_that_is_rolled_back_never_was(store, accept, clock):
    accept()

    with undone(store) as unit:
        unit.inbox.claim(1, clock(), 60)

    with store.unit() as unit:
        (item,) = unit.inbox.claim(1, clock(), 60)
    assert item.attempts == 1


def test_what_a_dead_worker_had_comes_back_after_its_lease(store, accept, clock):
    number = accept()
    with store.unit() as unit:
        unit.inbox.claim(1, clock(), 60)

    clock.tick(59)
    with store.unit() as unit:
        assert unit.inbox.claim(1, clock(), 60) == []
    clock.tick(1)
    with store.unit() as unit:
        (item,) = unit.inbox.claim(1, clock(), 60)

    assert (item.id, item.attempts) == (number, 2)


def test_a_claim_loads_no_more_than_memory_allows(store, accept, clock):
    for _ in range(4):
        accept(b"x" * 1000)

    with store.unit() as unit:
        two = unit.inbox.claim(10, clock(), 60, max_bytes=2500)
        one = unit.inbox.claim(10, clock(), 60, max_bytes=10)

    assert (len(two), len(one)) == (2, 1)


def test_done_and_parked_are_not_claimed_until_replayed(store, accept, clock):
    done, parked, new = accept(), accept(), accept()
    with store.unit() as unit:
        first, second = unit.inbox.claim(2, clock(), 60)
        unit.inbox.done(first.claim, clock(), events=4, unknown=1)
        unit.inbox.park(second.claim, "not JSON", clock())

    with store.unit() as unit:
        listed = unit.inbox.list(state=InboxState.PARKED)
        depth = unit.inbox.depth()
        replayed = unit.inbox.replay([done, parked, new])
        claimed = unit.inbox.claim(10, clock(), 60)

    assert [(item.id, item.reason) for item in listed] == [(parked, "not JSON")]
    assert depth == {InboxState.NEW: 1, InboxState.PARKED: 1}
    assert replayed == 2
    assert {item.id for item in claimed} == {done, parked, new}


def test_some_are_finished_together(store, accept, clock):
    numbers = [accept() for _ in range(3)]

    with store.unit() as unit:
        mine = claims(unit, clock())
        unit.inbox.retry(mine[numbers[1]], clock(), "later")
        counts = {mine[numbers[0]]: (4, 1), mine[numbers[2]]: (0, 0)}
        unit.inbox.done_all(counts, clock())
        unit.inbox.done_all({}, clock())

    with store.view() as view:
        assert [item.state.value for item in view.inbox.list()] == [
            "done",
            "new",
            "done",
        ]
        assert view.inbox.depth() == {InboxState.NEW: 1}


def test_a_delivery_can_be_given_back_for_later(store, accept, clock):
    number = accept()
    with store.unit() as unit:
        unit.inbox.retry(
            claims(unit, clock())[number],
            clock() + timedelta(seconds=10),
            "Mautic is away",
        )
        at_once = unit.inbox.claim(1, clock(), 60)
        later = unit.inbox.claim(1, clock.tick(10), 60)

    assert at_once == []
    assert [item.id for item in later] == [number]


def test_lists_go_on_after_a_number(store, accept):
    numbers = [accept() for _ in range(5)]

    with store.view() as view:
        page = view.inbox.list(limit=2, after=numbers[1])

    assert [item.id for item in page] == numbers[2:4]


def test_the_oldest_waiting_delivery_is_known(store, accept, clock):
    with store.view() as view:
        assert view.inbox.oldest() is None
    first_at = clock()
    number = accept()
    clock.tick()
    second_at = clock()
    accept()

    with store.unit() as unit:
        assert unit.inbox.oldest() == first_at
        unit.inbox.done(claims(unit, clock())[number], clock())
        assert unit.inbox.oldest() == second_at


def test_purging_takes_what_is_done_long_enough_in_small_steps(store, accept, clock):
    numbers = [accept() for _ in range(4)]
    with store.unit() as unit:
        mine = claims(unit, clock())
        for number in numbers[:3]:
            unit.inbox.done(mine[number], clock())
    clock.tick(100)
    late = accept()
    with store.unit() as unit:
        mine = claims(unit, clock())
        unit.inbox.done(mine[late], clock())
        unit.inbox.park(mine[numbers[3]], "for ever", clock())

    with store.unit() as unit:
        before = clock() - timedelta(seconds=50)
        steps = [unit.purge_deliveries(before, 2) for _ in range(3)]
        left = [item.id for item in unit.inbox.list()]

    assert steps == [2, 1, 0]
    assert left == [numbers[3], late]


def test_many_deliveries_are_kept_together_and_in_order(store, clock):
    given = [
        Delivery(source="mautic", body=str(n).encode(), received_at=clock())
        for n in range(1200)
    ]

    numbers = store.inbox.accept_many(given)

    with store.view() as view:
        kept = view.inbox.list(limit=2000)
    assert [item.id for item in kept] == numbers
    assert [item.body for item in kept] == [one.body for one in given]
    assert store.inbox.accept_many([]) == []


def test_what_needs_a_person_is_listed_without_what_it_said(store, accept, clock):
    numbers = [accept(b"x" * size) for size in (3, 5, 7)]
    with store.unit() as unit:
        mine = claims(unit, clock())
        for number in (numbers[0], numbers[2]):
            unit.inbox.park(mine[number], f"no. {number}", clock())

    with store.view() as view:
        every = view.inbox.parked(10)
        later = view.inbox.parked(10, after=numbers[0])
        first = view.inbox.parked(1)
    assert [(one.id, one.size) for one in every] == [(numbers[0], 3), (numbers[2], 7)]
    assert every[0].reason == f"no. {numbers[0]}"
    assert (later, first) == (every[1:], every[:1])


def test_what_was_worked_through_is_counted_since_a_moment(store, accept, clock):
    numbers = [accept() for _ in range(3)]
    with store.unit() as unit:
        mine = claims(unit, clock())
        for minute, number in enumerate(numbers):
            unit.inbox.done(mine[number], clock.at + timedelta(minutes=minute))

    with store.view() as view:
        counts = [
            view.inbox.done_since(clock.at + timedelta(minutes=minute))
            for minute in range(4)
        ]
    assert counts == [3, 2, 1, 0]


ENDS = {
    "done": lambda unit, claim, at: unit.inbox.done(claim, at),
    "park": lambda unit, claim, at: unit.inbox.park(claim, "no", at),
    "retry": lambda unit, claim, at: unit.inbox.retry(claim, at, "busy"),
}


@pytest.mark.parametrize("end", ENDS)
def test_who_took_longer_than_the_lease_says_nothing_of_a_delivery_any_more(
    store, accept, clock, end
):
    accept()
    with store.unit() as unit:
        (slow,) = unit.inbox.claim(1, clock(), 60)
    clock.tick(60)
    with store.unit() as unit:
        (quick,) = unit.inbox.claim(1, clock(), 60)

    with store.unit() as unit:
        ENDS[end](unit, slow.claim, clock())
        assert unit.inbox.get(slow.id).state is InboxState.CLAIMED
        unit.inbox.done(quick.claim, clock())
        ENDS[end](unit, quick.claim, clock())
        assert unit.inbox.get(slow.id).state is InboxState.DONE


def test_a_number_is_never_given_twice(store, accept, clock):
    """A worker that holds a deleted delivery must not finish the one after it."""
    first = accept(b"first")
    with store.unit() as unit:
        (held,) = unit.inbox.claim(1, clock(), 60)
    with store.unit() as unit:
        unit.inbox.rewrite({first: None})
    second = accept(b"second")
    with store.unit() as unit:
        (mine,) = unit.inbox.claim(1, clock(), 60)
        unit.inbox.done(held.claim, clock())

        assert second > first
        assert unit.inbox.get(mine.id).state is InboxState.CLAIMED


def test_nor_is_the_number_of_a_write(store, clock):
    def put(key):
        with store.unit() as unit:
            write = OutboxWrite(destination="mautic", kind="note", payload={}, key=key)
            unit.outbox.put(write)
        with store.unit() as unit:
            (held,) = unit.outbox.claim("mautic", 1, clock(), 60)
            unit.outbox.done([held], clock())
        return held.id

    first = put("a")
    clock.tick(100)
    with store.unit() as unit:
        assert unit.purge_done_outbox(clock(), 10) == 1

    assert put("b") > first


def test_what_is_left_of_a_delivery_that_is_gone_is_kept_nowhere(store, accept):
    number = accept()
    with store.unit() as unit:
        unit.inbox.rewrite({number: None})
        unit.inbox.rewrite({number: b"of somebody else"})

    with transaction(store._engine) as connection:
        assert connection.execute(select(bodies)).all() == []
