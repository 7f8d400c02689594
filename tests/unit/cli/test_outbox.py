"""`stdc outbox`: what was refused waits for a person, who tries again or drops it."""

import json

import pytest

from plugin.store import OutboxWrite


@pytest.fixture
def parked(parts):
    """Park two writes to Mautic; leave one to an ATS waiting."""
    with parts.store.unit() as unit:
        for at, destination in enumerate(["mautic", "mautic", "ats:odoo"]):
            unit.outbox.put(
                OutboxWrite(
                    destination=destination, kind="note", payload={"n": at}, key=str(at)
                )
            )
    with parts.store.unit() as unit:
        for item in unit.outbox.claim("mautic", 2, parts.clock(), 60):
            unit.outbox.park(item, "HTTP 400: no such field")


@pytest.mark.usefixtures("parked")
def test_parked_writes_are_listed_with_the_reason(installed):
    listed = installed.stdc("outbox", "list")
    waiting = installed.stdc("outbox", "list", "--state", "pending", "--json")
    elsewhere = installed.stdc("outbox", "list", "--to", "ats:odoo")

    assert listed.exit_code == 0, listed.output
    assert listed.stdout.count("HTTP 400: no such field") == 2
    (only,) = json.loads(waiting.stdout)
    assert only["destination"] == "ats:odoo"
    assert only["payload"] == {"n": 2}
    assert elsewhere.stdout == "No parked writes.\n"


@pytest.mark.parametrize(("words", "retried"), [(["1"], 1), (["--all"], 2)])
@pytest.mark.usefixtures("parked")
def test_parked_writes_are_tried_again(installed, parts, words, retried):
    result = installed.stdc("outbox", "retry", *words)

    assert result.exit_code == 0, result.output
    with parts.store.view() as unit:
        assert len(unit.outbox.list("pending", "mautic")) == retried


@pytest.mark.usefixtures("parked")
def test_what_is_not_parked_is_not_retried_and_said(installed):
    result = installed.stdc("outbox", "retry", 3)

    assert result.stdout == "0 writes will be tried again.\n"
    assert "1 is not parked." in result.stderr


@pytest.mark.usefixtures("parked")
def test_writes_are_dropped_after_asking(installed, parts):
    refused = installed.stdc("outbox", "discard", 1, input="n\n")
    dropped = installed.stdc("outbox", "discard", 1, "--yes", "--reason", "wrong")

    assert refused.exit_code == 1
    assert dropped.exit_code == 0
    assert "1 write dropped." in dropped.stdout
    with parts.store.view() as unit:
        assert unit.outbox.get(1).state == "dropped"
        assert unit.outbox.get(1).last_error == "wrong"


def test_no_number_and_not_all_is_wrong_usage(installed):
    assert installed.stdc("outbox", "retry").exit_code == 2
