"""After the hand-over: who comes back, who cools down, and bringing up to date."""

from dataclasses import replace

from plugin.config import RetentionSettings
from plugin.mappings.ats import AtsOn
from plugin.mappings.model import Phase
from plugin.pipeline import writes
from plugin.pipeline.refresh import refresh
from plugin.pipeline.retention import purge
from plugin.pipeline.sweep import sweep
from tests.contract.ats.pipeline.house import House


def rules(house: House, **values: str) -> None:
    mappings = house.parts.mappings
    mine = replace(mappings.ats[house.connection], on=AtsOn(**values))
    ats = {**mappings.ats, house.connection: mine}
    house.parts.mappings = replace(mappings, ats=ats)


def notes(odoo: House) -> list[str]:
    return list(odoo.ats.notes(odoo.ref()))


def hand_over(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    assert len(notes(odoo)) == 1


def cool_down(odoo: House) -> None:
    odoo.clock.wait(days=200)
    sweep(odoo.parts)
    odoo.work()
    assert odoo.phase() is not Phase.DO


def test_who_enters_do_again_is_noted_once_and_not_made_again(odoo: House) -> None:
    rules(odoo, re_entry="note")
    hand_over(odoo)
    cool_down(odoo)
    assert len(notes(odoo)) == 1

    odoo.sign_up()
    odoo.work()
    odoo.work()

    assert odoo.candidates() == 1
    told = notes(odoo)
    assert len(told) == 2
    assert any("Weer in Do sinds" in one for one in told)


def test_where_the_mapping_says_nothing_nothing_is_sent(odoo: House) -> None:
    rules(odoo, re_entry="nothing", leave_do="nothing")
    hand_over(odoo)
    cool_down(odoo)
    odoo.sign_up()
    odoo.work()

    assert len(notes(odoo)) == 1
    assert odoo.writes(writes.AGAIN) == []


def test_who_cools_down_is_noted_where_the_mapping_says_so(odoo: House) -> None:
    rules(odoo, leave_do="note")
    hand_over(odoo)
    cool_down(odoo)

    assert [one for one in notes(odoo) if "Niet meer in Do, nu See" in one]


def test_an_update_writes_fields_by_their_rules_and_moves_no_stage(odoo: House) -> None:
    rules(odoo, re_entry="update")
    hand_over(odoo)
    row = odoo.ats.state.tables[odoo.ats.person][int(odoo.ref())]
    row["partner_name"] = "Sanne Jansen-de Wit"
    stages = [dict(one) for one in odoo.ats.state.tables["hr.applicant"].values()]
    cool_down(odoo)
    odoo.sign_up(linkedin="https://www.linkedin.com/in/sanne")
    odoo.work()

    row = odoo.ats.state.tables[odoo.ats.person][int(odoo.ref())]
    assert row["linkedin_profile"] == "https://www.linkedin.com/in/sanne"
    assert row["partner_name"] == "Sanne Jansen-de Wit", "the name is the recruiter's"
    after = odoo.ats.state.tables["hr.applicant"].values()
    assert [one["stage_id"] for one in stages] == [one["stage_id"] for one in after]
    assert odoo.ats.state.mails == []


def test_a_receiver_is_told_of_who_comes_back(partner: House) -> None:
    rules(partner, re_entry="note")
    partner.sign_up()
    partner.work()
    partner.clock.wait(minutes=2)
    partner.sign_up()
    partner.work()

    assert partner.writes(writes.AGAIN) == [], "who is in Do and signs up, is there"


def test_nobody_who_was_deleted_there_is_made_again(odoo: House) -> None:
    rules(odoo, re_entry="update")
    hand_over(odoo)
    odoo.ats.delete(odoo.ref())
    with odoo.parts.store.unit() as unit:
        unit.outbox.put(writes.again("odoo", 12, "re_entry", odoo.clock()))
    odoo.work()
    odoo.clock.wait(hours=2)
    odoo.poll()
    odoo.work()

    assert odoo.candidates() == 0
    assert odoo.shown()[0] == "deleted"


def test_forgetting_the_sign_up_is_no_entry_into_do(odoo: House) -> None:
    """Who signs up again and again stays in Do; the first time is soon too old."""
    rules(odoo, re_entry="note", leave_do="note")
    keep = RetentionSettings(history_days=50)
    object.__setattr__(odoo.parts.settings, "retention", keep)
    hand_over(odoo)
    forgotten = 0
    for _ in range(8):
        odoo.clock.wait(days=20)
        odoo.sign_up()
        odoo.work()
        forgotten += purge(odoo.parts).events
        refresh(odoo.parts)
        sweep(odoo.parts)
        odoo.work()

    assert forgotten > 2
    assert odoo.phase() is Phase.DO
    assert odoo.candidates() == 1
    assert len(notes(odoo)) == 1
    assert odoo.writes(writes.AGAIN) == []
