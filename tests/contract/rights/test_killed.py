"""An erasure that is killed anywhere is finished by the next one."""

import threading
from contextlib import contextmanager, suppress

import pytest

from plugin.errors import Retryable
from plugin.pipeline import deliver_ats
from plugin.pipeline.erase import erase
from plugin.pipeline.process import process
from plugin.store import Store
from tests.contract.rights.office import ANNA, BERT, body, form, hit
from tests.contract.rights.test_erase import live, words


class Killed(BaseException):
    """What no code of ours catches, as SIGKILL."""


class Dying:
    """A store that dies before or after its n-th commit."""

    def __init__(self, store: Store, commits: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, commits, after

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    @contextmanager
    def unit(self):
        with self._store.unit() as unit:
            yield unit
            self._left -= 1
            if not self._left and not self._after:
                raise Killed
        if not self._left:
            raise Killed


def dies(office, commits, *, after):
    """Erase until the n-th commit; say whether there was one."""
    whole = office.parts.store
    office.parts.store = Dying(whole, commits, after=after)
    try:
        erase(office.parts, ANNA.id)
    except Killed:
        return True
    finally:
        office.parts.store = whole
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commits", range(1, 6))
def test_begun_again_it_is_finished(offices, commits, after):
    with offices() as office:
        live(office)
        before = office.held(BERT)["contacts"]
        was_killed = dies(office, commits, after=after)
        if office.ids(ANNA):
            erase(office.parts, ANNA.id)
        office.work()

        assert was_killed or commits > 3
        assert office.traces(*words()) == []
        assert office.held(BERT)["contacts"] == before
        told = office.traces("erased:")
        assert len({text for place, text in told if place == "audit.subject"}) == 1


def test_what_is_under_way_meanwhile_keeps_nothing_of_them(offices):
    """The worker goes on between the steps of an erasure that died."""
    with offices() as office:
        live(office)
        assert dies(office, 1, after=True)
        office.work()
        office.clock.wait(minutes=10)
        office.work()
        erase(office.parts, ANNA.id)
        office.work()

        assert office.traces(*words()) == []


def test_workers_that_go_on_meanwhile_keep_nothing_of_them(offices):
    """They claim, keep, decide and hand over while somebody is erased."""
    with offices() as office:
        live(office)
        stop = threading.Event()
        failed = []

        def works():
            try:
                while not stop.is_set():
                    with suppress(Retryable):  # the database chose the other one
                        process(office.parts, limit=3)
                        deliver_ats.deliver_all(office.parts)
            except Exception as error:  # noqa: BLE001 -- told below
                failed.append(error)

        workers = [threading.Thread(target=works) for _ in range(2)]
        for one in workers:
            one.start()
        for number in range(1, 31):
            at = office.clock()
            office.arrive(body([form(ANNA, 7000 + number, at), hit(BERT, number, at)]))
            if number == 15:
                erase(office.parts, ANNA.id)
        stop.set()
        for one in workers:
            one.join()
        office.clock.wait(minutes=10)
        office.work()

        assert failed == []
        assert office.traces(*words()) == []
        with office.parts.store.view() as unit:
            assert {f"hit:{one}" for one in range(1, 31)} <= {
                event.key for event in unit.people.load(BERT.id).events
            }
