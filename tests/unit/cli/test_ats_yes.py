"""`stdc ats waiting`, `approve` and `decline`."""

import json

import pytest

from plugin.pipeline.rescore import rescore
from tests.unit.cli.test_ats import connected  # noqa: F401 -- a fixture
from tests.unit.cli.to_do import read_about_work


@pytest.fixture
def ready(connected):  # noqa: F811
    """Contact 12 is in Do by score, and no consent is asked for."""
    fields = connected.folder / "mappings" / "fields.toml"
    waived = '[consent]\nhandover = "not-needed"\nhandover_reason = "they ask for it"\n'
    fields.write_text(fields.read_text().replace("[consent]\n", waived, 1))
    session = connected.session()
    parts = session.parts
    read_about_work(parts, 12)
    with parts.store.unit() as unit:
        rescore(parts, unit, [12], as_of=parts.clock())
    session.close()
    return connected


def status(installed):
    session = installed.session()
    with session.parts.store.view() as unit:
        wanted = unit.people.state(12).wanted
    session.close()
    return wanted["fields"]["stdc_ats_status"]


def test_who_waits_is_listed_with_the_reason(ready):
    result = ready.stdc("ats", "waiting")

    assert result.exit_code == 0, result.output
    row = result.stdout.splitlines()[1]
    assert row.split()[:3] == ["12", "Sanne", "de"]
    assert "Opdracht" in row
    (one,) = json.loads(ready.stdc("ats", "waiting", "--json").stdout)
    assert (one["contact_id"], one["name"]) == (12, "Sanne de Wit")
    assert one["score"] > 1


def test_a_yes_wants_the_hand_over(ready):
    assert status(ready) == "waits-for-yes"

    result = ready.stdc("ats", "approve", "sanne.12@example.nl", "--by", "anna")

    assert result.exit_code == 0, result.output
    assert "by the word of anna" in result.stdout
    assert status(ready) == "waiting"
    assert "Nobody waits" in ready.stdc("ats", "waiting").stdout


def test_a_no_says_until_when(ready):
    given = ("12", "--reason", "later", "--until", "2999-01-01")
    result = ready.stdc("ats", "decline", *given)

    assert result.exit_code == 0, result.output
    assert "until 2999-01-01" in result.stdout
    assert status(ready) == "not-now"


def test_what_cannot_be_said_is_explained(ready):
    early = ready.stdc("ats", "decline", "12", "--reason", "x", "--until", "2020-01-01")
    nobody = ready.stdc("ats", "approve", "nobody@example.org")

    assert (early.exit_code, nobody.exit_code) == (1, 1)
    assert "2020-01-01 has passed" in early.stderr
    assert "nothing is known here of contact nobody@example.org" in nobody.stderr
