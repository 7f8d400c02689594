"""`stdc ats review`, and the status of one contact."""

import json
from datetime import UTC, datetime

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.pipeline import writes
from plugin.store import Link, OutboxState
from tests.unit.cli.test_ats import connected  # noqa: F401 -- a fixture

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOUND = {"54": "https://odoo.example/54", "55": None}


def link(contact_id, connection="odoo", status="new"):
    return Link(
        connection=connection,
        contact_id=contact_id,
        person_id=contact_id,
        ref=f"{contact_id}00",
        url=None,
        status=status,
        marker=f"mautic:x:{contact_id}",
        handed_over_at=AT,
        updated_at=AT,
    )


@pytest.fixture
def troubled(connected):  # noqa: F811
    """13 is in review; 14 and 15 were refused for one cause; 16 and 17 stand there."""
    session = connected.session()
    parts = session.parts
    move = Move(at=AT, before=Phase.SEE, after=Phase.DO, cause=Cause.SIGN_UP)
    said = {
        13: "needs a person: 2 candidates there may be this one: 54, 55",
        14: "field x_age wants a number (integer), the mapping gives 'oud'",
        15: "field x_age wants a number (integer), the mapping gives 'jong'",
    }
    with parts.store.unit() as unit:
        for contact_id in (*said, 16, 17):
            unit.people.person_of(contact_id, AT)
        unit.outbox.put_many(writes.handover("odoo", one, move) for one in said)
        for item in unit.outbox.claim("ats:odoo", 9, parts.clock(), 60):
            told = {"candidates": FOUND} if item.person_id == 13 else None
            unit.outbox.park(item, said[item.person_id or 0], told)
        unit.links.put(link(16))
        unit.links.put(link(17, status="deleted"))
    session.close()
    return connected


def parked(installed, state=OutboxState.PARKED):
    session = installed.session()
    with session.parts.store.view() as unit:
        found = unit.outbox.list(state, "ats:odoo")
    session.close()
    return {one.person_id: one for one in found}


def test_who_is_in_review_is_listed_with_everybody_who_may_be_the_one(troubled):
    (one,) = json.loads(troubled.stdc("ats", "review", "list", "--json").stdout)

    assert (one["contact_id"], one["candidates"]) == (13, FOUND)
    rows = troubled.stdc("ats", "review", "list").stdout.splitlines()[1:]
    assert [row.split()[4] for row in rows] == ["54", "55"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("choose", "13", "54"), "Contact 13 is 54 in odoo"),
        (("create", "13"), "becomes a new candidate"),
        (("ignore", "13", "--reason", "twice here"), "is not handed over"),
    ],
)
def test_a_review_is_decided(troubled, words, told):
    result = troubled.stdc("ats", "review", *words)

    assert result.exit_code == 0, result.output
    assert told in result.stdout
    assert "Nothing is in review" in troubled.stdc("ats", "review", "list").stdout
    assert 13 not in parked(troubled)


def test_what_is_not_in_review_cannot_be_decided(troubled):
    none = troubled.stdc("ats", "review", "choose", "14", "54")
    other = troubled.stdc("ats", "review", "choose", "13", "99")

    assert (none.exit_code, other.exit_code) == (1, 1)
    assert "nothing about contact 14 is in review" in none.stderr
    assert "99 is none of those who were found: 54, 55" in other.stderr


def test_the_status_of_one_contact(troubled):
    told = json.loads(troubled.stdc("ats", "status", "16", "--json").stdout)
    assert [one["contact_id"] for one in told["links"]] == [16]
    assert told["open"] == []

    told = json.loads(troubled.stdc("ats", "status", "13", "--json").stdout)
    assert [one["contact_id"] for one in told["open"]] == [13]
    assert told["links"] == []
