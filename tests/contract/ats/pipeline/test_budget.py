"""Hand-overs to an ATS that throttles: inside the budget, and all of them at last."""

import time

import pytest

from plugin.config import AtsSettings
from plugin.pipeline import deliver_ats
from plugin.pipeline.dispatch import Dispatched


def limit(house, **limits):
    """Set the budget of the connection, as config.toml would."""
    settings: AtsSettings = house.parts.settings.ats[house.connection]
    for name, value in limits.items():
        object.__setattr__(settings, name, value)  # frozen, and shared by reference


def deliver_until_done(house, wanted, wait):
    total = Dispatched()
    for _ in range(50):
        total += deliver_ats.deliver_all(house.parts)
        if total.done == wanted:
            return total
        wait()
    pytest.fail(f"not done: {total}")


def test_many_stay_inside_the_calls_per_second_and_finish(partner):
    limit(partner, calls_per_second=100.0)
    partner.faults.most_per_second = 110
    for number in range(60):
        partner.sign_up(100 + number)

    began = time.monotonic()
    total = deliver_until_done(partner, 60, lambda: partner.clock.wait(seconds=20))

    assert (total.done, total.parked) == (60, 0)
    assert partner.candidates() == 60
    assert partner.faults.throttled == 0
    assert time.monotonic() - began >= 0.59  # sixty turns, ten milliseconds apart


def test_an_ats_that_throttles_sooner_gets_everybody_too(partner):
    partner.faults.most_per_second = 10
    for number in range(25):
        partner.sign_up(100 + number)

    def wait():
        time.sleep(1.05)
        partner.clock.wait(seconds=120)

    total = deliver_until_done(partner, 25, wait)

    assert (total.done, total.parked) == (25, 0)
    assert partner.faults.throttled >= 2
    assert partner.candidates() == 25


def test_what_the_month_does_not_allow_waits_for_the_next(odoo):
    limit(odoo, calls_per_month=1_000)
    odoo.sign_up(1)
    odoo.work()
    with odoo.parts.store.view() as unit:
        spent = unit.budgets.spent(odoo.connection, odoo.clock())
    limit(odoo, calls_per_month=spent)
    odoo.sign_up(2)

    now = odoo.work()
    (waiting,) = [one for one in odoo.writes() if one.state.value != "done"]
    odoo.clock.wait(days=32)
    limit(odoo, calls_per_month=1_000)
    later = odoo.work()

    assert spent >= 1
    assert (now.done, now.parked) == (0, 0)
    assert "calls_per_month" in (waiting.last_error or "")
    assert later.done == 1
    assert odoo.candidates() == 2
