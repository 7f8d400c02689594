"""`stdc audit` lists what was done, to whom, when, why and under which consent."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.cli.test_contact import Seen

THEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
CONSENT = {"basis": "consent", "given": True, "field": "mag", "date": "2026-10-30"}
HANDED = {
    "connection": "odoo",
    "ref": "12",
    "created": True,
    "mappings": "abc123",
    "cause": "sign-up",
    "consent": CONSENT,
}
LINES = (
    ("stdc", "candidate.handed_over", "person:7", HANDED),
    ("anna", "contact.viewed", "contact:9", {}),
    ("stdc", "candidate.handed_over", "person:70", HANDED | {"connection": "csv"}),
    ("stdc", "handover.dropped", "person:70", {"connection": "odoo", "why": "late"}),
    ("stdc erase", "person.erased", "erased:abc", {"rows": {"events": 2}}),
)


@pytest.fixture
def audited(installed, parts):
    """Lines of two people, one of them under two ids; an hour apart."""
    with parts.store.unit() as unit:
        for who, email in ((7, "anna@x.nl"), (9, "a@x.nl"), (70, "bert@x.nl")):
            unit.people.see_profile(Seen(who, email))
        for hours, (actor, action, subject, detail) in enumerate(LINES):
            at = THEN + timedelta(hours=hours)
            unit.audit.add(at, actor, action, subject, detail)
        unit.people.merge(9, 7, THEN - timedelta(days=1), "the same")
    return installed


def listed(audited, *words):
    result = audited.stdc("audit", *words, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    return [(one["action"], one["subject"]) for one in found]


def test_a_hand_over_says_when_why_by_which_rules_and_with_which_consent(audited):
    (line,) = json.loads(
        audited.stdc(
            "audit", "--hand-overs", "--connection", "odoo", "anna@x.nl", "--json"
        ).stdout
    )
    table = audited.stdc("audit", "--hand-overs", "7").stdout

    assert line["at"] == "2026-11-01T12:00:00+00:00"
    assert line["detail"] == HANDED
    assert "2026-11-01 12:00:00" in table
    assert "mappings=abc123" in table
    assert "cause=sign-up" in table
    assert "consent=(basis=consent date=2026-10-30 field=mag given=True)" in table


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("9",), ["candidate.handed_over", "contact.viewed", "contact.merged"]),
        (("--action", "handover.dropped"), ["handover.dropped"]),
        (("--by", "anna"), ["contact.viewed"]),
        (("--erasure", "abc"), ["person.erased"]),
        (("--connection", "csv"), ["candidate.handed_over"]),
        (("--since", "2026-11-01T15:00"), ["person.erased", "handover.dropped"]),
        (("--until", "2026-11-01T12:00"), ["contact.merged"]),
        (("--hand-overs", "--limit", "1"), ["handover.dropped"]),
        (("--action", "nothing.such"), []),
    ],
)
def test_it_can_be_asked_for_a_part(audited, words, found):
    assert sorted(one for one, _ in listed(audited, *words)) == sorted(found)


def test_the_newest_comes_first(audited):
    subjects = [subject for _, subject in listed(audited, "--hand-overs")]

    assert subjects == ["person:70", "person:70", "person:7"]


def test_nothing_is_said_plainly(installed):
    result = installed.stdc("audit")

    assert result.exit_code == 0
    assert result.stdout == "Nothing of the kind is in the audit.\n"


def test_an_audit_of_many_pages_is_read_to_its_end(audited, parts):
    with parts.store.unit() as unit:
        for _ in range(1200):
            unit.audit.add(THEN, "stdc", "hook.mended", "hook", {})

    assert len(listed(audited, "--limit", "5000")) == 1206
    assert len(listed(audited, "--connection", "csv")) == 1
