"""`stdc export` prints what is held of a person, and nobody else's data."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.cli.test_contact import Seen, visit
from webhooks.inbox import Delivery

THEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
BODY = {
    "mautic.page_on_hit": [
        {"hit": {"lead": {"id": 7, "email": "anna@example.org"}}},
        {"hit": {"lead": {"id": "70", "email": "bert@example.org"}}},
    ]
}


@pytest.fixture
def anna(parts):
    """Anna, twice in Mautic and merged; a stranger in the same delivery."""
    with parts.store.unit() as unit:
        unit.history.append([visit(7, 1), visit(9, 2), visit(70, 3)], THEN)
        unit.people.see_profile(Seen(7, "anna@example.org"))
        unit.people.see_profile(Seen(9, "a.bakker@example.org"))
        unit.people.see_profile(Seen(70, "bert@example.org"))
        unit.people.merge(9, 7, THEN + timedelta(hours=9), "same person")
    for body in (json.dumps(BODY).encode(), b"not JSON"):
        parts.store.inbox.accept(Delivery(source="mautic", body=body, received_at=THEN))


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("contact", ["7", "9", "anna@example.org"])
def test_all_that_is_held_of_a_person_is_printed(installed, contact):
    result = installed.stdc("export", contact)
    told = json.loads(result.stdout)

    assert result.exit_code == 0, result.output
    assert told["person"] == 7
    assert {one["contact_id"] for one in told["contacts"]} == {7, 9}
    assert {one["key"] for one in told["history"]} == {"hit:1", "hit:2"}
    assert [one["loser"] for one in told["merges"]] == [9]
    assert [one["action"] for one in told["audit"]] == ["contact.merged"]
    [delivery] = told["deliveries"]
    assert delivery["items"] == BODY["mautic.page_on_hit"][:1]


@pytest.mark.usefixtures("anna")
def test_nobody_elses_data_is_printed(installed):
    told = installed.stdc("export", "7").stdout

    assert "bert" not in told
    assert "hit:3" not in told


@pytest.mark.usefixtures("anna")
def test_who_is_not_known_is_said_plainly(installed):
    result = installed.stdc("export", "nobody@example.org")

    assert result.exit_code == 1
    assert "nothing is known here of contact nobody@example.org" in result.stderr
