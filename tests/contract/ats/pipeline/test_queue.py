"""Operations before an ATS: pause, go on, send again, and errors by cause."""

from dataclasses import replace

import pytest

from plugin.pipeline import ats_queue, deliver_ats
from plugin.pipeline.ats_news import DELETED
from tests.contract.ats.pipeline.test_rights import NO, handed_over, say


def links(house):
    with house.parts.store.view() as unit:
        return unit.links.list(connection=house.connection, limit=100)


def test_nothing_is_sent_nor_asked_while_a_connection_is_paused(house):
    house.sign_up(1)
    house.work()
    ats_queue.pause(house.parts, house.connection, "anna", "moving to a new server")
    calls = house.faults.calls
    house.sign_up(2)

    waiting = house.work()
    house.clock.wait(hours=2)
    news = house.poll()

    assert (waiting.done, waiting.parked, news) == (0, 0, 0)
    assert house.faults.calls == calls
    assert house.candidates() == 1
    assert house.audit("ats.paused") == [
        {"connection": house.connection, "why": "moving to a new server"}
    ]


def test_what_waited_is_sent_when_it_goes_on(house):
    ats_queue.pause(house.parts, house.connection, "anna", "test")
    house.sign_up(1)
    house.work()

    assert ats_queue.resume(house.parts, house.connection, "anna")
    assert house.work().done == 1
    assert house.candidates() == 1
    assert not ats_queue.resume(house.parts, house.connection, "anna")


def test_a_candidate_is_written_again_as_they_are_now(odoo):
    odoo.sign_up(1)
    odoo.work()
    before = odoo.candidates()
    mapping = odoo.parts.mappings.ats["odoo"]
    changed = replace(mapping, tags=(*mapping.tags, "Made later"))
    odoo.parts.mappings = replace(
        odoo.parts.mappings, ats={**odoo.parts.mappings.ats, "odoo": changed}
    )

    asked = ats_queue.ask_again(odoo.parts, links(odoo), "anna")
    done = deliver_ats.deliver_all(odoo.parts)

    assert (asked, done.done, done.parked) == (1, 1, 0)
    assert odoo.candidates() == before
    names = {
        one["name"] for one in odoo.ats.state.tables["hr.applicant.category"].values()
    }
    assert "Made later" in names
    assert len(odoo.audit("candidate.resync")) == 1


def test_who_was_deleted_there_is_not_written_again(odoo):
    odoo.sign_up(1)
    odoo.work()
    (link,) = links(odoo)
    gone = replace(link, status=DELETED)

    assert ats_queue.ask_again(odoo.parts, [gone], "anna") == 0


def test_who_withdrew_consent_is_not_written_again(partner):
    handed_over(partner)
    say(partner, **NO)
    partner.work()
    calls = partner.faults.calls

    ats_queue.ask_again(partner.parts, links(partner), "anna")
    done = deliver_ats.deliver_all(partner.parts)

    assert done.done == 1
    assert partner.faults.calls == calls


def test_errors_of_one_cause_are_one_group_with_a_hint(odoo):
    for number in range(5):
        odoo.sign_up(number + 1)
    with odoo.parts.store.unit() as unit:
        items = unit.outbox.claim("ats:odoo", 9, odoo.clock(), 60)
        for place, item in enumerate(items):
            said = (
                f"needs a person: 2 candidates there may be this one: {place}, 9{place}"
                if place
                else f"target 'x{place}' is no id: mend the mapping"
            )
            unit.outbox.park(item, said)

    with odoo.parts.store.view() as unit:
        many, one = ats_queue.troubles(unit, ["odoo"])

    assert (len(many.writes), len(one.writes)) == (4, 1)
    assert "stdc ats review" in many.hint
    assert "mend mappings/ats/" in one.hint
    assert sorted((*many.contacts, *one.contacts)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("this month's 90 calls are used up (calls_per_month)", "next month"),
        ("employee 7 was deleted there", "respect it"),
        ("our bug, replay after mending: KeyError('x')", "report it"),
        ("HTTP 418", "read what the ATS said"),
    ],
)
def test_every_cause_has_a_hint(odoo, said, hint):
    odoo.sign_up(1)
    with odoo.parts.store.unit() as unit:
        (item,) = unit.outbox.claim("ats:odoo", 9, odoo.clock(), 60)
        unit.outbox.park(item, said)

    with odoo.parts.store.view() as unit:
        (found,) = ats_queue.troubles(unit, ["odoo"])
    assert hint in found.hint
