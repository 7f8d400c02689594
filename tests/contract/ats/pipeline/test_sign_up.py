"""From a sign-up to one candidate, unless it was overtaken or consent is missing."""

from typing import Any

import pytest

from plugin.mappings.model import Phase
from tests.contract.ats.pipeline.house import House


def test_who_signs_up_stands_in_the_ats_once(house: House) -> None:
    house.sign_up()
    assert house.shown() == ("waiting", None)

    house.work()
    house.work()

    link = house.link()
    assert link is not None
    assert link.marker == "mautic:tests:12"
    assert house.candidates() == 1
    assert house.shown() == ("new", link.url)
    assert house.phase() is Phase.DO
    (handed,) = house.audit("candidate.handed_over")
    assert (handed["created"], handed["ref"]) == (True, link.ref)
    assert handed["mappings"] == house.parts.mappings.version


def test_who_only_scores_is_nobodys_business_yet(house: House) -> None:
    house.meet()
    house.work()

    assert house.candidates() == 0
    assert house.writes() == []


def delete_in_mautic(house: House) -> None:
    with house.parts.store.unit() as unit:
        unit.people.delete(12, house.clock())


@pytest.mark.parametrize(
    ("overtake", "why"),
    [
        (lambda house: house.clock.wait(days=400), "in See by now"),
        (lambda house: house.ask_consent("mag_delen"), "no consent"),
        (delete_in_mautic, "deleted in Mautic"),
    ],
)
def test_a_hand_over_that_was_overtaken_is_dropped(
    odoo19: House, overtake: Any, why: str
) -> None:
    odoo19.sign_up()
    overtake(odoo19)

    odoo19.work()

    assert odoo19.candidates() == 0
    assert odoo19.link() is None
    assert [one["why"] for one in odoo19.audit("handover.dropped")] == [why]
    assert odoo19.writes() == []


def test_no_consent_holds_it_up_and_is_seen(odoo: House) -> None:
    odoo.ask_consent("mag_delen")
    odoo.sign_up(mag_delen="0")
    odoo.work()
    assert odoo.candidates() == 0
    assert odoo.shown() == ("no-consent", None)

    odoo.clock.wait(seconds=5)
    odoo.meet(mag_delen="1")
    assert odoo.shown() == ("waiting", None)
    odoo.work()

    assert odoo.candidates() == 1
    assert odoo.shown()[0] == "new"


def test_consent_that_comes_back_is_acted_on(odoo19: House) -> None:
    """A wish that was dropped for it must not count as done."""
    odoo19.ask_consent("mag_delen")
    odoo19.sign_up(mag_delen="1")
    with odoo19.parts.store.unit() as unit:
        seen = unit.outbox.list(destination="ats:odoo")
        assert len(seen) == 1
    odoo19.clock.wait(seconds=5)
    odoo19.meet(mag_delen="0")
    odoo19.work()
    assert odoo19.candidates() == 0

    odoo19.clock.wait(seconds=5)
    odoo19.meet(mag_delen="1")
    odoo19.work()

    assert odoo19.candidates() == 1


def test_a_recruiters_record_is_filled_in_and_not_written_over(odoo: House) -> None:
    """The shipped mapping writes name, address and phone only where there is none."""
    ref = odoo.ats.make(email_from="Sanne.12@Example.NL", partner_phone="020 123")

    odoo.sign_up(phone="0612345678", linkedin="https://www.linkedin.com/in/sanne")
    odoo.work()

    row = odoo.ats.state.tables[odoo.ats.person][int(ref)]
    assert odoo.ref() == ref
    assert row["partner_name"] == "Sanne de Wit"
    assert row["email_from"] == "Sanne.12@Example.NL"
    assert row["partner_phone"] == "020 123"
    assert row["linkedin_profile"] == "https://www.linkedin.com/in/sanne"
