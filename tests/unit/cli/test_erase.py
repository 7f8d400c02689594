"""`stdc erase` takes a person out of everything, and says what is left to do."""

import json

import pytest
import requests

from plugin.pipeline.writes import erase as wish
from plugin.sandbox.mautic.server import MauticSandbox
from plugin.store import Link
from tests.unit.cli.test_contact import Seen
from tests.unit.cli.test_person import THEN, anna

__all__ = ["anna"]


def contact_of(mautic, path, method="GET", body=None):
    """Ask Mautic as one of its users."""
    return requests.request(
        method,
        f"{mautic.url}/api/contacts/{path}",
        json=body,
        auth=(mautic.username, mautic.password),
        timeout=10,
    )


def test_their_contact_in_mautic_goes_too_when_asked(installed):
    with MauticSandbox() as mautic:
        secret = installed.folder / "secrets" / "client_secret"
        secret.write_text(mautic.client_secret)
        installed.edit("http://127.0.0.1:9", mautic.url)
        installed.edit("1_put-the-public-key-here", mautic.client_id)
        made = contact_of(mautic, "new", "POST", {"email": "anna@example.org"})
        number = made.json()["contact"]["id"]
        session = installed.session()
        with session.parts.store.unit() as unit:
            unit.people.see_profile(Seen(number, "anna@example.org"))
        session.close()

        result = installed.stdc("erase", number, "--mautic", "--yes", "--json")

        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["mautic"] == "deleted"
        assert contact_of(mautic, number).status_code == 404


@pytest.mark.usefixtures("anna")
def test_it_says_what_goes_and_changes_nothing_when_only_looking(installed, parts):
    before = parts.store.dump_state()
    result = installed.stdc("erase", "anna@example.org", "--dry-run")

    assert result.exit_code == 0, result.output
    assert "Held of person 7:" in result.stdout
    assert "2         events of their history" in result.stdout
    assert "1         raw deliveries that keep what is about others" in result.stdout
    assert parts.store.dump_state() == before


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("contact", ["7", "9", "A.Bakker@Example.org"])
def test_it_asks_first(installed, parts, contact):
    asked = installed.stdc("erase", contact, input="n\n")
    before = installed.stdc("export", "7").exit_code
    done = installed.stdc("erase", contact, input="y\n")

    assert asked.exit_code == 1
    assert before == 0
    assert done.exit_code == 0, done.output
    assert "Erase this for good?" in done.stdout
    assert "delete it with Mautic's own button" in done.stdout
    with parts.store.view() as unit:
        assert unit.people.current([7, 9]) == set()
        assert unit.people.current([70]) == {70}


@pytest.mark.usefixtures("anna")
def test_asked_again_it_says_when_that_was_done(installed):
    first = json.loads(installed.stdc("erase", "7", "--yes", "--json").stdout)
    by_id = installed.stdc("erase", "9", "--yes")
    by_email = json.loads(
        installed.stdc("erase", "anna@example.org", "--yes", "--json").stdout
    )

    assert first["rows"]["events"] == 2
    assert first["deliveries"] == {"deleted": 0, "redacted": 1}
    assert first["mautic"] == "still there"
    assert "was erased already, on 20" in by_id.stdout
    assert first["erasure"] in by_id.stdout
    assert by_email["erasure"] == first["erasure"]


@pytest.mark.usefixtures("anna")
def test_who_is_not_known_is_said_plainly(installed):
    result = installed.stdc("erase", "nobody@example.org", "--yes")

    assert result.exit_code == 1
    assert "nothing is known here of contact nobody@example.org" in result.stderr


@pytest.mark.usefixtures("anna")
def test_where_mautic_does_not_answer_nothing_is_erased(installed, parts):
    result = installed.stdc("erase", "7", "--mautic", "--yes")

    assert result.exit_code == 1
    assert "Nothing was erased" in result.stderr
    with parts.store.view() as unit:
        assert unit.people.current([7]) == {7}


def test_what_a_person_did_by_hand_is_forgotten_when_they_say_so(installed, parts):
    link = Link(
        connection="odoo",
        contact_id=7,
        person_id=7,
        ref="12",
        url=None,
        status="new",
        marker="mautic:acme:7",
        handed_over_at=THEN,
        updated_at=THEN,
    )
    with parts.store.unit() as unit:
        unit.outbox.put(wish(link, "abc", is_ours=True))
        (item,) = unit.outbox.list()
        unit.outbox.park(item, "erase by hand")
    result = installed.stdc("outbox", "discard", item.id, "--yes")

    assert result.exit_code == 0, result.output
    with parts.store.view() as unit:
        assert unit.outbox.list() == []
        (line,) = unit.audit.list("erased:abc")
    assert (line.action, line.detail["how"]) == ("erasure.passed_on", "by hand")
