"""What we write comes back as a webhook, from inside our own call: no loop."""

import threading
import time

import pytest

from plugin.pipeline import deliver_mautic
from plugin.pipeline.process import process
from tests.support.house import open_house


@pytest.fixture(params=["immediate", "queue"])
def lively(request, tmp_path):
    """A house whose door has one single thread; Mautic sends at once, or by cron."""
    with open_house(tmp_path, queue_mode=request.param == "queue") as house:
        house.set_up()
        house.furnish()
        house.subscribe()
        house.line.calls.clear()
        yield house


def settle(house):
    """Let Mautic send what it keeps, and work, until nothing comes any more."""
    while True:
        house.mautic.process()
        if not house.process() and not house.deliver().done:
            return


def heard(house):
    with house.parts.store.view() as unit:
        return [item.body for item in unit.inbox.list(limit=1000)]


def test_a_write_comes_back_and_causes_no_second_one(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    settle(lively)
    before = len(heard(lively))
    lively.clock.wait(days=1)
    lively.interest(visitor, days=1)
    settle(lively)

    assert lively.value(visitor.contact_id, "stdc_phase") == "do"
    assert lively.line.patches() == 2
    echo = b"mautic.lead_post_save_update"
    assert any(echo in body for body in heard(lively)[before:])


def test_the_echo_is_answered_while_our_call_is_under_way(lively):
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    settle(lively)

    rows = lively.mautic.state.logs["webhook_logs"]
    assert {row["status_code"] for row in rows} == {"200"}


def test_two_workers_that_never_rest_write_once(lively):
    """The echo is processed by one while the other's write is still under way."""
    asked, over = threading.Event(), threading.Event()
    lively.on_accepted.append(asked.set)

    def work(step):
        while not over.is_set():
            asked.wait(0.02)
            step(lively.parts)

    steps = (process, deliver_mautic.deliver)
    workers = [threading.Thread(target=work, args=[one]) for one in steps]
    for one in workers:
        one.start()
    visitor = lively.visitor(email="sanne@example.com")
    lively.sign_up(visitor, "sanne@example.com")
    lively.mautic.process()
    until(lambda: lively.value(visitor.contact_id, "stdc_phase") == "do")
    over.set()
    for one in workers:
        one.join()
    settled = lively.line.patches()
    settle(lively)

    assert lively.line.patches() == settled <= 3
    assert lively.outbox("pending") == []


def until(holds, seconds=20.0):
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("it never came about")
