"""`stdc ats errors`, `retry`, `ignore`, `resync`, `pause` and `resume`."""

import json

from tests.unit.cli.test_ats import connected, handed

__all__ = ["connected", "handed"]


def test_errors_say_what_is_parked_and_what_helps(handed):
    result = handed.stdc("ats", "errors")

    assert result.exit_code == 0, result.output
    assert "odoo: 1 handover" in result.stdout
    assert "needs a person: 2 candidates there" in result.stdout
    assert "what helps:" in result.stdout
    found = json.loads(handed.stdc("ats", "errors", "--json").stdout)
    (one,) = found["errors"]
    assert (one["connection"], one["contacts"], found["paused"]) == ("odoo", [13], {})


def test_nothing_is_parked(connected):
    assert "Nothing is parked" in connected.stdc("ats", "errors").stdout


def test_retry_and_ignore_take_what_is_parked_and_nothing_else(handed):
    told = json.loads(handed.stdc("ats", "errors", "--json").stdout)
    (number,) = told["errors"][0]["writes"]

    strange = handed.stdc("ats", "retry", str(number + 1000))
    none = handed.stdc("ats", "retry")
    retried = handed.stdc("ats", "retry", "--all", "--to", "odoo")

    assert strange.exit_code == 1
    assert "not parked before an ATS" in strange.stderr
    assert none.exit_code == 2
    assert "1 write will be tried again" in retried.stdout
    assert json.loads(handed.stdc("ats", "errors", "--json").stdout)["errors"] == []


def test_ignored_writes_are_dropped_with_their_reason(handed):
    result = handed.stdc("ats", "ignore", "--all", "--reason", "by phone", "--yes")

    assert "1 write dropped" in result.stdout
    assert "Nothing is parked" in handed.stdc("ats", "errors").stdout


def test_who_stands_there_is_written_again(handed):
    one = handed.stdc("ats", "resync", "12", "--by", "anna")
    everybody = handed.stdc("ats", "resync", "--all", "--to", "odoo")
    nobody = handed.stdc("ats", "resync", "13")
    both = handed.stdc("ats", "resync", "12", "--all")

    assert "1 candidate will be written again" in one.stdout
    assert "1 candidate will be written again" in everybody.stdout
    assert nobody.exit_code == 1
    assert "not in the ATS: contact 13" in nobody.stderr
    assert both.exit_code == 2


def test_a_connection_is_paused_and_goes_on(handed):
    paused = handed.stdc("ats", "pause", "odoo", "--reason", "moving", "--by", "an")
    shown = handed.stdc("ats", "errors").stdout
    gone_on = handed.stdc("ats", "resume", "odoo")
    again = handed.stdc("ats", "resume", "odoo")
    unknown = handed.stdc("ats", "pause", "bullhorn", "--reason", "x")

    assert "stdc ats resume odoo" in paused.stdout
    assert "odoo is paused by an: moving" in shown
    assert "odoo goes on" in gone_on.stdout
    assert "was not paused" in again.stdout
    assert unknown.exit_code == 1
    assert "there is odoo, partner" in unknown.stderr
