"""`stdc people`: who is one person, and taking apart what is not."""

import json
from datetime import UTC, datetime

import pytest

from plugin.sandbox.mautic.server import MauticSandbox
from webhooks.sources.base import ProfileSeen

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def merged(installed):
    """Contact 17 was merged into 4711; Mautic knows neither."""
    with MauticSandbox() as mautic:
        secret = installed.folder / "secrets" / "client_secret"
        secret.write_text(mautic.client_secret)
        installed.edit("http://127.0.0.1:9", mautic.url)
        installed.edit("1_put-the-public-key-here", mautic.client_id)
        session = installed.session()
        with session.parts.store.unit() as unit:
            unit.people.see_profiles(
                ProfileSeen(contact_id=one, seen_at=AT, key="", email=f"p{one}@x.nl")
                for one in (17, 4711)
            )
            unit.people.merge(17, 4711, AT, "Mautic answers for contact 17 with 4711")
        session.close()
        yield installed


def test_it_says_who_is_one_person_and_why(merged):
    result = merged.stdc("people", "show", "17")

    assert result.exit_code == 0, result.output
    assert "Person 4711 is in Mautic: 17, 4711." in result.output
    assert "contact.merged" in result.output
    assert "into contact 4711: Mautic answers for contact 17" in result.output


@pytest.mark.parametrize("who", ["17", "4711", "p17@x.nl", "P4711@X.nl"])
def test_any_contact_and_any_address_of_theirs_will_do(merged, who):
    told = json.loads(merged.stdc("people", "show", who, "--json").stdout)

    assert (told["person"], told["contacts"]) == (4711, [17, 4711])
    assert [one["action"] for one in told["audit"]] == ["contact.merged"]


def test_a_split_is_said_and_kept_in_the_audit(merged):
    result = merged.stdc("people", "split", "17", "--reason", "two people", "--yes")
    told = json.loads(merged.stdc("people", "show", "17", "--json").stdout)

    assert result.exit_code == 0, result.output
    assert "Contact 17 is a person of their own, apart from 4711." in result.output
    assert "Mautic has no contact 17 any more" in result.output
    assert told["contacts"] == [17]
    assert told["audit"][1]["detail"] == {"why": "by hand: two people"}


def test_without_a_yes_nothing_is_done(merged):
    asked = merged.stdc("people", "split", "17", "--reason", "why", input="n\n")

    assert asked.exit_code == 1
    told = json.loads(merged.stdc("people", "show", "17", "--json").stdout)
    assert told["contacts"] == [17, 4711]


@pytest.mark.parametrize("words", [("show", "5"), ("show", "nobody@x.nl")])
def test_of_who_is_not_known_it_says_so(merged, words):
    result = merged.stdc("people", *words)

    assert result.exit_code == 1
    assert "nothing is known here of contact" in result.output


def test_what_was_not_merged_is_named(merged):
    result = merged.stdc("people", "split", "4711", "--reason", "why", "--yes")

    assert result.exit_code == 1
    assert "`stdc people show 4711`" in result.output
