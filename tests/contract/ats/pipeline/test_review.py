"""Several who may be the one: a person says who it is, and then it is done once."""

import pytest

from plugin.errors import Rejected
from plugin.pipeline import reviews
from plugin.store import OutboxState
from tests.contract.ats.pipeline.house import House

ADDRESS = "Sanne.12@Example.NL"


def ask(odoo: House) -> list[str]:
    """Let two candidates have the address of somebody who signs up."""
    there = [str(odoo.ats.make(email_from=ADDRESS)) for _ in range(2)]
    odoo.sign_up()
    odoo.work()
    return there


def waiting(odoo: House) -> list[reviews.Review]:
    with odoo.parts.store.view() as unit:
        return reviews.reviews(unit)


def test_several_matches_wait_with_everybody_who_may_be_the_one(odoo: House) -> None:
    there = ask(odoo)

    (one,) = waiting(odoo)
    assert (one.connection, one.contact_id) == ("odoo", 12)
    assert sorted(one.candidates) == sorted(there)
    assert all(str(url).startswith("http") for url in one.candidates.values())
    assert odoo.shown() == ("needs-attention", None)
    assert odoo.candidates() == 2


def test_who_is_chosen_is_updated_and_linked(odoo: House) -> None:
    _, second = ask(odoo)

    reviews.choose(odoo.parts, "odoo", 12, second, "anna")
    odoo.work()

    assert odoo.ref() == second
    assert odoo.candidates() == 2
    assert waiting(odoo) == []
    assert len(odoo.ats.notes(second)) == 1
    assert odoo.shown()[0] == "new"
    assert odoo.audit("review.choose")[0]["ref"] == second


def test_who_is_none_of_them_is_created_once(odoo: House) -> None:
    """Also when the line breaks after the call that makes them."""
    ask(odoo)
    reviews.create(odoo.parts, "odoo", 12, "anna")
    calls = 0
    while odoo.link() is None:
        calls += 1
        odoo.faults.drop(calls, "after")
        odoo.work()
        odoo.clock.wait(minutes=10)
        assert calls < 30

    assert odoo.candidates() == 3
    odoo.faults.planned.clear()
    odoo.clock.wait(hours=1)
    odoo.work()
    assert odoo.candidates() == 3
    assert len(odoo.ats.notes(odoo.ref())) == 1


def test_who_is_ignored_is_not_asked_about_again(odoo: House) -> None:
    ask(odoo)

    reviews.ignore(odoo.parts, "odoo", 12, "anna", "an old colleague")
    odoo.clock.wait(minutes=5)
    odoo.meet(phone="0612345678")
    odoo.work()

    assert waiting(odoo) == []
    assert odoo.candidates() == 2
    assert odoo.link() is None
    states = {one.state for one in odoo.writes()}
    assert states == {OutboxState.DROPPED}


def test_only_who_was_found_can_be_chosen(odoo: House) -> None:
    ask(odoo)

    with pytest.raises(Rejected, match="99999 is none of those who were found"):
        reviews.choose(odoo.parts, "odoo", 12, "99999", "anna")
    with pytest.raises(Rejected, match="nothing about contact 13 is in review"):
        reviews.create(odoo.parts, "odoo", 13, "anna")
    assert len(waiting(odoo)) == 1
