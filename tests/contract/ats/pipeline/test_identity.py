"""Merged, deleted, made anew: the link follows the person, and the dead stay dead."""

from plugin.ats.base import Ref, Snapshot, StageKind
from plugin.mappings.model import Phase
from plugin.pipeline import ats_news
from tests.contract.ats.pipeline.house import House, told


def test_who_was_deleted_there_is_never_made_again(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.poll()
    odoo.ats.delete(odoo.ref())
    odoo.clock.wait(hours=2)

    assert odoo.poll() == 1
    assert odoo.shown()[0] == "deleted"
    odoo.clock.wait(days=40)
    odoo.sign_up()
    odoo.work()

    assert odoo.candidates() == 0
    assert odoo.poll() == 0


def test_a_deletion_between_two_attempts_is_respected(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.faults.drop(14, "before")
    odoo19.work()
    odoo19.ats.delete(odoo19.ref())
    odoo19.clock.wait(seconds=10)

    odoo19.work()

    assert odoo19.candidates() == 0
    assert odoo19.shown()[0] == "deleted"
    assert odoo19.audit("handover.dropped")[0]["why"] == "deleted in the ATS"
    assert odoo19.writes() == []


def test_who_was_hired_and_cleared_away_stays_in_care(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.ats.hire(odoo.ref())
    told(odoo)
    odoo.ats.delete(odoo.ref())
    odoo.clock.wait(hours=2)

    odoo.poll()

    assert (odoo.phase(), odoo.shown()[0]) == (Phase.CARE, "deleted")


def test_a_link_follows_who_was_merged(house: House) -> None:
    house.sign_up(12)
    house.work()
    house.meet(30)
    with house.parts.store.unit() as unit:
        unit.people.merge(12, 30, house.clock(), "merged in Mautic")
    house.clock.wait(seconds=1)
    house.sign_up(30)
    house.work()

    link = house.link(30)
    assert link is not None
    assert link.marker == "mautic:tests:12"
    assert house.candidates() == 1
    house.ats.hire(link.ref)
    told(house)
    assert house.phase(30) is Phase.CARE


def test_a_merge_between_wish_and_deed_makes_one_candidate(odoo: House) -> None:
    odoo.sign_up(12)
    odoo.meet(30)
    with odoo.parts.store.unit() as unit:
        unit.people.merge(12, 30, odoo.clock(), "merged in Mautic")
    odoo.meet(30, phone="0612345678")

    odoo.work()

    assert odoo.candidates() == 1
    assert odoo.link(30) is not None


def test_who_was_merged_there_is_followed(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.work()
    old = Ref(id=odoo19.ref())
    merged = Snapshot(ref=old, stage_kind=StageKind.NEW, merged_into="77")

    assert ats_news.take(odoo19.parts, "odoo", [merged]) == 1

    assert odoo19.ref() == "77"
    hired = Snapshot(ref=Ref(id="77"), stage_kind=StageKind.HIRED)
    ats_news.take(odoo19.parts, "odoo", [hired])
    assert odoo19.phase() is Phase.CARE


def test_two_contacts_of_one_address_share_their_candidate(odoo: House) -> None:
    """A contact that was made anew in Mautic hears of the hire too."""
    for contact_id in (12, 30):
        odoo.sign_up(contact_id, email="sanne.12@example.nl")
        odoo.work()
    odoo.poll()
    assert odoo.ref(12) == odoo.ref(30)

    odoo.ats.hire(odoo.ref(12))
    told(odoo)

    assert (odoo.phase(12), odoo.phase(30)) == (Phase.CARE, Phase.CARE)
