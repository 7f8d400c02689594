"""Who is erased is nowhere any more, whatever there was and whatever comes late."""

from dataclasses import replace
from itertools import permutations

import pytest

from plugin.pipeline import erasures
from plugin.pipeline.erase import erase, survey
from plugin.pipeline.pull import Pull
from plugin.pipeline.spool import Spool, drain
from plugin.store import InboxState
from plugin.store.tables import metadata
from tests.contract.rights.office import (
    ANNA,
    ANNA_BEFORE,
    BERT,
    CEES,
    Human,
    body,
    form,
    hit,
    mailed,
    saved,
    vanished,
)

ABOUT = (hit, form, saved, mailed)


def live(office):
    """Let three people, one of them under two ids, do all there is, everywhere."""
    now = office.clock()
    for make in ABOUT:
        for some in ((ANNA, BERT), (ANNA_BEFORE,), (CEES, ANNA), (BERT, CEES)):
            items = [make(who, office.number(), now) for who in some]
            office.arrive(body(items))
        office.work()
        now = office.clock.wait(hours=1)
    office.merge(ANNA_BEFORE, ANNA)
    with office.parts.store.unit() as unit:
        unit.people.merge(CEES.id, ANNA.id, now, "a mistake")
        unit.people.unmerge(CEES.id, now, f"not contact {ANNA.id}")
        unit.audit.add(now, "someone", "contact.viewed", f"contact:{ANNA.id}", {})
    friend = form(BERT, office.number(), now, friend=ANNA.email.upper())
    office.arrive(body([friend, hit(ANNA, office.number(), now)]))
    office.arrive(b'{"mautic.page_on_hit": [{"hit": {"lead": {"id": 918273645')
    office.work()
    office.arrive(body([hit(ANNA, office.number(), now), saved(BERT, 0, now)]))
    office.spool(body([hit(ANNA, office.number(), now)]))
    office.spool(body([hit(CEES, office.number(), now), saved(ANNA, 0, now)]))


def words():
    return ANNA.words | ANNA_BEFORE.words


def told_of(rows):
    """Write what is held of others: an address that they once gave is Anna's."""
    merged = f"merged into {ANNA.id}"
    kept = str(rows).replace(ANNA.email.upper(), "[erased]")
    return kept.replace(merged, "merged into [erased]")


def raw(office, who):
    """List every raw item about somebody, wherever it waits."""
    told = [text for _, text in office.traces(str(who.id))]
    return sum(text.count(str(who.id)) for text in told if text.startswith("{"))


def test_nothing_anywhere_says_who_it_was(office):
    live(office)
    before = office.traces(*words())
    erase(office.parts, ANNA.id)
    office.work()

    assert {place.split(".")[0] for place, _ in before} > {
        "bodies", "events", "contacts", "people", "outbox", "links", "audit"
    }  # fmt: skip
    assert office.traces(*words()) == []


def test_what_is_asked_on_a_page_is_done_by_a_worker(office):
    live(office)
    erasures.ask(office.parts, ANNA.id, "mautic-user:1")
    erasures.ask(office.parts, ANNA.id, "mautic-user:2")
    with office.parts.store.view() as unit:
        assert erasures.asked_at(unit, ANNA.id) == office.clock()
    done = erasures.go_on(office.parts)
    office.work()

    assert done == 1
    assert office.traces(*words()) == []
    with office.parts.store.view() as unit:
        (proof,) = [one for one in unit.audit.list() if one.action == "person.erased"]
        assert proof.actor == "mautic-user:1"
        assert unit.marks.starting("erasure.asked:") == {}
    assert erasures.go_on(office.parts) == 0


def test_a_worker_that_was_killed_after_the_erasing_only_forgets_the_wish(office):
    live(office)
    erasures.ask(office.parts, ANNA.id, "mautic-user:1")
    erase(office.parts, ANNA.id)
    erasures.go_on(office.parts)

    with office.parts.store.view() as unit:
        assert erasures.asked_at(unit, ANNA.id) is None
    assert office.ids(BERT) == [BERT.id]


def test_others_are_as_they_were(office):
    live(office)
    before = {who: office.held(who) for who in (BERT, CEES)}
    told = {who: raw(office, who) for who in (BERT, CEES)}
    erase(office.parts, ANNA.id)

    for who in (BERT, CEES):
        after = office.held(who)
        for part in before[who].keys() - {"merges", "audit"}:
            assert str(after[part]) == told_of(before[who][part]), part
        assert raw(office, who) == told[who]
        assert [one["action"] for one in after["audit"]] == [
            one["action"] for one in before[who]["audit"]
        ]


def test_what_waited_of_others_is_counted_afterwards(office):
    live(office)
    erase(office.parts, ANNA.id)
    drain(office.parts)
    office.work()

    with office.parts.store.view() as unit:
        assert unit.people.load(CEES.id).events[-1].contact_id == CEES.id
        assert unit.inbox.depth() == {}
    assert Spool(office.parts.settings.spool).waiting() == []
    assert office.traces(*words()) == []


@pytest.mark.parametrize("make", [*ABOUT, vanished], ids=lambda one: one.__name__)
@pytest.mark.parametrize("who", [ANNA, ANNA_BEFORE], ids=["winner", "loser"])
def test_what_comes_late_brings_nobody_back(office, make, who):
    live(office)
    erase(office.parts, ANNA.id)
    at = office.clock.wait(days=3)
    office.arrive(
        body([make(who, office.number(), at), saved(BERT, office.number(), at)])
    )
    office.work()

    assert office.ids(ANNA) == office.ids(ANNA_BEFORE) == []
    assert office.traces(*words()) == []
    assert office.ids(BERT) == [BERT.id]


def test_an_old_picture_under_an_id_never_heard_of_is_them_too(office):
    live(office)
    long_ago = office.clock.at
    office.clock.wait(hours=1)
    erase(office.parts, ANNA.id)
    other = type(ANNA)(888222444, ANNA.email, ANNA.first, ANNA.last)
    office.arrive(body([saved(other, 0, long_ago), hit(other, 4711, long_ago)]))
    office.work()

    assert office.ids(other) == []
    assert office.traces(*words(), str(other.id)) == []


#: The same contact before Mautic knew whose it was.
NEW = Human(888222444, ANNA.email, ANNA.first, ANNA.last)
ANONYMOUS = Human(NEW.id, "", "", "")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_an_unknown_id_turns_out_to_be_theirs(office, order):
    """A hit tells nothing, a later one neither: the save between shows the address."""
    live(office)
    long_ago = office.clock.at
    office.clock.wait(hours=1)
    erase(office.parts, ANNA.id)
    at = office.clock.wait(hours=1)
    told = [hit(ANONYMOUS, 1, long_ago), saved(NEW, 0, long_ago), hit(NEW, 2, at)]
    for number in order:
        office.arrive(body([told[number], saved(BERT, 0, at)]))
        office.work()
    erasures.go_on(office.parts)
    office.work()

    assert office.ids(NEW) == []
    assert office.traces(*words(), str(NEW.id)) == []
    assert office.ids(BERT) == [BERT.id]


def test_a_late_form_by_an_unknown_contact_is_known_by_what_it_says(office):
    """As recorded (visitor-merge-3): the contact comes without its address."""
    live(office)
    long_ago = office.clock.at
    office.clock.wait(hours=1)
    erase(office.parts, ANNA.id)
    trigger, item = form(NEW, 4712, long_ago)
    item["submission"]["lead"] = ANONYMOUS.contact()
    office.arrive(body([hit(ANONYMOUS, 1, long_ago)]))
    office.work()
    office.arrive(body([(trigger, item)]))
    office.work()
    erasures.go_on(office.parts)

    assert office.ids(NEW) == []
    assert office.traces(*words(), str(NEW.id)) == []


def test_who_only_speaks_of_the_erased_stays(office):
    live(office)
    long_ago = office.clock.at
    office.clock.wait(hours=1)
    erase(office.parts, ANNA.id)
    trigger, item = form(NEW, 4712, long_ago, email="new@kunst.example")
    item["submission"]["lead"] = ANONYMOUS.contact()
    item["submission"]["results"]["friend"] = ANNA.email
    office.arrive(body([(trigger, item)]))
    office.work()
    erasures.go_on(office.parts)

    assert office.ids(NEW) == [NEW.id]


def test_who_had_another_address_before_the_erasure_is_somebody_else(office):
    """They once had hers, as an old picture says; that makes them no part of her."""
    live(office)
    at = office.clock()
    office.clock.wait(hours=1)
    erase(office.parts, ANNA.id)
    before = Human(BERT.id, ANNA.email, BERT.first, BERT.last)
    office.arrive(body([saved(before, 0, at)]))
    office.work()
    erasures.go_on(office.parts)

    assert office.ids(BERT) == [BERT.id]


def test_who_comes_back_of_their_own_is_somebody_new(office):
    live(office)
    erase(office.parts, ANNA.id)
    at = office.clock.wait(days=3)
    again = type(ANNA)(888222444, ANNA.email, ANNA.first, ANNA.last)
    office.arrive(body([form(again, 4711, at)]))
    office.work()

    with office.parts.store.view() as unit:
        person = unit.people.load(again.id)
    assert [event.key for event in person.events] == ["form:4711"]
    assert office.traces(str(ANNA.id), str(ANNA_BEFORE.id)) == []


def test_a_merge_of_an_erased_contact_that_is_heard_of_late_joins_nobody(office):
    live(office)
    erase(office.parts, ANNA.id)
    before = office.held(CEES)["history"]
    with office.parts.store.unit() as unit:
        unit.people.merge(ANNA.id, CEES.id, office.clock(), "Mautic says so")
    office.work()
    erasures.go_on(office.parts)

    assert office.ids(ANNA) == []
    assert office.traces(*words()) == []
    assert before
    assert office.held(CEES)["history"] == before


@pytest.mark.parametrize("first", ["rows", "merge"])
def test_the_past_of_the_erased_does_not_come_back_with_who_goes_on(office, first):
    """Merging, Mautic moves the rows of the erased contact to the one it keeps."""
    live(office)
    past = office.clock()
    office.clock.wait(hours=1)
    erase(office.parts, ANNA.id)
    at = office.clock.wait(days=3)
    again = Human(NEW.id, "ann@elsewhere.example", "Ann", "V")
    office.arrive(body([form(again, 4711, at)]))
    office.work()
    moved = [hit(again, 100_000_001, past), hit(again, 99, at)]
    told = office.parts.sources["mautic"].parse(body(moved), at)

    def pull():
        Pull(office.parts).keep(events=told.events)

    def merge():
        with office.parts.store.unit() as unit:
            unit.people.merge(ANNA.id, again.id, office.clock(), "Mautic says so")

    for step in (pull, merge) if first == "rows" else (merge, pull):
        step()
    with office.parts.store.unit() as unit:
        unit.history.recall(told.events)
    later = Human(NEW.id + 1, "later@elsewhere.example", "Ann", "V")
    with office.parts.store.unit() as unit:
        unit.people.merge(again.id, later.id, office.clock(), "once more")
        elsewhere = [replace(one, contact_id=later.id) for one in told.events]
        unit.history.append(elsewhere, office.clock())
        person = unit.people.load(later.id)

    assert [event.key for event in person.events] == ["form:4711", "hit:99"]


@pytest.mark.parametrize("when", ["alone", "won", "lost"])
def test_who_merges_into_the_erased_is_erased(office, when):
    """Mautic makes them one: whatever comes under either id is of the erased."""
    live(office)
    erased = erase(office.parts, ANNA.id)
    with office.parts.store.unit() as unit:
        if when != "alone":
            pair = (BERT.id, CEES.id) if when == "won" else (CEES.id, BERT.id)
            unit.people.merge(*pair, office.clock(), "they are one")
        unit.people.merge(CEES.id, ANNA.id, office.clock(), "Mautic says so")
    office.work()
    with office.parts.store.view() as unit:
        is_written_to = unit.people.load(CEES.id).contact_id is not None
    erasures.go_on(office.parts)
    office.work()
    office.arrive(body([hit(CEES, 4711, office.clock())]))
    office.work()

    assert not is_written_to
    assert office.ids(CEES) == []
    assert office.traces(str(CEES.id), CEES.email) == []
    assert office.ids(BERT) == ([] if when == "won" else [BERT.id])
    with office.parts.store.view() as unit:
        assert unit.tombstones.find(str(CEES.id))[0] == erased.name


def test_the_audit_still_says_what_was_done_and_when(office):
    live(office)
    done = erase(office.parts, ANNA.id, actor="a test")
    office.work()

    with office.parts.store.view() as unit:
        lines = unit.audit.list(f"erased:{done.name}")
    actions = [one.action for one in lines]
    (proof,) = (one for one in lines if one.action == "person.erased")
    (handed, *_) = (one for one in lines if one.action == "candidate.handed_over")
    assert {"contact.viewed", "contact.merged", "erasure.passed_on"} <= set(actions)
    assert (proof.actor, proof.at) == ("a test", office.clock())
    assert proof.detail["rows"]["events"] > 0
    assert handed.detail["mappings"] == office.parts.mappings.version
    assert "ref" not in handed.detail


def test_the_ats_is_told_once_and_forgets_them(office):
    live(office)
    markers = [f"mautic:tests:{one.id}" for one in (ANNA, ANNA_BEFORE)]
    there = [one for one in markers if one in office.ats.people]
    erase(office.parts, ANNA.id)
    office.work()
    taken = [one for one in office.ats.seen if one.startswith("erase:")]
    office.clock.wait(hours=1)
    office.work()

    assert there
    assert not set(markers) & office.ats.people.keys()
    assert f"mautic:tests:{BERT.id}" in office.ats.people
    assert [one for one in office.ats.seen if one.startswith("erase:")] == taken
    assert len(taken) == len(there)


def test_looking_changes_nothing_and_says_what_goes(office):
    live(office)
    before = list(office.everything())
    found = survey(office.parts, ANNA.id)
    assert list(office.everything()) == before

    done = erase(office.parts, ANNA.id).survey
    assert done == found
    assert done.deleted
    assert done.redacted
    assert (done.files, done.told) == (2, ("ats:webhook",))


def test_what_a_worker_had_in_hand_is_not_kept(office):
    """It claimed the delivery before, and commits after: the tombstone is there."""
    live(office)
    seen = []
    parts = office.parts
    at = office.clock.wait(days=1)
    office.arrive(body([hit(who, office.number(), at) for who in (ANNA, BERT)]))
    with parts.store.unit() as unit:
        (item, *_) = unit.inbox.claim(10, at, 60.0)[-1:]
    erase(parts, ANNA.id)
    with parts.store.unit() as unit:
        seen.append(unit.inbox.get(item.id).body)
        unit.inbox.retry(item.claim, at, "the worker died")
    office.work()

    assert office.traces(*words()) == []
    with parts.store.view() as unit:
        assert unit.inbox.get(item.id).state is InboxState.DONE


#: Tables that are nobody's: a new one has to be thought about here.
OF_NOBODY = {"content", "bursts", "marks", "owned", "audit", "tombstones"} | {
    "bodies",
    "budgets",
    "deliveries",
    "leases",
    "mailings",
    # names and numbers of Mautic's rows, for as long as they are looked for
    "awaited",
    "gaps",
}


def test_every_table_is_somebodys_or_nobodys():
    """A table that names a contact or a person is erased by that; others say why not.

    Deliveries and the audit are read line by line, as the tests above see.
    """
    named = {
        table.name
        for table in metadata.sorted_tables
        if {"contact_id", "person_id", "winner"} & set(table.c.keys())
    }

    assert named.isdisjoint(OF_NOBODY)
    assert named | OF_NOBODY >= {table.name for table in metadata.sorted_tables}


def test_what_is_pulled_of_the_past_brings_nobody_back(office):
    """Reconcile and backfill find them in Mautic's tables, as long as it has them."""
    live(office)
    erase(office.parts, ANNA.id)
    at = office.clock.wait(days=1)
    source = office.parts.sources["mautic"]
    told = source.parse(body([hit(ANNA, 99, at), saved(ANNA, 0, at)]), at)
    Pull(office.parts).keep(events=told.events, profiles=told.profiles)
    with office.parts.store.unit() as unit:
        unit.people.see_profiles(told.profiles)
        assert not unit.history.recall(told.events)
    office.work()

    assert office.traces(*words()) == []
