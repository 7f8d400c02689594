"""What is printed of a person is all there is of them, and of nobody else."""

import json

from plugin.pipeline import writes
from plugin.pipeline.access import OTHERS, held
from plugin.pipeline.erase import erase
from tests.contract.rights.office import ANNA, ANNA_BEFORE, BERT, CEES, Human, body, hit
from tests.contract.rights.test_erase import live


def text_of(found):
    return json.dumps(found, default=str, ensure_ascii=False)


def news(office, who):
    """Let the ATS tell of a hire, by its own id of somebody only."""
    with office.parts.store.view() as unit:
        (link, *_) = unit.links.of_person(who.id)
    told = {
        "type": "candidate.hired",
        "timestamp": office.clock().isoformat(),
        "data": {"ref": link.ref, "name": f"{who.first} {who.last}"},
    }
    office.arrive(json.dumps(told).encode(), "ats/webhook")


def settled(office):
    """Let there be everything of everybody, everywhere."""
    live(office)
    news(office, ANNA)
    news(office, BERT)
    two = f"To: {ANNA.email}, {BERT.email}; not JSON".encode()
    office.arrive(two)
    office.work()
    with office.parts.store.unit() as unit:
        unit.outbox.put(writes.resolve(ANNA_BEFORE.id, "a test"))
        item = next(
            one
            for one in unit.outbox.list(limit=500)
            if one.contact_id == ANNA_BEFORE.id
        )
        unit.outbox.discard([item.id], office.clock(), "by hand")
        unit.audit.add(
            office.clock(), "someone", "write.discarded", f"write:{item.id}", {}
        )
    return item


def test_every_place_that_knows_them_is_in_it(office):
    item = settled(office)
    found = held(office.parts, ANNA.id)

    assert {one["contact_id"] for one in found["contacts"]} == {
        ANNA.id,
        ANNA_BEFORE.id,
    }
    assert found["history"]
    assert found["journey"]
    assert found["standing"]
    assert found["candidates"]
    assert item.id in {one["id"] for one in found["writes"]}
    actions = {one["action"] for one in found["audit"]}
    assert {"contact.viewed", "candidate.handed_over", "write.discarded"} <= actions
    sources = {one["source"] for one in found["deliveries"]}
    assert sources == {"mautic", "ats/webhook"}
    assert len(found["spool"]) == 2
    assert all(one["items"] for one in found["spool"])


def test_nobody_else_is_in_it(office):
    settled(office)
    text = text_of(held(office.parts, ANNA.id))

    for other in (BERT, CEES):
        assert other.email not in text
        assert other.last not in text
    assert OTHERS in text
    assert ANNA.email in text


def test_what_is_printed_is_what_an_erasure_takes(office):
    settled(office)
    found = held(office.parts, ANNA.id)
    done = erase(office.parts, ANNA.id).survey

    names = {"history": "events", "journey": "moves", "standing": "people"}
    names |= {"writes": "outbox", "candidates": "links", "forgotten": "pasts"}
    for name, rows in found.items():
        if name not in {"deliveries", "spool", "audit"}:
            assert len(rows) == done.rows[names.get(name, name)], name
    assert len(found["deliveries"]) == done.deleted + done.redacted
    assert len(found["spool"]) == done.files
    assert len(found["audit"]) <= done.rows["audit"]


def test_what_has_only_their_address_is_theirs(office):
    """A contact of another id that nobody has read yet, with Anna's own address."""
    settled(office)
    other = Human(888222444, ANNA.email, "Anna", "V.")
    office.arrive(body([hit(other, 4712, office.clock())]))
    found = held(office.parts, ANNA.id)

    assert str(other.id) in text_of(found["deliveries"])
