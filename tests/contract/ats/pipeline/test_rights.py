"""What somebody takes back or refuses reaches the recruiter, each change once."""

from dataclasses import replace
from typing import Any

import pytest

from plugin.mappings.ats import AtsField
from plugin.mappings.consent import Consent
from plugin.pipeline.erase import erase
from plugin.pipeline.rescore import rescore
from plugin.pipeline.writes import CONSENT, ERASE
from plugin.sandbox.receiver import ReceiverSandbox
from plugin.store import OutboxState
from tests.contract.ats.pipeline.house import House
from webhooks.sources.base import ProfileSeen

ASKED = Consent(
    handover_field="mag_delen",
    handover_date_field="mag_op",
    handover_text_field="mag_tekst",
)
YES = {"mag_delen": "1", "mag_op": "2026-11-20", "mag_tekst": "2026-01"}
NO = {**YES, "mag_delen": "0"}


def ask(house: House, asked: Consent = ASKED) -> None:
    mappings = house.parts.mappings
    fields = replace(mappings.fields, consent=asked)
    house.parts.mappings = replace(mappings, fields=fields)


def say(house: House, refused: tuple[str, ...] = (), **fields: str) -> None:
    """Let Mautic tell what contact 12 looks like now."""
    house.clock.wait(seconds=5)
    seen = ProfileSeen(
        contact_id=12,
        seen_at=house.clock(),
        key="1",
        email="sanne.12@example.nl",
        first_name="Sanne",
        last_name="de Wit",
        fields=fields,
        do_not_contact=frozenset(refused),
        complete=True,
    )
    with house.parts.store.unit() as unit:
        unit.people.see_profiles([seen])
        rescore(house.parts, unit, [12], as_of=house.clock())


def told(house: House) -> list[str]:
    """List what the recruiter got to read of rights after the hand-over."""
    if isinstance(house.ats, ReceiverSandbox):
        (held,) = house.ats.people.values()
        return [one["text"] for one in held.rights]
    rows = house.ats.state.tables["mail.message"].values()
    bodies = [str(row["body"]) for row in rows if row["message_type"] == "comment"]
    words = ("ingetrokken", "opnieuw gegeven", "benaderd")
    return [one for one in bodies if any(word in one for word in words)]


def handed_over(house: House) -> None:
    ask(house)
    house.sign_up(**YES)
    house.work()
    assert house.candidates() == 1
    assert told(house) == []


def test_the_recruiter_gets_the_consent_with_its_day_and_text(house: House) -> None:
    handed_over(house)

    (handed,) = house.audit("candidate.handed_over")
    assert handed["consent"] == {
        "basis": "consent",
        "given": True,
        "field": "mag_delen",
        "value": "1",
        "date": "2026-11-20",
        "text": "2026-01",
    }
    assert (handed["cause"], handed["phase"]) == ("sign-up", "do")
    if isinstance(house.ats, ReceiverSandbox):
        (held,) = house.ats.people.values()
        assert held.data["consent"]["date"] == "2026-11-20"
        assert held.data["consent"]["text"] == "2026-01"
    else:
        rows = house.ats.state.tables["mail.message"].values()
        line = "mag_delen = 1, gegeven op 2026-11-20, tekst: 2026-01."
        assert any(line in str(row["body"]) for row in rows)


def test_each_change_of_mind_is_told_once(house: House) -> None:
    handed_over(house)
    for number, fields in enumerate((NO, YES, NO), start=1):
        say(house, **fields)
        for _ in range(3):
            house.work()
            say(house, **fields)

        assert len(told(house)) == number
        word = "opnieuw gegeven" if fields is YES else "ingetrokken"
        assert word in told(house)[-1]
    passed_on = house.audit("rights.passed_on")
    assert [one["withdrawn"] for one in reversed(passed_on)] == [True, False, True]
    assert house.writes(CONSENT) == [] or all(
        one.state is OutboxState.DONE for one in house.writes(CONSENT)
    )


def test_do_not_contact_is_told_by_channel(house: House) -> None:
    handed_over(house)
    say(house, ("email",), **YES)
    house.work()
    say(house, ("email", "sms"), **YES)
    house.work()
    say(house, ("sms",), **YES)
    house.work()

    assert [one.split("benaderd")[0].count("niet") for one in told(house)] == [1, 1, 0]
    for text, channel in zip(told(house), ("email", "sms", "email"), strict=True):
        assert f"via: {channel}." in text


def test_who_changes_their_mind_twice_meanwhile_is_not_told_of(house: House) -> None:
    handed_over(house)
    say(house, **NO)
    say(house, **YES)
    house.work()
    assert told(house) == []

    say(house, **NO)
    house.work()
    assert len(told(house)) == 1


def test_when_an_admin_names_another_field_nobody_took_anything_back(
    house: House,
) -> None:
    handed_over(house)
    ask(house, Consent(handover_field="een_ander_veld"))
    say(house, **YES)
    house.work()
    ask(house, Consent())
    say(house, **YES)
    house.work()

    assert told(house) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_whenever_the_line_breaks_it_is_told_once(
    house: House, call: int, when: Any
) -> None:
    handed_over(house)
    say(house, **NO)
    house.faults.drop(call, when)
    for _ in range(4):
        house.work()
        house.clock.wait(minutes=1)  # whoever checks a signature allows five

    assert len(told(house)) == 1
    assert house.audit("rights.passed_on")[0]["withdrawn"] is True


def test_a_hand_over_that_waits_is_not_sent_without_consent(house: House) -> None:
    ask(house)
    house.sign_up(**YES)
    assert len(house.writes()) == 1
    say(house, **NO)
    house.work()
    assert house.candidates() == 0
    assert house.shown() == ("no-consent", None)

    say(house, **YES)
    house.work()
    assert house.candidates() == 1


def test_one_that_was_parked_is_asked_again_when_a_person_sends_it(
    partner: House,
) -> None:
    ask(partner)
    partner.sign_up(**YES)
    partner.faults.answer(422)
    partner.work()
    (parked,) = partner.writes()
    assert parked.state is OutboxState.PARKED
    say(partner, **NO)
    with partner.parts.store.unit() as unit:
        unit.outbox.replay([parked.id], partner.clock())
    partner.work()

    assert partner.candidates() == 0
    assert partner.audit("handover.dropped")[0]["why"] == "no consent"


def test_fields_that_the_mapping_names_follow(odoo: House) -> None:
    mapping = odoo.parts.mappings.ats["odoo"]
    field = AtsField(target="linkedin_profile", source="stdc.consent")
    fields = tuple(one for one in mapping.fields if one.target != field.target)
    changed = replace(mapping, fields=(*fields, field))
    odoo.parts.mappings = replace(odoo.parts.mappings, ats={"odoo": changed})
    handed_over(odoo)

    def shown() -> Any:
        return odoo.ats.state.tables[odoo.ats.person][int(odoo.ref())]

    assert shown()["linkedin_profile"] == "1"
    say(odoo, **NO)
    odoo.work()

    assert shown()["linkedin_profile"] == "0"
    assert len(told(odoo)) == 1


def test_erasure_reaches_the_recruiter_as_far_as_it_can(house: House) -> None:
    handed_over(house)
    link = house.link()
    assert link is not None
    done = erase(house.parts, 12)
    house.work()

    with house.parts.store.view() as unit:
        left = unit.outbox.list()
        lines = [one.action for one in unit.audit.list(f"erased:{done.name}")]
    if isinstance(house.ats, ReceiverSandbox):
        assert house.candidates() == 0
        assert left == []
        assert "erasure.passed_on" in lines
    else:
        (parked,) = left
        assert (parked.kind, parked.state) == (ERASE, OutboxState.PARKED)
        assert str(link.url) in str(parked.last_error)
        assert "Privacy Lookup" in str(parked.last_error)
        assert f"stdc outbox discard {parked.id}" in str(parked.last_error)
        rows = house.ats.state.tables["mail.message"].values()
        asked = [row for row in rows if "AVG art. 17" in str(row["body"])]
        assert len(asked) == 1
