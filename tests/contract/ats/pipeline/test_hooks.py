"""A hook of Odoo is a hint: believed by nobody, read, and read once more."""

from pathlib import Path

import pytest

from plugin.mappings.model import Phase
from plugin.pipeline.writes import REREAD
from plugin.sandbox.odoo.records import Records
from plugin.store import OutboxState
from tests.contract.ats.pipeline.house import INBOUND, House, open_house


@pytest.mark.parametrize("secret", ["?token=", "basic"])
def test_a_hook_is_enough_for_a_hire(odoo: House, secret: str) -> None:
    address = f"http://{odoo.door}?token={INBOUND}"
    if secret == "basic":
        address = f"http://odoo:{INBOUND}@{odoo.door}"
    odoo.sign_up()
    odoo.work()
    odoo.ats.subscribe(address)

    odoo.ats.hire(odoo.ref())
    odoo.work()

    assert odoo.phase() is Phase.CARE
    (hint,) = odoo.writes(REREAD)
    assert (hint.state, hint.attempts) == (OutboxState.DONE, 1)


def test_a_hook_with_a_wrong_secret_moves_nobody(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.ats.subscribe(f"http://{odoo.door}?token=guessed")

    odoo.ats.hire(odoo.ref())
    odoo.work()

    assert odoo.phase() is Phase.DO
    assert odoo.writes(REREAD) == []


def test_a_hook_before_the_commit_is_read_once_more(tmp_path: Path) -> None:
    """18 tells inside the transaction: the first reading still finds the old stage."""
    with open_house(tmp_path, "odoo-18") as house:
        house.sign_up()
        house.work()
        house.ats.subscribe(f"http://{house.door}?token={INBOUND}")
        house.on_accepted.append(house.work)

        house.ats.hire(house.ref())

        (hint,) = house.writes(REREAD)
        assert (hint.state, hint.attempts) == (OutboxState.PENDING, 1)
        assert house.phase() is Phase.DO
        house.clock.wait(seconds=6)
        house.work()
        assert house.phase() is Phase.CARE
        assert house.writes(REREAD)[0].state is OutboxState.DONE


def test_a_hire_that_is_rolled_back_hires_nobody(tmp_path: Path) -> None:
    with open_house(tmp_path, "odoo-18") as house:
        house.sign_up()
        house.work()
        house.ats.hire(house.ref())
        house.ats.unhire(house.ref())
        house.poll()
        house.ats.subscribe(f"http://{house.door}?token={INBOUND}")

        with pytest.raises(ZeroDivisionError):
            roll_back_a_hire(house)
        house.work()
        house.clock.wait(seconds=6)
        house.work()
        house.clock.wait(seconds=60)

        house.work()

        (hint,) = house.writes(REREAD)
        assert (hint.state, hint.attempts) == (OutboxState.DONE, 2), "then the poll"
        assert house.phase() is Phase.DO


def roll_back_a_hire(house: House) -> None:
    with house.ats.state.writing() as transaction:
        records = Records(house.ats.state, transaction, 5)
        (number,) = transaction.tables["hr.applicant"]
        records.write("hr.applicant", [number], {"stage_id": 6})
        raise ZeroDivisionError


def test_hints_of_strangers_are_read_and_left_alone(odoo: House) -> None:
    ref = odoo.ats.make(partner_name="Piet", email_from="piet@example.nl")
    odoo.ats.subscribe(f"http://{odoo.door}?token={INBOUND}")
    odoo.ats.hire(ref)

    odoo.work()

    assert [one.state for one in odoo.writes(REREAD)] == [OutboxState.PENDING]
    with odoo.parts.store.view() as unit:
        assert unit.links.list() == []
        assert unit.history.count() == 0
    odoo.sign_up()
    odoo.work()
    assert odoo.shown()[0] == "new", "a hint that waits holds nobody up"
