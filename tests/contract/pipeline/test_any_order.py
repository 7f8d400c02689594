"""Any order, any repetition, any split into deliveries: one history, one score.

Drawn lives are lived in the look-alike, which tells of them. Then the same is told
once more, shuffled, doubled and bundled anew, with pulls in between, and must come to
the same bytes.
"""

import json
from contextlib import suppress
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from plugin.pipeline import erasures
from plugin.pipeline.deliver_mautic import RESOLVE, _each
from plugin.pipeline.erase import erase
from plugin.pipeline.reconcile import begin, reconcile
from plugin.pipeline.resolve import resolve
from plugin.pipeline.sweep import sweep
from plugin.store.columns import compact
from plugin.store.tables import content, marks, metadata, owned
from tests.support.house import open_house
from webhooks.inbox import Delivery

#: Of an event the first report is kept, and Mautic's tables have neither what a form
#: was filled with nor what things are called: not compared until reports are joined.
TOLD_BY_WEBHOOKS_ONLY = frozenset({"results", "name", "sent_at"})
#: Mautic dates it anew when it merges, and of this too the first report is kept.
MOVED = "contact.identified"
#: What a test's store keeps while it forgets everybody.
OF_THE_HOUSE = {content, owned, marks}
VERBS = (
    "visits", "looks", "clicks", "fills in", "signs up",
    "unsubscribes", "merges", "is deleted", "is made anew", "is renamed",
)  # fmt: skip
#: What takes a contact that Mautic knows the address of.
KNOWN = frozenset({"clicks", "unsubscribes", "is renamed", "is deleted"})
PEOPLE = 3
#: How often what arrived is worked through at once, and how often is pulled.
SETTLED, PULLED = 0.5, 0.2
#: Where a line of a dump about a person says that Mautic has them no more.
IS_GONE = 2


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Give a way to the house: its own words are too many for a failure's report."""
    with open_house(tmp_path_factory.mktemp("orders")) as house:
        house.set_up()
        house.furnish()
        house.subscribe()
        yield lambda: house


class Town:
    """A few people, some of whom Mautic does not know yet."""

    def __init__(self, house, number):
        self.house, self.number = house, number
        self.visitors = [house.visitor() for _ in range(PEOPLE)]

    def email(self, who, renamed=""):
        return f"p{who}{renamed}.{self.number}@example.com"

    def live(self, plan):
        for verb, who, other in plan:
            self.house.clock.wait(minutes=7)
            # who is deleted or was never known cannot do everything
            with suppress(LookupError, KeyError):
                self.act(verb, who, other)

    def act(self, verb, who, other):
        contact_id = self.visitors[who].contact_id
        if verb == "merges":
            two = self.visitors[other].contact_id
            if contact_id != two and self.are_there(contact_id, two):
                self.house.mautic.merge(contact_id, two)
        elif verb == "is made anew":
            if not self.are_there(contact_id):
                self.visitors[who] = self.house.visitor(email=self.email(who))
        elif verb in KNOWN:
            if self.is_known(contact_id):
                self.of_the_known(verb, who, contact_id)
        else:
            self.on_the_site(verb, who)

    def on_the_site(self, verb, who):
        house, visitor = self.house, self.visitors[who]
        match verb:
            case "visits":
                visitor.visit_page("podcast-zero-trust")
            case "looks":
                visitor.visit_page("hackathon")
                visitor.visit_page("hackathon-programme")
            case "fills in":
                values = {"email": self.email(who)}
                visitor.submit_form(house.content["newsletter"], values)
            case "signs up":
                house.sign_up(visitor, self.email(who))

    def of_the_known(self, verb, who, contact_id):
        house, visitor = self.house, self.visitors[who]
        match verb:
            case "clicks":
                mail = house.content["mail-hackathon"]
                house.mautic.send_email(mail, contact_id)
                house.clock.wait(minutes=2)
                visitor.open_email(mail)
                house.clock.wait(minutes=1)
                visitor.click_email(mail, f"{house.mautic.url}/hackathon")
            case "unsubscribes":
                path = f"/contacts/{contact_id}/dnc/email/add"
                house.api("POST", path, {"reason": 1})
            case "is renamed":
                values = {"email": self.email(who, "-new")}
                house.api("PATCH", f"/contacts/{contact_id}/edit", values)
            case "is deleted":
                house.api("DELETE", f"/contacts/{contact_id}/delete")

    def are_there(self, *contact_ids):
        return all(one in self.house.mautic.state.contacts for one in contact_ids)

    def is_known(self, contact_id):
        found = self.house.mautic.state.contacts.get(contact_id)
        return bool(found and found.values.get("email"))


def told(house):
    """Take all deliveries out of the inbox, as single items."""
    with house.parts.store.view() as unit:
        bodies = [item.body for item in unit.inbox.page(0, 10_000)]
    return [
        (trigger, item)
        for body in bodies
        for trigger, items in json.loads(body).items()
        if isinstance(items, list)
        for item in items
    ]


def forget(house, kept):
    """Empty the store of everybody, and put the pulls back to where they began."""
    engine = house.parts.store._engine
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table not in OF_THE_HOUSE:
                connection.execute(delete(table))
        connection.execute(delete(marks))
        connection.execute(insert(marks), kept)


def settle(house):
    """Process, and look up who became of whom; Mautic is only asked, never told."""
    house.process()
    while _each(house.parts, RESOLVE, resolve).done:
        house.process()


def arrive(house, items):
    whole = {}
    for trigger, item in items:
        whole.setdefault(trigger, []).append(item)
    delivery = Delivery(
        source="mautic", body=json.dumps(whole).encode(), received_at=house.clock()
    )
    house.parts.store.inbox.accept(delivery)


def tell_anyhow(house, items, rng, cut):
    """Tell it shuffled, some of it twice, bundled anew, with pulls in between."""
    order = rng.sample(items, len(items)) + rng.sample(items, min(3, len(items)))
    for start in range(0, len(order), cut):
        arrive(house, order[start : start + cut])
        if rng.random() < SETTLED:
            settle(house)
        if rng.random() < PULLED:
            reconcile(house.parts)
    end(house)


def end(house):
    """Pull what no webhook tells, erase who turned out to be erased, decide."""
    settle(house)
    reconcile(house.parts)
    settle(house)
    erasures.go_on(house.parts)
    sweep(house.parts)


def comparable(house):
    """Write the state as lines, without what depends on who was first to tell."""
    dump = house.parts.store.dump_state()
    rows = [json.loads(one) for one in dump.split(b"\n") if one]
    persons = {row[1]: row[2] for row in rows if row[0] == "contact"}
    lines = [
        compact(bare(standing(row, persons)))
        for row in rows
        if row[0] not in {"write", "move"}
    ]
    with house.parts.store.view() as unit:
        for row in rows:
            if row[0] == "person" and not row[IS_GONE]:
                told = [repr(move) for move in unit.people.moves(row[1])]
                lines.append(compact(["moves", row[1], *told]))
    return sorted(lines)


def standing(row, persons):
    """Leave out what was decided of who is gone: it stays as it was at that moment.

    After a merge Mautic's tables have under the winner what a webhook told of the
    loser: the history is the person's either way.
    """
    if row[0] == "event":
        at = None if row[3] == MOVED else row[4]
        return [*row[:2], persons.get(row[2]), row[3], at, *row[5:]]
    return row[: IS_GONE + 1] if row[0] == "person" and row[IS_GONE] else row


def bare(value):
    if isinstance(value, dict):
        return {
            name: bare(one)
            for name, one in value.items()
            if name not in TOLD_BY_WEBHOOKS_ONLY
        }
    return [bare(one) for one in value] if isinstance(value, list) else value


def begun(house):
    """Begin with nobody, and remember from where to pull."""
    house.clock.wait(days=1)
    with house.parts.store._engine.begin() as connection:
        connection.execute(delete(marks))
    forget(house, [{"name": "a-test", "value": 1}])
    begin(house.parts)
    with house.parts.store._engine.connect() as connection:
        return [row._asdict() for row in connection.execute(select(marks))]


PLANS = st.lists(
    st.tuples(
        st.sampled_from(VERBS), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)
    ),
    min_size=2,
    max_size=14,
)
NUMBERS = iter(range(1, 1_000_000))
FAST = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MERGED = [("signs up", 0, 0), ("looks", 1, 0), ("merges", 1, 0), ("clicks", 1, 0)]
ANEW = [("signs up", 0, 0), ("is deleted", 0, 0), ("is made anew", 0, 0)]


@given(plan=PLANS, seed=st.integers(0, 999), cut=st.integers(1, 5))
@example(plan=MERGED, seed=1, cut=2)
@example(plan=ANEW, seed=2, cut=1)
@FAST
def test_however_it_is_told_it_comes_to_the_same(opened, plan, seed, cut):
    lively, rng = opened(), Random(seed)
    kept = begun(lively)
    Town(lively, next(NUMBERS)).live(plan)
    items = told(lively)
    lively.clock.wait(minutes=30)
    outcomes = []
    forget(lively, kept)
    for item in items:
        arrive(lively, [item])
        settle(lively)
    end(lively)
    outcomes.append(comparable(lively))
    forget(lively, kept)
    tell_anyhow(lively, items, rng, cut)
    outcomes.append(comparable(lively))
    clean, shuffled = outcomes
    for line in sorted(set(clean) ^ set(shuffled)):
        note(("clean: " if line in clean else "mixed: ") + line)

    assert shuffled == clean


@given(before=PLANS, after=PLANS, seed=st.integers(0, 999), cut=st.integers(1, 5))
@example(before=[("signs up", 0, 0)], after=MERGED, seed=1, cut=2)
@FAST
def test_in_whatever_order_nothing_of_the_erased_comes_back(
    opened, before, after, seed, cut
):
    """They live on in Mautic, are merged, deleted and made anew; all is told again."""
    lively, rng = opened(), Random(seed)
    begun(lively)
    town = Town(lively, next(NUMBERS))
    town.live([("signs up", 0, 0)])
    old = town.visitors[0].contact_id
    town.live(before)
    end(lively)
    with lively.parts.store.view() as unit:
        person = unit.people.load(lively.person(old))
        erased = unit.people.contacts_of(person.id)
    theirs = {one.key for one in person.events}
    items = told(lively)
    erase(lively.parts, person.id)
    lively.clock.wait(hours=1)
    town.live(after)
    items += told(lively)
    lively.clock.wait(minutes=30)
    tell_anyhow(lively, items, rng, cut)

    with lively.parts.store.view() as unit:
        assert unit.people.current(erased) == set()
        assert unit.history.has(theirs) == set()
