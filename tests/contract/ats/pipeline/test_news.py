"""What becomes of people afterwards: hires and rejections, by poll and by webhook."""

import json
from datetime import timedelta

from plugin.ats.base import Ref, Snapshot, StageKind
from plugin.mappings.model import Phase
from plugin.pipeline import ats_news
from tests.contract.ats.pipeline.house import House, told


def test_a_hire_is_care_and_an_undone_one_is_do_again(house: House) -> None:
    house.sign_up()
    house.work()
    house.poll()

    house.ats.hire(house.ref())
    told(house)
    assert (house.phase(), house.shown()[0]) == (Phase.CARE, "hired")

    house.ats.unhire(house.ref())
    told(house)
    assert (house.phase(), house.shown()[0]) == (Phase.DO, "active")
    assert len(house.writes()) == 1, "un-hired is not a new sign-up"


def test_a_rejection_is_think_with_a_pause(house: House) -> None:
    house.sign_up()
    house.work()
    house.poll()

    house.ats.refuse(house.ref())
    told(house)

    assert (house.phase(), house.shown()[0]) == (Phase.THINK, "rejected")


def test_a_hire_before_the_first_poll_is_found(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.ats.hire(odoo.ref())

    assert odoo.poll() == 1
    assert odoo.phase() is Phase.CARE


def test_who_was_refused_there_before_is_not_rejected_by_it(odoo: House) -> None:
    """What stood there when we came is no news; what happens afterwards is."""
    ref = odoo.ats.make(partner_name="Sanne", email_from="sanne.12@example.nl")
    odoo.ats.refuse(ref)
    odoo.clock.wait(hours=1)
    odoo.sign_up()

    odoo.work()
    told(odoo)
    odoo.clock.wait(hours=2)
    told(odoo)

    assert odoo.candidates() == 1
    assert odoo.phase() is Phase.DO
    assert odoo.shown()[0] == "rejected"


def test_news_that_came_between_two_attempts_are_not_undone(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.faults.drop(14, "before")
    odoo19.work()
    odoo19.ats.hire(odoo19.ref())
    odoo19.poll()
    assert odoo19.phase() is Phase.CARE

    odoo19.clock.wait(seconds=10)
    odoo19.work()

    assert odoo19.phase() is Phase.CARE
    assert odoo19.shown()[0] == "hired"


def test_news_of_a_partner_by_its_own_id_are_understood(partner: House) -> None:
    partner.sign_up()
    partner.work()
    at = partner.clock().isoformat()
    with partner.parts.store.view() as unit:
        before = unit.history.count()
    for ref in (partner.ref(), "somebody-else"):
        data = {"ref": ref, "at": at}
        partner.deliver(json.dumps({"type": "candidate.hired", "data": data}).encode())

    partner.work()

    assert partner.phase() is Phase.CARE
    assert partner.shown()[0] == "hired"
    with partner.parts.store.view() as unit:
        assert unit.history.count() == before + 1


def test_a_partner_whose_clock_is_behind_is_believed(partner: House) -> None:
    partner.sign_up()
    partner.work()
    at = (partner.clock() - timedelta(minutes=3)).isoformat()
    data = {"marker": "mautic:tests:12", "at": at}
    partner.deliver(json.dumps({"type": "candidate.hired", "data": data}).encode())

    partner.work()

    assert partner.shown()[0] == "hired"


def test_news_that_come_late_do_not_rewrite_the_status(partner: House) -> None:
    partner.sign_up()
    partner.work()
    now = partner.clock()
    for minutes, event in ((0, "candidate.unhired"), (-1, "candidate.hired")):
        at = (now + timedelta(minutes=minutes)).isoformat()
        data = {"marker": "mautic:tests:12", "at": at}
        partner.deliver(json.dumps({"type": event, "data": data}).encode())
        partner.work()

    assert partner.shown()[0] == "active"


def test_the_end_of_an_assignment_starts_the_circle_again(partner: House) -> None:
    partner.sign_up()
    partner.work()
    partner.ats.hire(partner.ref())
    partner.work()
    partner.clock.wait(seconds=1)
    partner.ats.end(partner.ref())
    partner.work()

    assert partner.phase() is Phase.SEE
    assert partner.shown()[0] == "ended"


def test_a_rejection_after_a_hire_takes_the_hire_back(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.work()
    odoo19.ats.hire(odoo19.ref())
    told(odoo19)
    odoo19.ats.unhire(odoo19.ref())
    odoo19.ats.refuse(odoo19.ref())

    told(odoo19)

    assert odoo19.phase() is Phase.THINK


def test_a_clock_that_differs_loses_no_news(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.work()
    ref = Ref(id=odoo19.ref())
    for kind, hours in ((StageKind.HIRED, -3), (StageKind.ACTIVE, 3)):
        at = odoo19.clock() + timedelta(hours=hours)
        snapshot = Snapshot(ref=ref, stage_kind=kind, updated_at=at)
        assert ats_news.take(odoo19.parts, "odoo", [snapshot]) == 1
        odoo19.clock.wait(seconds=1)

    with odoo19.parts.store.view() as unit:
        assert [one.after for one in unit.people.moves(12)][-2:] == [
            Phase.CARE,
            Phase.DO,
        ]


def test_everybody_is_read_again_now_and_then_but_not_the_deleted(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    for _ in range(3):
        odoo.clock.wait(minutes=1)
        odoo.poll()
    quiet = calls_of_a_poll(odoo)
    odoo.clock.wait(hours=1.1)
    assert calls_of_a_poll(odoo) > quiet
    assert calls_of_a_poll(odoo) == quiet
    odoo.ats.delete(odoo.ref())
    odoo.clock.wait(hours=1.1)
    odoo.poll()

    odoo.clock.wait(hours=1.1)

    assert calls_of_a_poll(odoo) == quiet


def calls_of_a_poll(house: House) -> int:
    before = house.faults.calls
    house.poll()
    return house.faults.calls - before
