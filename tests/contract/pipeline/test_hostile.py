"""A hostile Mautic, towards what reads it: whatever it does, all is read in the end.

Each fault goes over a real line; afterwards a second reading, with nothing in its
way and from the beginning, finds nothing that is not there yet.
"""

from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime

import pytest
from werkzeug.wrappers import Response

from plugin.errors import Misconfigured, Retryable
from plugin.pipeline.reconcile import reconcile
from tests.contract.pipeline.test_backfill import (
    is_what_one_run_comes_to,
    old,
    run,
)
from tests.contract.pipeline.test_reconcile import live
from tests.support.line import Fault

__all__ = ["old"]

#: Shorter than any answer that is slow here; the real one waits 30 s, and Mautic 70.
IMPATIENT = 0.3
READ = ("/api/contacts", "/api/stats/page_hits", "/api/stats/email_stats")
BACK_SOON = "<html>We are back soon</html>"


def answer(text, **how):
    return Response(text, **{"content_type": "text/html"} | how)


def everywhere(house, **fault):
    for path in READ:
        house.line.faults.append(Fault("GET", path, **fault))


def broken(house):
    everywhere(house, answer=answer("", status=500), times=3)


def busy(house):
    until = format_datetime(house.clock() + timedelta(minutes=2), usegmt=True)
    for path, after in zip(READ, ("90", until, "30"), strict=True):
        house.line.fail(429, "GET", path, times=2, Retry_After=after)


def slow(house):
    house.parts.mautic.session._timeout = (1.0, IMPATIENT)
    everywhere(house, seconds=2 * IMPATIENT, times=4)


def token_ends(house):
    """It ends on the way, and for a while there is no new one."""
    house.mautic.state.tables["tokens"].clear()
    house.line.fail(503, "POST", "/oauth/v2/token", times=3)


def maintained(house):
    """A page that says so with 200, in the middle of it."""
    house.parts.mautic.users.self_()
    everywhere(house, answer=answer(BACK_SOON), times=2)


def reset(kind):
    def break_it(house):
        everywhere(house, drop=kind, times=4)

    return break_it


def away(house):
    """Every call fails for a while: half an hour of waiting, all in all."""
    everywhere(house, answer=answer("", status=502), times=4)


FAULTS = {
    "500s": broken,
    "429 with seconds and a date": busy,
    "answers that take too long": slow,
    "a token that ends": token_ends,
    "a page of maintenance": maintained,
    "no answer": reset("before"),
    "an answer that is lost": reset("after"),
    "half an answer": reset("within"),
    "half an answer of a length": reset("length"),
    "half a chunk": reset("chunk"),
    "an outage": away,
}
faults = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


@faults
def test_a_backfill_reads_all_of_it(old, fault):
    fault(old)
    waits = []

    done = run(old, waits=waits)

    assert done.finished_at is not None
    assert (done.unreadable, done.skipped) == (0, {})
    assert sum(waits) > 0
    assert not any(one.times for one in old.line.faults)
    is_what_one_run_comes_to(old)


@pytest.fixture
def lost(house):
    """Two people did everything there is while nobody listened."""
    house.furnish()
    reconcile(house.parts)
    house.clock.wait(minutes=30)
    for name in ("sanne", "joris"):
        email = f"{name}@example.com"
        visitor = house.visitor(email=email)
        live(house, visitor, email)
        visitor.download_asset(house.content["whitepaper-soc"])
    house.clock.wait(minutes=30)
    house.line.calls.clear()
    return house


def pull(house):
    """Pull as the clock does, every ten minutes; what fails is for the next time."""
    for _ in range(12):
        with suppress(Retryable, Misconfigured):
            if not reconcile(house.parts).failed:
                house.work()
                return
        house.clock.wait(minutes=10)
    pytest.fail("after two hours it was never read to the end")


@faults
def test_reconcile_heals_all_of_it(lost, fault):
    fault(lost)
    events = len(lost.mautic.state.logs["page_hits"])

    pull(lost)

    assert lost.events() > events
    assert [one.times for one in lost.line.faults if one.times] == []
    assert {lost.phases(one)[-1] for one in lost.mautic.state.contacts} == {"do"}
    lost.clock.wait(minutes=10)
    pull(lost)  # what we wrote to the contacts themselves
    healed = lost.dump()
    with lost.parts.store.unit() as unit:
        for table in ("page_hits", "email_stats", "form_submissions"):
            unit.marks.put(f"reconcile.{table}", {"id": 0, "floor": 0})
    assert reconcile(lost.parts).healed == {}
    assert lost.dump() == healed
