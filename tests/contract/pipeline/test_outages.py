"""Mautic is down, slow, busy or refuses us: everything is right afterwards."""

import json

import pytest

from plugin.store import OutboxState
from tests.contract.pipeline.test_write_back import contacts, identify, open_writes
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


def test_an_answer_that_got_lost_is_no_harm(house):
    ids = contacts(house, 5)
    identify(house, ids)
    house.line.drop("after")
    house.deliver()
    wait_out(house, minutes=1)

    all_right(house, ids)
    assert house.line.patches() == 2


def test_no_answer_in_time_is_tried_again(house):
    ids = contacts(house, 3)
    identify(house, ids)
    house.line.faults.append(Fault("PATCH", BATCH, seconds=3.0))
    house.deliver()
    wait_out(house, minutes=1)

    all_right(house, ids)


def test_a_mautic_that_breaks_on_everything_is_down(house):
    ids = contacts(house, 20)
    identify(house, ids)
    house.line.fail(500, path="/api/contacts", times=None)
    house.deliver()
    wait_out(house, minutes=10)
    parked = house.outbox(OutboxState.PARKED)

    house.line.mend()
    wait_out(house, minutes=1)

    assert parked == []
    all_right(house, ids)


def test_one_contact_that_mautic_always_breaks_on_waits_alone(house):
    bad, *good = contacts(house, 6)
    identify(house, [bad, *good])
    house.mautic.state.contacts[bad].tags = None  # whoever touches it, breaks
    house.deliver()

    assert {house.value(one, "stdc_phase") for one in good} == {"see"}
    (waiting,) = open_writes(house)
    assert waiting.person_id == bad


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
