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
            unit.outbox.done(unit.outbox.list("claimed", limit=10**6), self.clock())
            unit.purge_done_outbox(self.clock.tick(), 10**6)
        #: Claims of those who still work on them, and of those who are late.
        self.held = []
        self.late = []

    def teardown(self):
        self.store.close()

    @rule(
        key=st.integers(0, 12),
        person_id=st.none() | st.integers(1, 3),
        kind=st.sampled_from(["contact", "note"]),
        replaceable=st.booleans(),
    )
    def want(self, key, person_id, kind, replaceable):
        wanted = write(f"k{key}", person_id=person_id, kind=kind)
        if replaceable and kind == "contact":
            wanted = replace(wanted, supersedes=f"contact:{person_id}")
        with self.store.unit() as unit:
            unit.outbox.put(wanted)
        self.put_keys.add(wanted.key)

    @rule(limit=st.integers(1, 4))
    def claim(self, limit):
        with self.store.unit() as unit:
            before = unit.outbox.list(limit=1000)
            items = unit.outbox.claim("mautic", limit, self.clock(), 60)
        for item in items:
            assert not any(_goes_before(one, item) for one in before)
        assert not {item.id for item in items} & {item.id for item in self.held}
        self.held += items

    @rule(how=st.sampled_from(["done", "retry", "release", "park"]))
    def settle(self, how):
        if not self.held:
            return
        assert self._settled(how, self.held.pop(0))

    @rule(how=st.sampled_from(["done", "retry", "release", "park"]))
    def settle_late(self, how):
        """Let one that is past its lease say how it went after all."""
        if not self.late:
            return
        item = self.late.pop(0)
        with self.store.view() as view:
            before = view.outbox.get(item.id)
        is_last = before.state == "claimed" and before.claims == item.claims
        was_held = self._settled(how, item)
        with self.store.view() as view:
            after = view.outbox.get(item.id)
        assert was_held == is_last
        assert was_held or after == before

    def _settled(self, how, item):
        with self.store.unit() as unit:
            if how == "done":
                return bool(unit.outbox.done([item], self.clock()))
            if how == "park":
                return unit.outbox.park(item, "no")
            give_back = getattr(unit.outbox, how)
            return give_back(item, self.clock(), "again")

    @rule()
    def crash(self):
        """Let all leases run out: their holders died, or are only slow."""
        self.late += self.held
        self.held = []
        self.clock.tick(60)

    @rule()
    def replay(self):
        with self.store.unit() as unit:
            parked = [item.id for item in unit.outbox.list("parked")]
            unit.outbox.replay(parked, self.clock())

    @invariant()
    def at_most_one_of_a_person_and_kind_is_under_way(self):
        with self.store.view() as view:
            items = view.outbox.list("claimed", limit=1000)
        whose = [
            (item.person_id, item.kind)
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


def _goes_before(one, item):
    """Whether a write is an older one of the same person that another waits for."""
    return (
        one.person_id is not None
        and one.person_id == item.person_id
        and one.id < item.id
        and one.state in {"pending", "claimed"}
        and (one.kind == "contact" or item.kind == "note")
    )


def test_order_holds_through_failures_crashes_and_replays(url, clock):
    machine = type("Dispatching", (Dispatching,), {"url": url, "clock": clock})

    machine.TestCase.settings = settings(
        max_examples=20, stateful_step_count=30, deadline=None
    )
    machine.TestCase().runTest()
