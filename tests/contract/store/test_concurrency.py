"""Several at once: threads with connections of their own, as workers have."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from plugin.errors import Retryable
from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.store import OutboxWrite, PersonState
from tests.contract.store.test_history import hit
from webhooks.inbox import Delivery

THREADS = 4


def together(work):
    """Start `work(n)` in some threads at the same moment; return what they return."""
    barrier = threading.Barrier(THREADS)

    def start(n):
        barrier.wait()
        return work(n)

    with ThreadPoolExecutor(THREADS) as pool:
        return [one.result() for one in [pool.submit(start, n) for n in range(THREADS)]]


def test_nothing_accepted_by_several_threads_is_lost_or_kept_twice(store, clock):
    def accept(n):
        return {
            store.inbox.accept(
                Delivery(source="mautic", body=f"{n}:{i}".encode(), received_at=clock())
            ): f"{n}:{i}".encode()
            for i in range(50)
        }

    receipts = {}
    for part in together(accept):
        assert not receipts.keys() & part.keys()
        receipts |= part

    with store.view() as view:
        kept = {item.id: item.body for item in view.inbox.list(limit=1000)}
    assert kept == receipts
    assert len(kept) == THREADS * 50


def test_threads_that_accept_together_share_commits(store, clock, monkeypatch):
    """The first one is slow, so that the others queue up behind it."""
    sizes = []
    slow = threading.Event()
    accept_many = store.inbox.accept_many

    def counting(batch):
        sizes.append(len(batch))
        if len(sizes) == 1:
            slow.wait(5)
        return accept_many(batch)

    monkeypatch.setattr(store.inbox, "accept_many", counting)

    def accept(_):
        if len(store.inbox._waiting) == THREADS - 2:
            slow.set()
        return store.inbox.accept(
            Delivery(source="mautic", body=b"", received_at=clock())
        )

    threading.Timer(0.3, slow.set).start()

    assert len(set(together(accept))) == THREADS
    assert sum(sizes) == THREADS
    assert len(sizes) < THREADS


def test_everybody_in_a_commit_that_fails_is_told(url, clock, store, monkeypatch):
    def fail(_):
        raise Retryable("store: disk full")

    monkeypatch.setattr(store.inbox, "accept_many", fail)

    def accept(_):
        with pytest.raises(Retryable, match="disk full"):
            store.inbox.accept(Delivery(source="mautic", body=b"", received_at=clock()))
        return True

    assert all(together(accept))


def test_two_claimers_never_get_the_same_delivery(store, clock):
    numbers = store.inbox.accept_many(
        [Delivery(source="mautic", body=b"", received_at=clock())] * 120
    )

    def work(_):
        mine = []
        while True:
            with store.unit() as unit:
                items = unit.inbox.claim(7, clock(), 60)
            if not items:
                return mine
            mine += [item.id for item in items]

    taken = Counter(number for mine in together(work) for number in mine)

    assert taken == Counter(numbers)


def test_two_claimers_never_get_the_same_write_or_the_same_person(store, clock):
    with store.unit() as unit:
        unit.outbox.put_many(
            OutboxWrite(
                destination="mautic",
                kind="note",
                payload={},
                key=f"w{n}",
                person_id=n % 20,
            )
            for n in range(100)
        )
    under_way = Counter()
    guard = threading.Lock()

    def work(_):
        mine, idle = [], 0
        while idle < 3:
            with store.unit() as unit:
                items = unit.outbox.claim("mautic", 6, clock(), 60)
            idle = 0 if items else idle + 1
            with guard:
                under_way.update(item.person_id for item in items)
                assert not items or max(under_way.values()) == 1
            with guard:
                under_way.subtract(item.person_id for item in items)
            with store.unit() as unit:
                unit.outbox.done(items, clock())
            mine += items
        return mine

    done = [item for mine in together(work) for item in mine]

    assert sorted(item.key for item in done) == sorted(f"w{n}" for n in range(100))


@pytest.mark.parametrize("backend", ["postgresql"])
def test_postgresql_claimers_do_not_wait_for_each_other(store, clock):
    store.inbox.accept_many(
        [Delivery(source="mautic", body=b"", received_at=clock())] * 4
    )

    with store.unit() as one, store.unit() as other:
        first = one.inbox.claim(2, clock(), 60)
        second = other.inbox.claim(4, clock(), 60)

    assert len({item.id for item in first + second}) == 4


def test_an_event_reported_by_several_at_once_is_kept_once(store, clock):
    events = [hit(f"hit:{n}", contact_id=n % 5) for n in range(60)]

    def append(n):
        with store.unit() as unit:
            unit.people.persons_of(range(5), clock())
            return unit.history.append(events[n:] + events[:n], clock())

    touched = together(append)

    assert [bool(one) for one in touched].count(True) == 1
    with store.view() as view:
        assert view.history.count() == 60


def decide(unit, event, at):
    """Keep one more event, and how many there are now."""
    unit.history.append([event], at)
    (person,) = unit.people.load_many([1])
    return PersonState(
        phase=Phase.SEE, since=at, cause=Cause.SCORE, centipoints=len(person.events)
    )


def test_who_decides_about_a_person_waits_for_who_is_deciding(store, clock):
    def other():
        with store.unit() as unit:
            unit.people.save_state(1, decide(unit, hit("hit:2"), clock()))

    with store.unit() as unit:
        unit.people.person_of(1, clock())
    with ThreadPoolExecutor(1) as pool:
        with store.unit() as unit:
            state = decide(unit, hit("hit:1"), clock())
            waiting = pool.submit(other)
            wait([waiting], timeout=0.3)
            unit.people.save_state(1, state)
        waiting.result()

    with store.view() as view:
        assert view.people.state(1).centipoints == 2


def test_who_was_merged_while_somebody_waited_is_loaded_as_the_winner(store, clock):
    def other():
        with store.unit() as unit:
            return [person.id for person in unit.people.load_many([1])]

    with store.unit() as unit:
        unit.people.persons_of([1, 2], clock())
    with ThreadPoolExecutor(1) as pool:
        with store.unit() as unit:
            unit.people.merge(1, 2, clock(), "why")
            waiting = pool.submit(other)
            wait([waiting], timeout=0.3)

        assert waiting.result() == [2]


def test_a_family_that_merges_in_several_threads_ends_as_one_person(store, clock):
    pairs = [(1, 2), (2, 3), (3, 4), (4, 5)]

    def merge(n):
        with store.unit() as unit:
            unit.people.merge(*pairs[n], clock(), "chain")

    together(merge)

    with store.view() as view:
        assert view.people.contacts_of(5) == [1, 2, 3, 4, 5]
        assert [person.id for person in view.people.load_many([1, 2, 3])] == [5]


def test_a_reader_sees_one_moment_and_holds_nobody_up(store, clock):
    with store.view() as view:
        assert view.inbox.depth() == {}
        store.inbox.accept(Delivery(source="mautic", body=b"", received_at=clock()))
        assert view.inbox.depth() == {}

    with store.view() as view:
        assert len(view.inbox.depth()) == 1
