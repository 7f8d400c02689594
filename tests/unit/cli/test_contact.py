"""`stdc explain` says why, as of any moment, and changes nothing."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from webhooks.events import ContentKind, ContentRef, Event, EventType

THEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Seen:
    """A profile as a delivery shows it."""

    contact_id: int
    email: str
    seen_at: datetime = THEN
    key: str = "k"
    first_name: str | None = "Anna"
    last_name: str | None = "Bakker"
    owner_id: int | None = None
    fields: dict = field(default_factory=dict)
    tags: tuple = ()
    do_not_contact: frozenset = frozenset()
    complete: bool = True


def visit(contact_id, number):
    return Event(
        key=f"hit:{number}",
        type=EventType.PAGE_VISITED,
        contact_id=contact_id,
        occurred_at=THEN + timedelta(hours=number),
        content=ContentRef(kind=ContentKind.URL, url="https://example.org/blog/x"),
    )


@pytest.fixture
def anna(parts):
    """A contact with one visit; another with the same address and none."""
    with parts.store.unit() as unit:
        unit.history.append([visit(7, 1)], THEN)
        unit.people.see_profile(Seen(7, "anna@example.org"))
        unit.people.see_profile(Seen(8, "silent@example.org"))


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("contact", ["7", "anna@example.org", "Anna@Example.org"])
def test_a_contact_is_found_by_id_or_address(installed, contact):
    result = installed.stdc("explain", contact, "--lang", "en")

    assert result.exit_code == 0, result.output
    assert "Anna" in result.stdout
    assert "See" in result.stdout


@pytest.mark.usefixtures("anna")
def test_the_language_is_the_installations_unless_told_otherwise(installed):
    own = installed.stdc("explain", "7").stdout

    assert own == installed.stdc("explain", "7", "--lang", "nl").stdout
    assert own != installed.stdc("explain", "7", "--lang", "en").stdout


@pytest.mark.usefixtures("anna")
def test_scripts_get_the_same_as_json(installed):
    result = installed.stdc("explain", "7", "--json", "--as-of", "2026-11-02")

    told = json.loads(result.stdout)
    assert told["phase"] == "see"
    assert told["next_touch"]["on"] == "2026-11-03"
    assert [one["why"] for one in told["next_touch"]["reasons"]] == ["first", "weekday"]


@pytest.mark.usefixtures("anna")
def test_the_rhythm_is_explained_too(installed):
    told = installed.stdc("explain", "7", "--lang", "en").stdout

    assert "Due from 3 November 2026: was sent nothing yet, in view since" in told


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["99"], "nothing is known here of contact 99"),
        (["nobody@example.org"], "nothing is known here"),
        (["8"], "contact 8 is known, but has done nothing yet"),
    ],
)
def test_who_cannot_be_explained_is_said_plainly(installed, words, said):
    result = installed.stdc("explain", *words)

    assert result.exit_code == 1
    assert said in result.stderr


@pytest.mark.usefixtures("anna")
def test_an_address_of_several_contacts_names_them(installed, parts):
    with parts.store.unit() as unit:
        unit.people.see_profile(Seen(9, "anna@example.org"))

    result = installed.stdc("explain", "anna@example.org")

    assert result.exit_code == 1
    assert "is the address of several contacts: 7, 9" in result.stderr


def test_a_moment_that_is_none_is_wrong_usage(installed):
    result = installed.stdc("explain", "7", "--as-of", "yesterday")

    assert result.exit_code == 2
    assert "no moment like 2026-11-23T14:00" in result.stderr
