"""Back into Mautic: batches, one bad contact, merged and deleted ones, notes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from werkzeug.wrappers import Response

from plugin.pipeline import deliver_mautic, dispatch, writes
from plugin.pipeline.rescore import rescore
from plugin.pipeline.writes import CONTACT, MAUTIC
from plugin.store import OutboxState, OutboxWrite
from tests.support.line import Fault
from webhooks.events import Event, EventType
from webhooks.sources.base import ProfileSeen


def identify(house, contact_ids, *, known=True):
    """Let some contacts come into view, as their first webhook does."""
    now = house.clock()
    with house.parts.store.unit() as unit:
        if known:
            unit.people.see_profiles(
                ProfileSeen(
                    contact_id=one, seen_at=now, key="", email=f"p{one}@example.com"
                )
                for one in contact_ids
            )
        unit.history.append(
            (
                Event(
                    key=f"identified:{one}",
                    type=EventType.CONTACT_IDENTIFIED,
                    contact_id=one,
                    occurred_at=now,
                )
                for one in contact_ids
            ),
            now,
        )
        people = unit.people.persons_of(contact_ids, now).values()
        rescore(house.parts, unit, people, as_of=now)


def contacts(house, count):
    return [house.contact(email=f"p{number}@example.com") for number in range(count)]


def open_writes(house):
    """List what is not done, resolves left out."""
    return [one for one in house.outbox() if one.done_at is None]


def test_two_hundred_contacts_are_one_request(house):
    ids = contacts(house, 201)
    identify(house, ids)
    house.line.calls.clear()

    house.deliver()

    assert house.line.patches() == 2
    assert {house.value(one, "stdc_phase") for one in ids} == {"see"}
    assert house.tags(ids[0]) == {"stdc-see"}
    assert open_writes(house) == []


def test_one_bad_contact_does_not_hold_up_the_others(house):
    ids = contacts(house, 200)
    identify(house, ids)
    with house.parts.store.unit() as unit:
        (item,) = unit.outbox.list(person_id=ids[77])
        fields = {**item.payload["fields"], "stdc_phase": "nosuch"}
        unit.outbox.discard([item.id], house.clock(), "to put a bad one in its place")
        unit.outbox.put(
            OutboxWrite(
                destination="mautic",
                kind="contact",
                person_id=ids[77],
                payload={**item.payload, "fields": fields},
                key="bad",
                supersedes=item.supersedes,
            )
        )

    done = house.deliver()

    assert (done.done, done.parked) == (199, 1)
    assert [house.value(one, "stdc_phase") for one in ids].count("see") == 199
    (parked,) = house.outbox(OutboxState.PARKED)
    assert parked.person_id == ids[77]
    assert f"contact {ids[77]}" in parked.last_error
    assert "stdc_phase" in parked.last_error


def test_who_was_merged_away_is_found_and_the_winner_written_to(house):
    winner, loser = contacts(house, 2)
    identify(house, [winner, loser])
    house.mautic.merge(winner, loser)

    house.deliver()

    assert house.person(loser) == winner
    assert house.value(winner, "stdc_phase") == "see"
    assert house.value(winner, "stdc_link").endswith(f"/contacts/{winner}")
    assert open_writes(house) == []


def test_tags_that_a_merge_brought_along_are_taken_off(house):
    winner, loser = contacts(house, 2)
    house.api("PATCH", f"/contacts/{loser}/edit", {"tags": ["stdc-think", "vip"]})
    identify(house, [winner, loser])
    house.deliver()
    house.mautic.merge(winner, loser)
    with house.parts.store.unit() as unit:
        unit.outbox.put(writes.resolve(loser, "test"))

    house.deliver()

    assert house.tags(winner) == {"stdc-see", "vip"}


def test_who_was_deleted_is_written_to_no_more(house):
    here, gone = contacts(house, 2)
    identify(house, [here, gone])
    house.api("DELETE", f"/contacts/{gone}/delete")

    house.deliver()
    house.clock.wait(minutes=1)
    house.deliver()
    house.line.calls.clear()
    house.clock.wait(days=1)
    identify(house, [gone])
    house.deliver()

    assert house.value(here, "stdc_phase") == "see"
    assert house.line.calls == []
    assert open_writes(house) == []
    with house.parts.store.view() as unit:
        assert unit.people.load(gone).contact_id is None
        (entry,) = unit.audit.list(f"contact:{gone}")
    assert entry.action == "contact.deleted"


def test_a_mere_visitor_is_not_written_to(house):
    visitor = house.mautic.visitor()
    visitor.visit_url("https://www.example.org/blog/1")
    identify(house, [visitor.contact_id], known=False)
    house.line.calls.clear()

    house.deliver()

    assert house.state(visitor.contact_id).phase == "see"
    assert house.line.calls == []


def test_an_overtaken_write_is_never_sent(lively):
    visitor = lively.visitor(email="sanne@example.com")
    visitor.visit_page("podcast-zero-trust")
    lively.process()
    lively.line.drop("before")
    lively.deliver()
    lively.sign_up(visitor, "sanne@example.com")
    lively.process()
    lively.clock.wait(minutes=2)
    lively.line.calls.clear()

    lively.deliver()

    assert lively.line.patches() == 1
    assert lively.value(visitor.contact_id, "stdc_phase") == "do"
    assert lively.tags(visitor.contact_id) == {"stdc-do"}


def test_one_note_per_move_and_none_for_the_start(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.interest(visitor, days=3)
    lively.work()
    lively.sign_up(visitor, "sanne@example.com")
    lively.work()

    assert lively.phases(visitor.contact_id) == ["see", "think", "do"]
    notes = lively.notes(visitor.contact_id)
    assert len(notes) == 2
    assert "Think" in notes[0]
    assert "Do" in notes[1]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_note_whose_answer_got_lost_stands_there_once(lively, when):
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    lively.line.drop(when, "POST", "/api/notes")

    for _ in range(3):
        lively.work()
        lively.clock.wait(minutes=2)

    assert len(lively.notes(visitor.contact_id)) == 1
    assert open_writes(lively) == []


def note(house, who, text, key, at=None):
    """Want a note as a move does."""
    payload = {"text": text} | ({"at": at.isoformat()} if at else {})
    with house.parts.store.unit() as unit:
        unit.outbox.put(
            OutboxWrite(
                destination=MAUTIC,
                kind=writes.NOTE,
                person_id=who,
                payload=payload,
                key=key,
            )
        )


def test_a_note_that_was_parked_after_it_was_written_is_not_written_again(house):
    """Its answer could not be read, so it was parked; then a person retries it."""
    (who,) = contacts(house, 1)
    identify(house, [who])
    house.deliver()
    note(house, who, "See > Think", "n1", house.clock())
    odd = Response('{"note": {}}', 201, content_type="application/json")
    house.line.faults.append(Fault("POST", "/api/notes", instead=odd))
    house.deliver()
    (parked,) = house.outbox(OutboxState.PARKED)
    assert len(house.notes(who)) == 1
    with house.parts.store.unit() as unit:
        unit.outbox.replay([parked.id], house.clock())

    house.deliver()

    assert len(house.notes(who)) == 1
    assert open_writes(house) == []


def test_no_claim_of_a_note_runs_out_while_others_are_sent(house):
    """Mautic takes seven seconds for each of fifty; another worker looks meanwhile."""
    ids = contacts(house, 50)
    identify(house, ids)
    house.deliver()
    for one in ids:
        note(house, one, f"note {one}", f"n{one}", house.clock())
    add, begun = house.parts.mautic.notes.add, house.clock()

    def slow(*given):
        house.clock.wait(seconds=7)
        if house.clock() - begun > timedelta(seconds=dispatch.LEASE_SECONDS):
            house.parts.mautic.notes.add = add
            deliver_mautic.deliver(house.parts)
        return add(*given)

    house.parts.mautic.notes.add = slow
    house.deliver()

    assert {len(house.notes(one)) for one in ids} == {1}


def test_a_second_move_with_the_same_words_gets_its_note(house):
    (who,) = contacts(house, 1)
    identify(house, [who])
    house.deliver()
    note(house, who, "Think > Do", "n1", house.clock())
    house.deliver()
    house.clock.wait(hours=26)
    note(house, who, "Think > Do", "n2", house.clock())
    house.line.drop("before", "POST", "/api/notes")
    house.deliver()
    house.clock.wait(minutes=2)
    house.deliver()

    assert house.notes(who) == ["Think > Do", "Think > Do"]


@pytest.mark.parametrize("hours", [0, 2, -5])
def test_a_note_is_known_again_in_any_time_zone_of_mautic(house, hours):
    """What we send is UTC; a Mautic may take it for its own time."""
    (who,) = contacts(house, 1)
    identify(house, [who])
    house.deliver()
    note(house, who, "Think > Do", "n1", house.clock.wait(seconds=12))
    house.line.drop("after", "POST", "/api/notes")
    house.deliver()
    (row,) = house.mautic.state.tables["notes"].values()
    shown = datetime.fromisoformat(row["dateTime"]) + timedelta(hours=hours)
    row["dateTime"] = shown.isoformat()
    house.clock.wait(minutes=2)
    house.deliver()

    assert len(house.notes(who)) == 1


def test_a_note_of_before_is_known_by_its_words(house):
    """Wanted by an older version: no moment was kept with it."""
    (who,) = contacts(house, 1)
    identify(house, [who])
    house.deliver()
    note(house, who, "Think > Do", "n1")
    house.line.drop("after", "POST", "/api/notes")
    house.deliver()
    house.clock.wait(minutes=2)
    house.deliver()

    assert len(house.notes(who)) == 1


def test_a_note_for_who_was_merged_meanwhile_goes_to_the_winner(lively):
    visitor = lively.visitor(email="sanne@example.com")
    loser = visitor.contact_id
    lively.sign_up(visitor, "sanne@example.com")
    lively.process()
    lively.line.drop("before", "POST", "/api/notes")
    lively.deliver()
    winner = lively.contact(email="sanne.de.wit@example.com")
    lively.mautic.merge(winner, loser)

    for _ in range(3):
        lively.clock.wait(minutes=2)
        lively.work()

    assert len(lively.notes(winner)) == 1
    assert lively.value(winner, "stdc_phase") == "do"
    assert open_writes(lively) == []


def test_stage_and_empty_fields_are_written_too(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.interest(visitor, days=3)
    lively.work()
    interests = lively.value(visitor.contact_id, "stdc_interests")
    lively.clock.wait(days=400)
    with lively.parts.store.unit() as unit:
        rescore(lively.parts, unit, [visitor.contact_id], as_of=lively.clock())
    lively.work()

    assert interests
    assert not lively.value(visitor.contact_id, "stdc_interests")
    stage = lively.mautic.state.contacts[visitor.contact_id].stage
    assert lively.mautic.state.tables["stages"][stage]["name"] == "See"


def test_a_slow_worker_does_not_finish_the_newer_wish_it_never_sent(house):
    """A has v1 for longer than its lease; B gave it back; v2 took its place."""
    (who,) = contacts(house, 1)
    identify(house, [who])
    slow = dispatch.claim(house.parts, MAUTIC, 200, [CONTACT])
    house.clock.wait(seconds=dispatch.LEASE_SECONDS + 1)
    house.line.fail(503)
    house.deliver()
    want(house, who, "do")
    send_as_claimed(house, slow)

    assert house.value(who, "stdc_phase") == "see"
    house.clock.wait(minutes=2)
    house.deliver()

    assert house.value(who, "stdc_phase") == "do"
    assert open_writes(house) == []


def test_what_a_slow_worker_wrote_over_newer_news_is_put_right(house):
    """B wrote v1 and then v2 while A slept; then A's v1 gets through."""
    (who,) = contacts(house, 1)
    identify(house, [who])
    slow = dispatch.claim(house.parts, MAUTIC, 200, [CONTACT])
    house.clock.wait(seconds=dispatch.LEASE_SECONDS + 1)
    house.deliver()
    want(house, who, "do")
    house.deliver()
    send_as_claimed(house, slow)

    assert house.value(who, "stdc_phase") == "see"
    house.deliver()

    assert house.value(who, "stdc_phase") == "do"
    assert house.state(who).written["stage"] == "do"


def want(house, who, phase):
    """Let it be decided that somebody is in another phase."""
    with house.parts.store.unit() as unit:
        state = unit.people.state(who)
        fields = {**state.wanted["fields"], "stdc_phase": phase}
        wanted = {**state.wanted, "fields": fields, "stage": phase}
        unit.people.save_state(who, replace(state, wanted=wanted))
        unit.outbox.put(writes.contact(who, wanted, phase))


def send_as_claimed(house, items):
    """Go on as the worker that claimed these."""
    letters = deliver_mautic._letters(house.parts, items)
    results = house.parts.mautic.contacts.batch_patch([one.body for one in letters])
    deliver_mautic._settle(house.parts, items, letters, results)
