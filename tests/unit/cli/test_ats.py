"""`stdc ats check` and `stdc ats status`."""

import json
from datetime import UTC, datetime

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.pipeline import writes
from plugin.sandbox.odoo.server import OdooSandbox
from plugin.sandbox.receiver import ReceiverSandbox
from plugin.store import Link
from tests.support.consent import LINES

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ODOO = """
[ats.odoo]
kind = "odoo"
url = "{url}"
secret = "file:secrets/odoo_key"
database = "{database}"
login = "{login}"
allow_private = true

[ats.partner]
kind = "webhook"
url = "{partner}"
secret = "file:secrets/partner"
allow_private = true
"""


@pytest.fixture
def connected(installed):
    """An installation with a look-alike behind each of its two connections."""
    with OdooSandbox(18) as odoo, ReceiverSandbox() as partner:
        secrets = installed.folder / "secrets"
        (secrets / "odoo_key").write_text(odoo.api_key)
        (secrets / "partner").write_text(partner.secret)
        text = ODOO.format(
            url=odoo.url,
            database=odoo.database,
            login=odoo.login,
            partner=partner.url,
        )
        with installed.config.open("a", encoding="utf-8") as config:
            config.write(text)
        installed.odoo, installed.partner = odoo, partner
        yield installed


@pytest.fixture
def handed(connected):
    """Somebody stands there, somebody waits, somebody is parked."""
    session = connected.session()
    with session.parts.store.unit() as unit:
        unit.links.put(
            Link(
                connection="odoo",
                contact_id=12,
                person_id=12,
                ref="54",
                url="https://odoo.example/54",
                status="hired",
                marker="mautic:example:12",
                handed_over_at=AT,
                updated_at=AT,
            )
        )
        move = Move(at=AT, before=Phase.SEE, after=Phase.DO, cause=Cause.SIGN_UP)
        for person, connection in ((13, "odoo"), (14, "odoo"), (15, "partner")):
            unit.people.person_of(person, AT)
            unit.outbox.put(writes.handover(connection, person, move))
        (first, _) = unit.outbox.claim("ats:odoo", 2, session.parts.clock(), 60)
        unit.outbox.park(first, "needs a person: 2 candidates there")
    session.close()
    return connected


def test_check_says_who_we_are_everywhere(connected):
    result = connected.stdc("ats", "check")

    assert result.exit_code == 0, result.output
    assert "Odoo 18" in result.stdout
    assert "takes our signed messages" in result.stdout


def test_check_as_json(connected):
    found = json.loads(connected.stdc("ats", "check", "--json").stdout)

    assert {name: one["ok"] for name, one in found.items()} == {
        "odoo": True,
        "partner": True,
    }
    assert found["odoo"]["kind"] == "odoo"


@pytest.mark.parametrize("secret", ["odoo_key", "partner"])
def test_check_names_what_is_broken_and_no_secret(connected, secret):
    wrong = "whsec_d3JvbmctYW5kLXNlY3JldA=="
    (connected.folder / "secrets" / secret).write_text(wrong)

    result = connected.stdc("ats", "check")

    assert result.exit_code == 1
    assert "1 connection broken" in result.stderr
    states = [line.split()[2] for line in result.stdout.splitlines()[1:]]
    assert sorted(states) == ["no", "yes"]
    assert wrong not in result.output


def test_check_without_any(installed):
    result = installed.stdc("ats", "check")

    assert result.exit_code == 0
    assert "No ATS is configured" in result.stdout


def test_status_tells_what_is_open_and_who_stands_there(handed):
    result = handed.stdc("ats", "status")

    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines() if line]
    assert rows[1][:2] == ["odoo", "13"]
    assert "needs a person: 2 candidates there" in result.stdout
    assert [row[3] for row in rows[1:4]] == ["parked", "claimed", "pending"]
    assert rows[-1] == [
        *("odoo", "12", "54", "hired"),
        *("2026-11-23", "12:00:00", "https://odoo.example/54"),
    ]


def test_status_says_why_nobody_is_handed_over(handed):
    undecided = handed.stdc("ats", "status")
    fields = handed.folder / "mappings" / "fields.toml"
    text = fields.read_text()
    fields.write_text(text.replace("[consent]\n", LINES))
    decided = handed.stdc("ats", "status")

    assert "it does not say under which consent" in undecided.stderr
    assert decided.stderr == ""


def test_status_of_one_connection_as_json(handed):
    told = json.loads(handed.stdc("ats", "status", "partner", "--json").stdout)

    assert told["links"] == []
    (wish,) = told["open"]
    assert (wish["contact_id"], wish["state"], wish["why"]) == (15, "pending", None)


def test_status_of_an_unknown_connection(handed):
    result = handed.stdc("ats", "status", "sap")

    assert result.exit_code == 1
    assert "there is odoo, partner" in result.stderr


def test_status_of_nobody(connected):
    assert "Nobody was handed over yet" in connected.stdc("ats", "status").stdout


def test_check_compares_the_mapping_with_what_is_there(connected):
    mapping = connected.folder / "mappings" / "ats" / "odoo.toml"
    text = mapping.read_text().replace('"partner_phone"', '"partner_fone"')
    text = text.replace('kind = "none"', 'kind = "job"\nref = "4711"')
    mapping.write_text(text + '\n[[owners]]\nref = "4712"\n')

    result = connected.stdc("ats", "check")

    assert result.exit_code == 1
    told = result.stdout
    assert "no field 'partner_fone' there; did you mean 'partner_phone'?" in told
    assert "no job '4711' there" in told
    assert "no user '4712' there" in told
