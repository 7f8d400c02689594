"""`stdc ats preview`: everything shown, nothing sent."""

import json
from pathlib import Path

import pytest

from plugin.sandbox.odoo.server import OdooSandbox
from tests.unit.cli.test_ats import connected  # noqa: F401 -- a fixture
from tests.unit.cli.to_do import read_about_work


@pytest.fixture
def ready(connected):  # noqa: F811
    """Contact 12 is in Do by score, and known by phone."""
    session = connected.session()
    read_about_work(session.parts, 12, phone="06 12345678")
    session.close()
    return connected


def test_a_new_candidate_is_shown_whole(ready):
    result = ready.stdc("ats", "preview", "12", "--connection", "odoo")

    assert result.exit_code == 0, result.output
    told = result.stdout
    assert told.startswith("odoo: contact 12, would be created\n")
    assert "not now: waits for a person's yes" in told
    assert '"partner_phone": "+31612345678"' in told
    assert '"hr.candidate", "create"' in told
    assert "effect: the candidate is mailed nothing by us" in told
    assert OdooSandbox.api_key not in told


def test_every_connection_is_shown_as_json(ready):
    result = ready.stdc("ats", "preview", "sanne.12@example.nl", "--json")

    found = {one["connection"]: one for one in json.loads(result.stdout)}
    assert set(found) == {"odoo", "partner"}
    assert found["partner"]["outcome"] == "create"
    (call,) = found["partner"]["calls"]
    assert call["was_sent"] is False
    assert call["body"]["data"]["marker"].endswith(":12")
    assert call["headers"]["webhook-signature"] == "***"


def test_who_is_there_is_compared_field_by_field(ready):
    ref = ready.odoo.make(email_from="sanne.12@example.nl", partner_phone="020 123")

    result = ready.stdc("ats", "preview", "12", "--connection", "odoo")

    assert f"would update {ref}" in result.stdout
    assert f"found there: {ref} (exact)" in result.stdout
    assert "partner_phone: stays '020 123' (if_empty)" in result.stdout


def test_what_is_left_out_is_warned_of(ready):
    mapping = Path(ready.folder / "mappings" / "ats" / "odoo.toml")
    text = mapping.read_text()
    mapping.write_text(text.replace('transform = ["phone"]', 'transform = ["date"]'))

    result = ready.stdc("ats", "preview", "12", "--connection", "odoo")

    assert "warning: partner_phone: no date; it is left out" in result.stdout


def test_an_unknown_connection_is_named(ready):
    result = ready.stdc("ats", "preview", "12", "--connection", "sap")

    assert result.exit_code == 1
    assert "there is odoo, partner" in result.stderr
