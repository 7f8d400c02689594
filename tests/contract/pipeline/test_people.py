"""History follows the person: known at last, merged, renamed, deleted, made anew."""

import json
from dataclasses import replace

import pytest

from plugin.errors import Rejected
from plugin.pipeline import dispatch, people, sweep, writes
from plugin.pipeline.erase import erase
from plugin.pipeline.reconcile import reconcile
from plugin.scoring.contributions import may_profile
from tests.contract.pipeline.test_write_back import open_writes


def history(house, contact_id):
    """List the keys of whoever has this contact id now."""
    person_id = house.person(contact_id)
    with house.parts.store.view() as unit:
        person = unit.people.load(person_id)
    return {event.key for event in person.events}


def audit(house, contact_id):
    with house.parts.store.view() as unit:
        return [one.action for one in unit.audit.list(f"contact:{contact_id}")]


def test_what_a_visitor_did_counts_once_they_are_known(lively):
    visitor = lively.visitor()
    lively.interest(visitor, days=3)
    lively.work()
    unknown = lively.value(visitor.contact_id, "stdc_phase")
    visitor.submit_form(lively.content["newsletter"], {"email": "sanne@example.com"})
    lively.work()

    assert unknown is None
    assert lively.phases(visitor.contact_id) == ["see", "think"]
    assert lively.value(visitor.contact_id, "stdc_phase") == "think"


def test_a_visitor_who_turns_out_to_be_somebody_known_is_one_person(lively):
    """Mautic keeps the visitor's id and deletes the known one: visitor-merge-3."""
    at_home = lively.visitor(email="sanne@example.com", firstname="Sanne")
    lively.interest(at_home, days=2)
    lively.work()
    known = at_home.contact_id
    at_work = lively.visitor()
    lively.interest(at_work, days=1)
    lively.work()
    anonymous = at_work.contact_id
    before = history(lively, known) | history(lively, anonymous)

    lively.sign_up(at_work, "sanne@example.com")
    lively.work()

    survivor = at_work.contact_id
    assert {survivor} < {known, anonymous, survivor} == {known, anonymous}
    assert lively.person(known) == lively.person(anonymous) == survivor
    assert before < history(lively, survivor)
    assert lively.value(survivor, "stdc_phase") == "do"
    assert lively.tags(survivor) >= {"stdc-do"}
    assert not lively.tags(survivor) & {"stdc-see", "stdc-think"}
    assert open_writes(lively) == []
    (loser,) = {known, anonymous} - {survivor}
    assert "contact.merged" in audit(lively, loser)


@pytest.mark.parametrize("which", [0, 1], ids=["older", "newer"])
def test_either_id_may_survive_a_merge(lively, which):
    first = lively.visitor(email="sanne@example.com")
    lively.interest(first, days=2)
    second = lively.visitor(email="s.dewit@example.com")
    lively.interest(second, days=1)
    lively.work()
    ids = [first.contact_id, second.contact_id]
    winner, loser = ids[which], ids[1 - which]
    together = history(lively, winner) | history(lively, loser)

    lively.mautic.merge(winner, loser)
    lively.work()

    assert lively.person(loser) == winner
    assert together <= history(lively, winner)
    assert lively.value(winner, "stdc_phase") == lively.state(winner).phase == "think"
    assert open_writes(lively) == []


def test_a_consent_cleared_after_a_merge_is_no_consent(lively):
    """The loser's yes does not fill what is blank on the winner in Mautic."""
    winner, loser = (
        lively.contact(email=f"p{one}@example.com", phone=f"+3110000000{one}")
        for one in range(2)
    )
    lively.work()
    lively.clock.wait(minutes=1)
    lively.mautic.merge(winner, loser)
    lively.work()
    lively.clock.wait(minutes=1)
    path = f"/contacts/{winner}/edit"
    lively.api("PATCH", path, {"phone": "", "overwriteWithBlank": True})
    lively.work()

    with lively.parts.store.view() as unit:
        profile = unit.people.load(winner).profile
    asked = replace(lively.parts.mappings.fields.consent, profiling_field="phone")
    assert lively.value(winner, "phone") in {None, ""}
    assert "phone" not in profile.fields
    assert not may_profile(profile, asked)


def test_a_merge_brings_what_mautic_made_of_the_two(lively):
    """Nothing tells of the winner's save: it got lost, and we asked anyway."""
    winner = lively.contact(email="p0@example.com")
    loser = lively.contact(email="p1@example.com", phone="+31100000001")
    lively.work()
    with lively.parts.store.view() as unit:
        before = unit.people.load(winner).profile
    lively.clock.wait(minutes=1)
    for hook in lively.mautic.state.tables["hooks"].values():
        hook["isPublished"] = False
    lively.mautic.merge(winner, loser)
    with lively.parts.store.unit() as unit:
        unit.outbox.put(writes.resolve(loser, "a test"))
    lively.work()

    with lively.parts.store.view() as unit:
        (row,) = [
            one
            for one in unit.holdings.of([winner])["contacts"]
            if one["contact_id"] == winner
        ]
    assert "phone" not in before.fields
    assert row["fields"]["phone"] == lively.value(winner, "phone") == "+31100000001"


def test_what_comes_late_under_the_old_id_goes_to_the_person(lively):
    loser = lively.visitor(email="sanne@example.com")
    old = loser.contact_id
    loser.visit_page("podcast-zero-trust")
    with lively.parts.store.view() as unit:
        late = unit.inbox.list()[-1].body
    lively.work()
    winner = lively.contact(email="s.dewit@example.com")
    lively.mautic.merge(winner, old)
    lively.work()
    once_more = late.replace(b'"hit":{"id":1,', b'"hit":{"id":4711,')
    assert lively.post(once_more) == 200
    lively.work()

    assert once_more != late
    assert "hit:4711" in history(lively, winner)
    assert lively.person(old) == winner


def test_a_merge_that_is_heard_of_twice_is_one(lively):
    first, second = (lively.visitor(email=f"p{one}@example.com") for one in range(2))
    lively.sign_up(first, "p0@example.com")
    lively.work()
    winner, loser = second.contact_id, first.contact_id
    lively.mautic.merge(winner, loser)
    lively.work()
    before, patches = lively.dump(), lively.line.patches()
    with lively.parts.store.unit() as unit:
        unit.outbox.put(writes.resolve(loser, "once more"))
    lively.work()

    assert lively.dump() == before
    assert lively.line.patches() == patches
    assert audit(lively, loser).count("contact.merged") == 1
    assert lively.notes(winner) == lively.notes(winner)[:1]


def test_what_a_dead_worker_had_of_the_loser_does_not_reach_the_winner(lively):
    """It stands behind the winner's own wish, and would be written over it."""
    first = lively.visitor(email="p0@example.com")
    lively.interest(first)
    lively.process()
    second = lively.visitor(email="p1@example.com")
    winner, loser = first.contact_id, second.contact_id
    second.visit_page("podcast-zero-trust")
    lively.process()
    kept, _ = dispatch.claim(lively.parts, writes.MAUTIC, 200, [writes.CONTACT])
    with lively.parts.store.unit() as unit:
        unit.outbox.retry(kept, lively.clock(), "given back; the other one is not")
    lively.mautic.merge(winner, loser)
    lively.work()

    lively.clock.wait(seconds=dispatch.LEASE_SECONDS)
    lively.work()

    assert kept.person_id == winner
    assert lively.value(winner, "stdc_phase") == lively.state(winner).phase == "think"
    assert lively.value(winner, "stdc_link").endswith(f"/contacts/{winner}")
    assert open_writes(lively) == []


def test_an_address_that_changes_changes_nobody(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.interest(visitor, days=3)
    lively.work()
    before = history(lively, visitor.contact_id)
    path = f"/contacts/{visitor.contact_id}/edit"
    lively.clock.wait(seconds=1)  # finer than that Mautic does not tell the time
    lively.api("PATCH", path, {"email": "sanne@new.example"})
    lively.work()

    assert history(lively, visitor.contact_id) == before
    assert lively.phases(visitor.contact_id) == ["see", "think"]
    with lively.parts.store.view() as unit:
        person = unit.people.load(visitor.contact_id)
    assert person.profile.email == "sanne@new.example"


ORDERS = ["as it happened", "new before deleted", "deletion last", "audit log first"]


def made_anew(house, order="as it happened"):
    """Let somebody sign up, be deleted and come back; return both contact ids."""
    reconcile(house.parts)
    house.clock.wait(minutes=30)
    visitor = house.visitor(email="sanne@example.com")
    house.sign_up(visitor, "sanne@example.com")
    house.work()
    old = visitor.contact_id
    house.clock.wait(days=1)
    if order != "as it happened":
        house.mautic.switches.queue_mode = True
    house.api("DELETE", f"/contacts/{old}/delete")
    house.clock.wait(minutes=1)
    again = house.visitor(email="Sanne@Example.com")
    again.visit_page("podcast-zero-trust")
    if order == "audit log first":
        reconcile(house.parts)
    house.mautic.process()
    if order in {"new before deleted", "deletion last"}:
        put_off(house, b"lead_post_delete", order)
    house.work()
    return old, again.contact_id


def put_off(house, trigger, order):
    """Let what tells of a deletion come after all else that waits, or much later."""
    with house.parts.store.view() as unit:
        (late,) = (one for one in unit.inbox.list() if trigger in one.body)
    told = json.loads(late.body)
    rest = {name: some for name, some in told.items() if trigger.decode() not in name}
    only = {name: some for name, some in told.items() if trigger.decode() in name}
    with house.parts.store.unit() as unit:
        unit.inbox.rewrite({late.id: json.dumps(rest).encode()})
    if order == "deletion last":
        house.work()
        house.clock.wait(hours=3)
    house.post(json.dumps(only).encode())


@pytest.mark.parametrize("order", ORDERS)
def test_who_is_deleted_and_made_anew_goes_on(lively, order):
    """The same address, and nobody else had it: history follows the person."""
    old, new = made_anew(lively, order)

    assert new != old
    assert lively.person(old) == lively.person(new) == new
    assert {one.split(":")[0] for one in history(lively, new)} >= {"form", "hit"}
    assert lively.phases(new) == ["see", "do"]
    assert lively.value(new, "stdc_phase") == "do"
    assert open_writes(lively) == []
    with lively.parts.store.view() as unit:
        person = unit.people.load(old)
        lines = unit.audit.list(f"contact:{old}")
    assert person.contact_id == new
    assert person.profile.last_name is None
    (made,) = (one for one in lines if one.action == "contact.merged")
    assert made.detail == {"winner": new, "why": "re-created with the same address"}


def test_who_was_taken_for_made_anew_can_be_split(lively):
    old, new = made_anew(lively)
    lively.clock.wait(minutes=1)

    people.split(lively.parts, old, "a brother with the same address")
    lively.work()
    lively.clock.wait(minutes=1)
    lively.api("PATCH", f"/contacts/{new}/edit", {"firstname": "Joris"})
    lively.work()

    assert lively.person(old) == old
    assert lively.phases(new) == ["see"]
    assert history(lively, new).isdisjoint(history(lively, old))
    with lively.parts.store.view() as unit:
        assert unit.people.load(old).contact_id is None


def test_who_was_erased_and_is_made_anew_starts_anew(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    lively.work()
    old = visitor.contact_id
    erase(lively.parts, old)
    lively.clock.wait(minutes=1)
    lively.api("DELETE", f"/contacts/{old}/delete")
    lively.work()
    again = lively.visitor(email="sanne@example.com")
    again.visit_page("podcast-zero-trust")
    lively.work()

    assert lively.phases(again.contact_id) == ["see"]
    with lively.parts.store.view() as unit:
        assert unit.people.current([old]) == set()


@pytest.mark.parametrize("heard", ["webhook", "audit log"])
def test_who_was_erased_and_signs_up_elsewhere_has_no_past(lively, heard):
    """Mautic keeps the new visitor's id, and moves the old contact's rows to it."""
    reconcile(lively.parts)
    lively.clock.wait(minutes=30)
    visitor = lively.visitor(email="sanne@example.com")
    visitor.visit_page("podcast-zero-trust")
    mail = lively.content["mail-hackathon"]
    lively.mautic.send_email(mail, visitor.contact_id)
    lively.clock.wait(hours=1)
    visitor.open_email(mail)
    lively.work()
    old = visitor.contact_id
    past = history(lively, old)
    erase(lively.parts, old)
    lively.clock.wait(days=2)
    again = lively.visitor()
    again.visit_page("hackathon")
    lively.work()
    if heard == "audit log":
        lively.mautic.switches.queue_mode = True
    lively.sign_up(again, "sanne@example.com")
    reconcile(lively.parts)
    lively.work()
    reconcile(lively.parts)
    lively.work()
    new = again.contact_id

    assert new != old
    assert {one.split(":")[0] for one in past} >= {"hit", "sent", "open"}
    with lively.parts.store.view() as unit:
        assert unit.people.current([old]) == set()
        keys = {one.key for one in unit.people.load(new).events}
    assert keys.isdisjoint(past)
    assert any(one.startswith("form:") for one in keys)


def test_an_event_of_who_was_deleted_brings_nobody_back(lively):
    visitor = lively.visitor(email="sanne@example.com")
    visitor.visit_page("podcast-zero-trust")
    with lively.parts.store.view() as unit:
        body = unit.inbox.list()[-1].body
    lively.work()
    old = visitor.contact_id
    lively.api("DELETE", f"/contacts/{old}/delete")
    lively.work()
    lively.line.calls.clear()
    late = body.replace(b'"hit":{"id":1,', b'"hit":{"id":4711,')
    assert lively.post(late) == 200
    lively.work()

    assert late != body
    assert "hit:4711" in history(lively, old)
    assert lively.line.calls == []
    with lively.parts.store.view() as unit:
        assert unit.people.load(old).contact_id is None


def merged(house):
    """Merge two people whom Mautic knows; the loser was the one in Think."""
    first, second = (house.visitor(email=f"p{one}@example.com") for one in range(2))
    first.visit_page("podcast-zero-trust")
    house.interest(second, days=3)
    house.work()
    winner, loser = first.contact_id, second.contact_id
    house.mautic.merge(winner, loser)
    house.work()
    assert house.state(winner).phase == "think"
    house.clock.wait(minutes=1)
    return winner, loser


def test_a_merge_that_was_wrong_can_be_undone(lively):
    winner, loser = merged(lively)
    everything = history(lively, winner)

    done = people.split(lively.parts, loser, "two people, one address")
    lively.work()

    assert (done.others, done.is_in_mautic) == ((winner,), False)
    assert history(lively, winner).isdisjoint(history(lively, loser))
    assert history(lively, winner) | history(lively, loser) == everything
    assert lively.value(winner, "stdc_phase") == lively.state(winner).phase == "see"
    assert lively.state(loser).phase == "think"
    assert audit(lively, loser)[:2] == ["contact.deleted", "contact.unmerged"]
    with lively.parts.store.view() as unit:
        line = unit.audit.list(f"contact:{loser}")[1]
    assert line.detail == {"why": "by hand: two people, one address"}


def test_an_undone_merge_stays_so_and_nothing_is_written_to_who_is_gone(lively):
    winner, loser = merged(lively)
    people.split(lively.parts, loser, "two people")
    lively.work()
    asked = lively.line.count("GET", f"/api/contacts/{loser}")

    lively.clock.wait(days=1)
    sweep.sweep(lively.parts)
    lively.mautic.visitor(contact=winner).visit_page("blog-incident")
    lively.work()

    assert lively.person(loser) == loser
    assert open_writes(lively) == []
    assert lively.line.count("GET", f"/api/contacts/{loser}") == asked


def test_a_late_report_of_the_deletion_does_not_redo_an_undone_merge(lively):
    """Mautic's audit log told of it first; its webhook waited in a queue."""
    reconcile(lively.parts)
    first, second = (lively.visitor(email=f"p{one}@example.com") for one in range(2))
    winner, loser = first.contact_id, second.contact_id
    lively.interest(second, days=3)
    lively.work()
    lively.mautic.switches.queue_mode = True
    lively.mautic.merge(winner, loser)
    lively.clock.wait(minutes=1)
    reconcile(lively.parts)
    lively.work()
    joined = lively.person(loser)
    lively.clock.wait(minutes=1)
    people.split(lively.parts, loser, "two people")
    lively.clock.wait(minutes=1)
    asked = lively.line.count("GET", f"/api/contacts/{loser}")
    for row in lively.mautic.state.tables["webhook_queue"].values():
        # a second later than the audit log has it, so it is no duplicate
        row["item"]["timestamp"] = f"{lively.clock():%Y-%m-%dT%H:%M:%S}+00:00"
    lively.mautic.process()
    lively.work()

    assert joined == winner
    assert lively.line.count("GET", f"/api/contacts/{loser}") > asked
    assert lively.person(loser) == loser
    assert history(lively, loser).isdisjoint(history(lively, winner))


def test_who_is_in_mautic_still_is_written_to_again(lively):
    """As after a backup of Mautic was put back: it does not know of the merge."""
    first, second = (lively.visitor(email=f"p{one}@example.com") for one in range(2))
    ids = first.contact_id, second.contact_id
    first.visit_page("podcast-zero-trust")
    lively.interest(second, days=3)
    lively.work()
    with lively.parts.store.unit() as unit:
        unit.people.merge(ids[1], ids[0], lively.clock(), "so we thought")

    done = people.split(lively.parts, ids[1], "Mautic was put back")
    lively.work()

    assert done.is_in_mautic
    assert [lively.value(one, "stdc_phase") for one in ids] == ["see", "think"]
    assert open_writes(lively) == []


def test_what_was_not_merged_cannot_be_split(lively):
    winner, _ = merged(lively)

    with pytest.raises(Rejected, match="stdc people show"):
        people.split(lively.parts, winner, "why not")
    with pytest.raises(Rejected, match="was not merged"):
        people.split(lively.parts, 4711, "nobody")

    with lively.parts.store.view() as unit:
        assert unit.people.load(4711) is None
