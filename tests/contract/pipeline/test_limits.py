"""Calls to Mautic and to what takes alerts: no more than config.toml allows."""

import time

import pytest

from plugin.bootstrap import build
from plugin.config import AlertSettings, Secret
from plugin.pipeline.failures import raise_for
from plugin.store import OutboxState
from tests.contract.pipeline.test_write_back import contacts, identify, open_writes


def limit(house, per_second):
    """Set it as config.toml would."""
    settings = house.parts.settings.mautic
    object.__setattr__(settings, "calls_per_second", per_second)  # frozen, and shared


def test_calls_to_mautic_are_evenly_spaced_over_all_workers(house):
    ids = contacts(house, 2)
    identify(house, ids)
    limit(house, 50.0)
    another = build(house.parts.settings)
    mine = build(house.parts.settings)
    began = time.monotonic()
    for parts in (another, mine) * 10:
        parts.mautic.users.self_()
    took = time.monotonic() - began
    for parts in (another, mine):
        parts.mautic.close()
        parts.store.close()

    assert took >= 0.37  # twenty turns, twenty milliseconds apart


def test_what_does_not_fit_waits_and_is_not_parked(house):
    """A turn that is too far ahead is not waited for: the write stays in the outbox."""
    ids = contacts(house, 3)
    identify(house, ids)
    limit(house, 0.02)
    house.parts.mautic.users.self_()
    house.line.calls.clear()
    house.deliver()
    waiting = open_writes(house)
    called = len(house.line.calls)
    for _ in range(20):
        house.clock.wait(seconds=60)
        house.deliver()

    assert called == 0
    assert len(waiting) == 3
    assert "calls/s" in waiting[0].last_error
    assert house.outbox(OutboxState.PARKED) == []
    assert open_writes(house) == []
    assert {house.value(one, "stdc_phase") for one in ids} == {"see"}


@pytest.mark.parametrize(("limit", "least"), [(50.0, 0.17), (None, 0.0)])
def test_alerts_have_a_limit_of_their_own(house, httpserver, limit, least):
    httpserver.expect_request("/alerts", method="POST").respond_with_data("", 204)
    alerts = AlertSettings(
        url=httpserver.url_for("/alerts"),
        secret=Secret("a-secret-for-alerts-of-no-worth"),
        allow_private=True,
        calls_per_second=limit,
    )
    object.__setattr__(house.parts.settings, "alerts", alerts)
    parts = build(house.parts.settings)
    began = time.monotonic()
    for number in range(10):
        raise_for(parts.alerts.tell("contact.rising", {}, op_id=f"alert-{number}"))
    took = time.monotonic() - began
    parts.store.close()
    parts.mautic.close()

    assert len(httpserver.log) == 10
    assert took >= least
