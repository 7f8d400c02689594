"""What a form was filled in with comes whichever way the sign-up did."""

import json
from datetime import date

import pytest

from plugin.pipeline import filled_in
from plugin.pipeline.reconcile import reconcile
from plugin.scoring.availability import answers_of
from tests.contract.pipeline.test_backfill import run
from tests.contract.pipeline.test_reconcile import away, unhook

__all__ = ["away"]

FREE = {"available_from": "2027-03"}


def ask_when_free(house):
    """Put the question of projects.toml on the sign-up form."""
    form = house.mautic.state.tables["forms"][house.content["sign-up-form"]]
    asked = {"alias": "available_from", "label": "Vanaf", "type": "text"}
    field = {**form["fields"][0], **asked, "mappedField": None, "isRequired": False}
    form["fields"].append(field)


def free_from(house, contact_id):
    with house.parts.store.view() as unit:
        person = unit.people.load(house.person(contact_id))
    return answers_of(person.profile, person.events, house.parts.mappings.projects)


def submissions(house):
    """Give what is kept of each submission, by its key, as bytes."""
    found = {}
    for line in house.dump():
        if line.startswith('["event","form:'):
            found[json.loads(line)[1]] = line
    return found


def filled(house):
    """Give what forms were filled in with, by the key of the event."""
    return {
        key: json.loads(line)[7].get("data", {}).get("results", {})
        for key, line in submissions(house).items()
    }


def sign_up(house, name, **more):
    email = f"{name}@example.com"
    visitor = house.visitor(email=email)
    house.sign_up(visitor, email, **more)
    return visitor


def begin(house):
    house.set_up()
    house.furnish()
    ask_when_free(house)
    house.subscribe()
    reconcile(house.parts)


@pytest.mark.parametrize("late", [True, False], ids=["webhook-later", "webhook-lost"])
def test_a_sign_up_that_was_pulled_first_is_the_same_bytes(rooms, late):
    with rooms("heard") as one:
        begin(one)
        sign_up(one, "sanne", **FREE)
        one.work()
        expected = submissions(one)
    with rooms("pulled") as other:
        begin(other)
        other.mautic.switches.queue_mode = True
        if not late:
            unhook(other)
        visitor = sign_up(other, "sanne", **FREE)
        found = reconcile(other.parts)
        assert submissions(other) == expected
        other.mautic.process()
        other.work()
        again = reconcile(other.parts)

        assert submissions(other) == expected
        assert (found.healed["form.submitted"], again.healed) == (1, {})
        assert free_from(other, visitor.contact_id) == [date(2027, 3, 1)]


def test_answers_that_cannot_be_read_do_not_cost_the_sign_up(away):
    """The webhook brings them after all: a later report adds what is lacking."""
    ask_when_free(away)
    away.mautic.switches.queue_mode = True
    visitor = sign_up(away, "sanne", **FREE)
    path = f"/api/forms/{away.content['sign-up-form']}/submissions"
    away.line.fail(403, "GET", path, times=None)

    found = reconcile(away.parts)
    before = filled(away)
    away.mautic.process()
    away.work()

    assert found.healed["form.submitted"] == 1
    (named,) = found.unreadable
    assert named.startswith("answers of form_submissions 1: ")
    assert before == {"form:1": {}}
    assert filled(away)["form:1"]["available_from"] == "2027-03"
    assert free_from(away, visitor.contact_id) == [date(2027, 3, 1)]
    assert away.state(visitor.contact_id).phase == "do"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_form_that_is_broken_holds_up_no_sign_up(away, status):
    unhook(away)
    sign_up(away, "sanne")
    away.line.fail(status, "GET", "/api/forms/", times=None)

    found = reconcile(away.parts)

    assert found.failed == ()
    assert found.healed["form.submitted"] == 1
    assert str(status) in found.unreadable[0]


def test_many_are_read_from_the_forms_own_list(away, monkeypatch):
    monkeypatch.setattr("plugin.mautic.content.SUBMISSIONS", 4)
    monkeypatch.setattr(filled_in, "SUBMISSIONS", 4)
    for number in range(7):
        sign_up(away, f"early{number}")
    away.work()
    reconcile(away.parts)
    unhook(away)
    newsletter = away.content["newsletter"]
    for number in range(10):
        email = f"late{number}@example.com"
        visitor = away.visitor(email=email)
        away.sign_up(visitor, email, firstname=f"P{number}")
        visitor.submit_form(newsletter, {"email": email})
    away.line.calls.clear()

    reconcile(away.parts)

    results = filled(away)
    assert len(results) == 27
    assert all(results.values())
    names = {one["firstname"] for one in results.values() if "firstname" in one}
    assert names == {"Sanne", *(f"P{number}" for number in range(10))}
    assert away.line.count("GET", "/api/forms/") <= 8


def test_a_list_that_lacks_rows_is_made_good_one_by_one(away):
    """Mautic lists submissions by their answers, and those of some are gone."""
    for number in range(8):
        sign_up(away, f"early{number}")
    away.work()
    reconcile(away.parts)
    unhook(away)
    for row in away.mautic.state.logs["form_submissions"]:
        row["results"] = None
    for number in range(9):
        sign_up(away, f"late{number}")

    found = reconcile(away.parts)

    assert found.unreadable == ()
    assert len(filled(away)) == 17
    assert all(filled(away).values())


def test_a_backfill_brings_them_and_they_say_from_when_somebody_is_free(house):
    house.furnish()
    ask_when_free(house)
    visitor = sign_up(house, "sanne", **FREE)

    done = run(house)

    assert done.unreadable == 0
    assert free_from(house, visitor.contact_id) == [date(2027, 3, 1)]


def test_a_backfill_names_answers_that_it_cannot_read(house):
    house.furnish()
    sign_up(house, "sanne")
    house.line.fail(404, "GET", "/api/forms/1/submissions", times=None)
    house.line.fail(404, "GET", "/api/forms/2/submissions", times=None)

    done = run(house)

    assert done.rows["form_submissions"] == done.unreadable == 1
    assert done.examples[0].startswith("answers of form_submissions 1: ")
    assert house.state(1).phase == "do"
