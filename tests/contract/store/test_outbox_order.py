"""Whatever is wanted, fails, times out and is replayed: the outbox keeps its word."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from plugin.store import open_store
from tests.contract.store.test_outbox import write


class Dispatching(RuleBasedStateMachine):
    """Whatever is wanted, fails, times out and is replayed, order holds."""

    url: str
    clock: object

    def __init__(self):
        super().__init__()
        self.store = open_store(self.url, clock=self.clock)
        self.put_keys = set()
        with self.store.unit() as unit:
            unit.outbox.discard(
                [item.id for item in unit.outbox.list(limit=10**6)],
                self.clock(),
                "another run",
            )
            unit.outbox.done(
                [item.id for item in unit.outbox.list("claimed", limit=10**6)],
                self.clock(),
            )
            unit.purge_done_outbox(self.clock.tick(), 10**6)
        self.held = []

    def teardown(self):
        self.store.close()

    @rule(
        key=st.integers(0, 12),
        person_id=st.none() | st.integers(1, 3),
        replaceable=st.booleans(),
    )
    def want(self, key, person_id, replaceable):
        wanted = write(f"k{key}", person_id=person_id)
        if replaceable:
            wanted = replace(wanted, supersedes=f"contact:{person_id}")
        with self.store.unit() as unit:
            unit.outbox.put(wanted)
        self.put_keys.add(wanted.key)

    @rule(limit=st.integers(1, 4))
    def claim(self, limit):
        with self.store.unit() as unit:
            items = unit.outbox.claim("mautic", limit, self.clock(), 60)
        assert not {item.id for item in items} & {item.id for item in self.held}
        self.held += items

    @rule(how=st.sampled_from(["done", "retry", "park"]))
    def settle(self, how):
        if not self.held:
            return
        item = self.held.pop(0)
        with self.store.unit() as unit:
            if how == "done":
                unit.outbox.done([item.id], self.clock())
            elif how == "retry":
                unit.outbox.retry(item.id, self.clock(), "again")
            else:
                unit.outbox.park(item.id, "no")

    @rule()
    def crash(self):
        self.held = []
        self.clock.tick(60)

    @rule()
    def replay(self):
        with self.store.unit() as unit:
            parked = [item.id for item in unit.outbox.list("parked")]
            unit.outbox.replay(parked, self.clock())

    @invariant()
    def at_most_one_of_a_person_is_under_way(self):
        with self.store.view() as view:
            items = view.outbox.list("claimed", limit=1000)
        whose = [
            item.person_id
            for item in items
            if item.person_id is not None and item.due_at > self.clock()
        ]
        assert len(whose) == len(set(whose))

    @invariant()
    def one_wish_waits_for_each_thing(self):
        with self.store.view() as view:
            items = view.outbox.list("pending", limit=1000)
        names = [item.supersedes for item in items if item.supersedes]
        assert len(names) == len(set(names))


def test_order_holds_through_failures_crashes_and_replays(url, clock):
    machine = type("Dispatching", (Dispatching,), {"url": url, "clock": clock})

    machine.TestCase.settings = settings(
        max_examples=20, stateful_step_count=30, deadline=None
    )
    machine.TestCase().runTest()
