"""Mautic is down, slow, busy or refuses us: everything is right afterwards."""

import json

import pytest

from plugin.errors import Retryable
from plugin.pipeline import dispatch
from plugin.pipeline.writes import CONTACT, MAUTIC
from plugin.store import OutboxState
from tests.contract.pipeline.test_write_back import (
    contacts,
    identify,
    open_writes,
    send_as_claimed,
)
from tests.support.line import Fault

BATCH = "/api/contacts/batch"


def wait_out(house, minutes=10):
    """Let time pass, working every half a minute as the tick does."""
    for _ in range(minutes * 2):
        house.clock.wait(seconds=30)
        house.deliver()


def all_right(house, ids):
    assert {house.value(one, "stdc_phase") for one in ids} == {"see"}
    assert open_writes(house) == []


def every_method(house, **fault):
    for method in ("GET", "POST", "PATCH"):
        house.line.faults.append(Fault(method, "/api", times=None, **fault))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_after_an_outage_of_ten_minutes_all_is_right_within_one(house, status):
    ids = contacts(house, 5)
    identify(house, ids)
    house.line.fail(status, times=None)
    house.deliver()
    wait_out(house)

    house.line.mend()
    wait_out(house, minutes=1)

    all_right(house, ids)


def test_while_it_is_down_it_is_asked_once_a_minute_and_not_for_each_write(house):
    ids = contacts(house, 100)
    identify(house, ids)
    house.line.fail(503, times=None)
    house.line.calls.clear()
    wait_out(house, minutes=30)

    assert house.line.patches() <= 35
    assert house.outbox(OutboxState.PARKED) == []


def test_a_weekend_of_outage_parks_nothing(house):
    ids = contacts(house, 2)
    identify(house, ids)
    house.line.fail(503, times=None)
    for _ in range(200):
        house.clock.wait(minutes=20)
        house.deliver()

    house.line.mend()
    wait_out(house, minutes=1)

    all_right(house, ids)


def test_it_is_left_alone_for_as_long_as_it_asks(house):
    ids = contacts(house, 3)
    identify(house, ids)
    house.line.fail(429, Retry_After="600")
    house.deliver()
    house.line.calls.clear()
    wait_out(house, minutes=9)
    asked_too_soon = len(house.line.calls)
    wait_out(house, minutes=2)

    assert asked_too_soon == 0
    all_right(house, ids)


def test_the_success_of_another_worker_ends_no_pause(house):
    """A's batch was under way when B was asked to wait for ten minutes."""
    ids = contacts(house, 3)
    identify(house, ids)
    under_way = dispatch.claim(house.parts, MAUTIC, 1, [CONTACT])
    house.line.fail(429, Retry_After="600")
    house.deliver()
    send_as_claimed(house, under_way)
    house.line.calls.clear()
    wait_out(house, minutes=9)
    asked_too_soon = len(house.line.calls)
    wait_out(house, minutes=2)

    assert asked_too_soon == 0
    all_right(house, ids)


def test_a_shorter_pause_takes_the_place_of_no_longer_one(house):
    ids = contacts(house, 3)
    identify(house, ids)
    first, second = (
        dispatch.claim(house.parts, MAUTIC, 1, [CONTACT]) for _ in range(2)
    )
    for items, seconds in ((first, 600.0), (second, 5.0)):
        busy = Retryable("HTTP 429", after_seconds=seconds)
        with house.parts.store.unit() as unit:
            dispatch.pause(house.parts, unit, items, busy)
    house.line.calls.clear()
    wait_out(house, minutes=9)

    assert house.line.calls == []


def test_after_a_pause_one_worker_tries_with_one_write(house):
    ids = contacts(house, 30)
    identify(house, ids)
    house.line.fail(503)
    house.deliver()
    house.clock.wait(minutes=1)
    probe = dispatch.claim(house.parts, MAUTIC, 200, [CONTACT])
    others = dispatch.claim(house.parts, MAUTIC, 200, [CONTACT])
    send_as_claimed(house, probe)
    rest = dispatch.claim(house.parts, MAUTIC, 200, [CONTACT])

    assert (len(probe), len(others), len(rest)) == (1, 0, 29)


def test_who_dies_while_trying_holds_up_nobody_for_long(house):
    ids = contacts(house, 3)
    identify(house, ids)
    house.line.fail(503)
    house.deliver()
    house.clock.wait(minutes=1)
    assert dispatch.claim(house.parts, MAUTIC, 200, [CONTACT])

    house.clock.wait(seconds=dispatch.LEASE_SECONDS)
    house.deliver()

    all_right(house, ids)


def test_trying_for_people_who_are_gone_proves_nothing(house):
    """Nothing is sent for them, so the next one tries."""
    ids = contacts(house, 3)
    identify(house, ids)
    house.line.fail(503)
    house.deliver()
    house.clock.wait(minutes=1)
    with house.parts.store.unit() as unit:
        unit.people.delete(ids[0], house.clock(), "a test")
    house.line.fail(503)
    house.deliver()
    house.line.calls.clear()
    house.deliver()
    asked_again = len(house.line.calls)
    house.clock.wait(minutes=1)
    house.deliver()

    assert asked_again == 0
    assert {house.value(one, "stdc_phase") for one in ids[1:]} == {"see"}


def test_an_answer_that_got_lost_is_no_harm(house):
    ids = contacts(house, 5)
    identify(house, ids)
    house.line.drop("after")
    house.deliver()
    wait_out(house, minutes=1)

    all_right(house, ids)
    # the one that got lost, one that tries, and the rest
    assert house.line.patches() == 3


def test_no_answer_in_time_is_tried_again(house):
    ids = contacts(house, 3)
    identify(house, ids)
    house.line.faults.append(Fault("PATCH", BATCH, seconds=3.0))
    house.deliver()
    wait_out(house, minutes=1)

    all_right(house, ids)


@pytest.mark.parametrize("how", ["no answer", "504"])
def test_a_batch_that_takes_too_long_is_sent_smaller_and_then_larger_again(house, how):
    """Mautic gets through thirty contacts in time, and later through all."""
    ids = contacts(house, 150)
    identify(house, ids)
    sizes = []
    send = house.parts.mautic.contacts.send_batch

    def slow(items):
        sizes.append(len(items))
        if len(items) > 30:
            if how == "504":
                house.line.fail(504)
            else:
                house.line.faults.append(Fault("PATCH", BATCH, seconds=2.2))
        return send(items)

    house.parts.mautic.contacts.send_batch = slow
    wait_out(house, minutes=4)
    shrunk = [one for one in sizes if one > 1]
    written = {house.value(one, "stdc_phase") for one in ids}
    house.line.mend()
    house.parts.mautic.contacts.send_batch = send
    more = [house.contact(email=f"more{number}@example.com") for number in range(150)]
    identify(house, more)
    wait_out(house, minutes=4)

    assert shrunk[:4] == [150, 100, 50, 25]
    assert written == {"see"}
    assert house.parts.batch.limit == 200
    all_right(house, more)


def test_a_mautic_that_breaks_on_everything_is_down(house):
    ids = contacts(house, 20)
    identify(house, ids)
    for method in ("GET", "PATCH"):
        house.line.fail(500, method, "/api", times=None)
    house.line.calls.clear()
    house.deliver()
    wait_out(house, minutes=180)
    parked = house.outbox(OutboxState.PARKED)
    asked = len(house.line.calls)

    house.line.mend()
    wait_out(house, minutes=2)

    assert parked == []
    assert asked <= 2 * 200
    all_right(house, ids)


def test_a_mautic_that_can_only_be_read_is_waited_for(house):
    """It breaks on every write, so that it breaks on one says nothing of that one."""
    ids = contacts(house, 20)
    identify(house, ids)
    house.line.fail(500, path="/api/contacts", times=None)
    house.deliver()
    wait_out(house, minutes=120)
    parked = house.outbox(OutboxState.PARKED)

    house.line.mend()
    wait_out(house, minutes=16)

    assert parked == []
    all_right(house, ids)


def test_one_contact_that_mautic_always_breaks_on_waits_alone(house):
    bad, *good = contacts(house, 6)
    identify(house, [bad, *good])
    break_contacts(house, [bad])
    house.deliver()

    assert {house.value(one, "stdc_phase") for one in good} == {"see"}
    (waiting,) = open_writes(house)
    assert waiting.person_id == bad


@pytest.mark.parametrize(("bad", "good"), [(1, 5), (2, 0), (8, 40), (60, 60)], ids=str)
def test_any_number_of_bad_contacts_hold_up_no_good_one(house, bad, good):
    ids = contacts(house, bad + good)
    identify(house, ids)
    broken, sound = ids[:bad], ids[bad:]
    break_contacts(house, broken)
    house.line.calls.clear()
    wait_out(house, minutes=4)

    assert {house.value(one, "stdc_phase") for one in sound} <= {"see"}
    assert house.line.patches() < 16 * bad + 30
    later = house.contact(email="later@example.com")
    identify(house, [later])
    wait_out(house, minutes=1)
    assert house.value(later, "stdc_phase") == "see"

    wait_out(house, minutes=40)
    parked = house.outbox(OutboxState.PARKED)
    assert sorted(one.person_id for one in parked) == broken
    assert all("HTTP 500" in one.last_error for one in parked)
    assert len(open_writes(house)) == bad
    assert house.line.patches() < 32 * bad + 30


def test_bad_contacts_are_parked_also_where_all_others_were_written_at_once(house):
    ids = contacts(house, 12)
    identify(house, ids)
    break_contacts(house, ids[:4])
    wait_out(house, minutes=40)

    parked = house.outbox(OutboxState.PARKED)
    assert sorted(one.person_id for one in parked) == ids[:4]


def test_bad_contacts_between_good_ones_hold_up_none_of_them(house):
    ids = contacts(house, 150)
    identify(house, ids)
    break_contacts(house, ids[::2])
    house.line.calls.clear()
    wait_out(house, minutes=3)

    assert {house.value(one, "stdc_phase") for one in ids[1::2]} == {"see"}
    assert house.line.patches() < 12 * 75


def test_bad_contacts_and_nobody_else_are_parked_in_the_end(house):
    ids = contacts(house, 2)
    identify(house, ids)
    break_contacts(house, ids)
    wait_out(house, minutes=60)
    early = house.outbox(OutboxState.PARKED)
    wait_out(house, minutes=420)

    assert early == []
    assert len(house.outbox(OutboxState.PARKED)) == 2


def break_contacts(house, contact_ids):
    """Let Mautic break on whoever touches these."""
    for one in contact_ids:
        house.mautic.state.contacts[one].tags = None


def test_an_expired_token_is_renewed_and_costs_no_write(house):
    ids = contacts(house, 3)
    identify(house, ids)
    house.deliver()
    house.clock.wait(days=1)
    house.mautic.expire_tokens()
    more = [house.contact(email=f"more{number}@example.com") for number in range(3)]
    identify(house, more)

    done = house.deliver()

    assert done.retried == 0
    all_right(house, [*ids, *more])


def test_who_may_not_write_notes_still_writes_contacts(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    lively.line.fail(403, "POST", "/api/notes", times=None)
    lively.work()
    other = lively.visitor(email="joris@example.com")
    lively.sign_up(other, "joris@example.com")
    lively.work()

    assert lively.value(other.contact_id, "stdc_phase") == "do"
    assert lively.line.count("POST", "/api/notes") == 1

    lively.line.mend()
    wait_out(lively)

    assert len(lively.notes(visitor.contact_id)) == 1
    assert len(lively.notes(other.contact_id)) == 1


def test_a_note_that_we_may_not_write_holds_up_no_phase(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.line.fail(403, "POST", "/api/notes", times=None)
    lively.interest(visitor, days=3)
    lively.work()
    lively.sign_up(visitor, "sanne@example.com")
    lively.work()

    assert lively.phases(visitor.contact_id) == ["see", "think", "do"]
    assert lively.value(visitor.contact_id, "stdc_phase") == "do"
    waiting = [one.kind for one in open_writes(lively)]
    assert waiting == ["note", "note"]


def test_notes_that_we_may_not_write_are_parked_after_a_day_and_taken_up_again(lively):
    people = [lively.visitor(email=f"p{one}@example.com") for one in range(3)]
    lively.line.fail(403, "POST", "/api/notes", times=None)
    for number, one in enumerate(people):
        lively.sign_up(one, f"p{number}@example.com")
    lively.work()
    wait_out(lively, minutes=60)
    early = lively.outbox(OutboxState.PARKED)
    lively.clock.wait(days=1)
    lively.work()
    parked = lively.outbox(OutboxState.PARKED)

    assert early == []
    assert [one.kind for one in parked] == ["note"] * 3
    assert all("HTTP 403" in one.last_error for one in parked)
    assert all("Mautic > Roles" in one.last_error for one in parked)
    assert lively.line.count("POST", "/api/notes") < 20

    lively.line.mend()
    with lively.parts.store.unit() as unit:
        unit.outbox.replay([one.id for one in parked], lively.clock())
    wait_out(lively, minutes=6)

    assert [len(lively.notes(one.contact_id)) for one in people] == [1, 1, 1]
    assert open_writes(lively) == []


@pytest.mark.parametrize("status", [401, 503])
def test_notes_are_not_parked_when_it_is_not_their_right(lively, status):
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    lively.line.fail(status, "POST", "/api/notes", times=None)
    for _ in range(5):
        lively.work()
        lively.clock.wait(days=1)

    assert lively.outbox(OutboxState.PARKED) == []


def test_while_mautic_is_away_deliveries_are_processed_all_the_same(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    every_method(lively, drop="before")
    lively.work()
    lively.interest(visitor, days=2)
    lively.work()

    assert lively.state(visitor.contact_id).phase == "do"
    (contact,) = [one for one in open_writes(lively) if one.kind == "contact"]
    assert contact.payload["stage"] == "do"


def test_parked_deliveries_are_replayed_without_loss_or_double(lively):
    """A form that cannot be read has good neighbours; mended, it counts once."""
    visitor = lively.visitor(email="sanne@example.com")
    lively.process()
    at = lively.clock().isoformat()
    lead = {"id": visitor.contact_id, "fields": {}}
    hit = {"id": 901, "dateHit": at, "url": "https://x.example/blog/1", "lead": lead}
    body = {
        "mautic.page_on_hit": [
            {"hit": hit, "timestamp": at},
            {"hit": {**hit, "id": "none"}, "timestamp": at},
        ]
    }
    assert lively.post(json.dumps(body).encode()) == 200
    lively.process()
    events = lively.events()
    with lively.parts.store.view() as unit:
        (parked,) = unit.inbox.list("parked")
    for _ in range(2):
        with lively.parts.store.unit() as unit:
            assert unit.inbox.replay([parked.id]) == 1
        lively.process()

    assert "page_on_hit[1]" in parked.reason
    assert lively.events() == events
    with lively.parts.store.view() as unit:
        assert [one.id for one in unit.inbox.list("parked")] == [parked.id]
        keys = {one.key for one in unit.people.load(visitor.contact_id).events}
    assert "hit:901" in keys


def test_everything_replayed_comes_to_the_same(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.interest(visitor, days=3)
    lively.sign_up(visitor, "sanne@example.com")
    lively.work()
    before, patches = lively.dump(), lively.line.patches()
    notes = lively.notes(visitor.contact_id)
    with lively.parts.store.unit() as unit:
        everything = [item.id for item in unit.inbox.list(limit=1000)]
        assert unit.inbox.replay(everything) == len(everything)
    lively.work()

    assert lively.dump() == before
    assert lively.line.patches() == patches
    assert lively.notes(visitor.contact_id) == notes
