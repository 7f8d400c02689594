"""What can only be seen by what others do: Mautic's crons, and an ATS."""

from datetime import timedelta
from typing import ClassVar

import pytest

from plugin.ats.base import Account, AuthBroken, Capabilities, Changes, Ok
from plugin.config import AtsSettings, Secret
from plugin.health import checks_ats
from plugin.health.model import Outcome
from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move
from plugin.pipeline import writes
from plugin.store import OutboxState, OutboxWrite, PersonState

from .test_broken import settings

OK, WARN, FAIL = Outcome.OK, Outcome.WARN, Outcome.FAIL


@pytest.fixture
def moved(shared):
    """A contact whose phase Mautic has had for a day."""
    parts = shared.parts
    made = parts.mautic.contacts.make({"email": "moved@kandidaat.example"})
    contact_id = int(made["id"])
    parts.mautic.contacts.change(contact_id, {"stdc_phase": "think"})
    at = parts.clock() - timedelta(days=1)
    state = PersonState(
        phase=Phase.THINK,
        since=at,
        cause=Cause.SCORE,
        centipoints=400,
        written={"stage": "think"},
        mapping_version=parts.mappings.version,
    )
    move = Move(at=at, before=Phase.SEE, after=Phase.THINK, cause=Cause.SCORE)
    with parts.store.unit() as unit:
        unit.people.person_of(contact_id, at)
        unit.people.record_moves(contact_id, [move])
        unit.people.save_state(contact_id, state)
    yield contact_id
    parts.mautic.contacts.remove(contact_id)
    with parts.store.unit() as unit:
        unit.people.delete(contact_id, parts.clock())


def test_each_cron_that_does_not_run_is_named(shared, moved):
    (campaign,) = [
        one
        for one in shared.parts.mautic.campaigns.everything()
        if "Think" in one["name"]
    ]
    shared.parts.mautic.campaigns.change(campaign["id"], {"isPublished": True})

    never = shared.examine()
    shared.mautic.segments_update()
    half = shared.examine()
    shared.mautic.campaigns_update()
    all_ = shared.examine()

    assert never["cron.segments"].outcome is FAIL
    assert never["cron.campaigns"].outcome is Outcome.SKIPPED
    assert half["cron.segments"].outcome is OK
    assert half["cron.campaigns"].outcome is FAIL
    assert "mautic:campaigns:rebuild" in half["cron.campaigns"].check.mend
    assert all_["cron.campaigns"].outcome is OK
    assert "1 who moved" in all_["cron.campaigns"].finding.says


class Ats:
    """An ATS that lets us in, or does not."""

    kind: ClassVar[str] = "test"

    def __init__(self, answer, changes=Changes.NONE):
        self._answer = answer
        self._changes = changes

    def check(self):
        return self._answer

    def capabilities(self):
        return Capabilities(
            finds=True,
            whole_in_one=True,
            pools=False,
            jobless_candidate=True,
            stage_move_may_email=False,
            changes=self._changes,
            webhook_is_authoritative=False,
        )


GOOD = Ok(Account(system="Odoo 18", user="stdc"))
BAD = AuthBroken("HTTP 401")


def ats(shared, connector, **how):
    """Examine with one connection, which mappings/ knows or not."""
    name = how.pop("name", "odoo")
    one = AtsSettings(name=name, kind="odoo", url="http://x", secret=Secret("s"), **how)
    before = shared.parts.connectors
    shared.parts.connectors = {name: connector}
    try:
        with settings(shared, ats={name: one}):
            made = shared.premises()
            return {check.name: check.run(made) for check in checks_ats.CHECKS}
    finally:
        shared.parts.connectors = before


def test_a_connection_that_is_well(shared):
    made = ats(shared, Ats(GOOD, Changes.POLL))

    assert {name: one.outcome for name, one in made.items()} == dict.fromkeys(made, OK)
    assert made["ats.connections"].says == "signed in to odoo"


def test_a_connection_that_lets_nobody_in(shared):
    found = ats(shared, Ats(BAD))["ats.connections"]

    assert (found.outcome, found.says) == (FAIL, "odoo: HTTP 401")


def test_a_connection_without_a_mapping(shared):
    found = ats(shared, Ats(GOOD), name="other")["ats.mappings"]

    assert found.outcome is WARN
    assert "mappings/ats/other.toml" in found.says


def test_a_hire_that_nobody_could_tell_us_of(shared):
    deaf = ats(shared, Ats(GOOD))["ats.news"]
    hears = ats(shared, Ats(GOOD), inbound_secret=Secret("x" * 20))["ats.news"]

    assert (deaf.outcome, hears.outcome) == (WARN, OK)


def test_a_candidate_who_waits_for_a_person(shared):
    parts = shared.parts
    write = OutboxWrite(
        destination=writes.ats("odoo"), kind=writes.HANDOVER, payload={}, key="test"
    )
    with parts.store.unit() as unit:
        unit.outbox.put(write)
        (item,) = unit.outbox.claim("ats:odoo", 1, parts.clock(), 60)
        unit.outbox.park(item, "two candidates may be this one")

    found = ats(shared, Ats(GOOD))["ats.parked"]
    with parts.store.unit() as unit:
        unit.outbox.discard([item.id], parts.clock(), "the test is over")
        assert unit.outbox.list(OutboxState.PARKED) == []

    assert (found.outcome, found.says) == (FAIL, "odoo: 1 parked")


@pytest.mark.parametrize(("spent", "outcome"), [(7, OK), (8, WARN), (10, FAIL)])
def test_a_budget_that_is_nearly_used_up(shared, spent, outcome):
    name = f"spent-{spent}"
    made = shared.premises()
    with made.store.unit() as unit:
        for _ in range(spent):
            unit.budgets.turn(name, made.now, per_second=None, per_month=10)

    found = ats(shared, Ats(GOOD), name=name, calls_per_month=10)["ats.budget"]

    assert found.outcome is outcome
