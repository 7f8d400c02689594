"""Several workers, each with a folder of its own: one version is in force."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.errors import Rejected
from plugin.pipeline import approvals, force, heartbeat
from plugin.pipeline.backfill import Backfill
from plugin.pipeline.domains import learn_domains
from plugin.pipeline.process import process
from plugin.pipeline.refresh import refresh
from plugin.pipeline.rescore import rescore
from plugin.pipeline.spool import Spool
from plugin.pipeline.sweep import sweep
from plugin.pipeline.takeover import BEAT_LOOKS, WAIT_LOOKS, Takeover
from tests.contract.pipeline.test_write_back import contacts, identify
from webhooks.inbox import Delivery


class Worker:
    """A worker on a machine of its own, with a folder of its own."""

    def __init__(self, house, name, version):
        self.house = house
        self.name = name
        self.rejudged = 0
        self.has(version)
        self.parts = replace(house.parts, mappings=lambda: self.mappings)
        self.start()

    def has(self, version):
        """Give its folder these mappings."""
        self.mappings = replace(self.house.parts.mappings, version=version)

    def start(self):
        """Start its process anew."""
        self.takeover = Takeover(self.parts, self.count, name=self.name)

    def count(self):
        self.rejudged += 1

    def look(self, times=1):
        for _ in range(times):
            self.takeover.look()
        return self.takeover.may_work

    def refresh(self):
        return refresh(self.parts)


@pytest.fixture
def house(rooms):
    with rooms() as opened:
        opened.set_up()
        yield opened


@pytest.fixture
def people(house):
    found = contacts(house, 5)
    identify(house, found)
    return found


@pytest.fixture
def two(house, people):
    """Two workers with the same mappings; one folder of them is about to change."""
    here, there = Worker(house, "here:1", "first"), Worker(house, "there:1", "first")
    assert here.look()
    assert there.look()
    assert here.refresh() == len(people)
    assert there.refresh() == 0
    return here, there


def versions(house):
    with house.parts.store.view() as unit:
        return {one for one, n in unit.figures.mapping_versions().items() if n}


def now(house):
    return force.told(house.parts)


def test_two_folders_do_not_fight(house, people, two):
    here, there = two
    here.has("second")
    assert here.look()
    decided = [here.refresh()]
    for _ in range(3):
        there.look()
        decided += [there.refresh(), here.refresh()]

    assert decided == [len(people), *[0] * 6]
    assert versions(house) == {now(house)} == {"second"}
    assert not there.look()


def test_whose_folder_gets_them_too_goes_on(house, two):
    here, there = two
    here.has("second")
    here.look()
    assert not there.look()
    before = there.rejudged
    there.has("second")

    assert there.look()
    assert there.rejudged == before + 1
    assert now(house) == "second"


def test_who_goes_back_on_purpose_gets_it(house, people, two):
    """The folder of a worker that has those in force changed: somebody did that."""
    here, there = two
    here.has("second")
    here.look()
    here.refresh()
    here.has("first")

    assert here.look()
    assert here.refresh() == len(people)
    assert there.look()
    assert versions(house) == {now(house)} == {"first"}


def test_who_catches_up_file_by_file_takes_nothing_back(house, two):
    """Between the first file and the last it has what was superseded already."""
    here, there = two
    for version in ("half-way", "second"):
        here.has(version)
        assert here.look()
    there.look()
    there.has("half-way")

    assert not there.look()
    assert now(house) == "second"
    there.has("second")
    assert there.look()


def test_who_is_started_with_old_ones_takes_nothing_from_who_lives(house, two):
    here, there = two
    here.has("second")
    here.look()
    there.start()
    for _ in range(2 * WAIT_LOOKS):
        here.look()
        house.clock.wait(seconds=5)
        assert not there.look()
    here.takeover.end()

    assert not there.look(2 * WAIT_LOOKS)
    assert now(house) == "second"


def test_who_is_started_with_old_ones_and_hears_of_nobody_puts_them_in_force(
    house, people, two
):
    here, there = two
    here.has("second")
    here.look()
    here.refresh()
    there.start()  # while the other one was just killed

    assert not there.look(WAIT_LOOKS)
    assert there.look()
    assert there.refresh() == len(people)
    assert now(house) == "first"


def test_all_that_are_started_anew_with_old_ones_get_them(house, two):
    here, there = two
    here.has("second")
    here.look()
    there.has("second")
    there.look()
    for one in two:
        one.takeover.end()
        one.has("first")
        one.start()
    looks = [(here.look(), there.look()) for _ in range(WAIT_LOOKS + 2)]

    assert looks[0] == (False, False)
    assert looks[-1] == (True, True)
    assert now(house) == "first"


def test_new_ones_need_no_wait(house, two):
    here, there = two
    here.has("second")
    here.start()

    assert here.look()
    assert not there.look()
    assert now(house) == "second"


def test_a_sign_of_life_comes_every_minute(house, two):
    here, _ = two
    house.clock.wait(minutes=1)
    here.look(BEAT_LOOKS)

    with house.parts.store.view() as unit:
        beats = heartbeat.workers(unit)
    assert beats["here:1"].at == house.clock()
    assert beats["here:1"].at - beats["there:1"].at == timedelta(minutes=1)


def test_who_ends_is_forgotten_at_once_and_who_was_killed_later(house, two):
    here, _ = two
    here.takeover.end()
    with house.parts.store.view() as unit:
        assert set(heartbeat.workers(unit)) == {"there:1"}
    house.clock.wait(hours=1, seconds=1)
    here.start()
    here.look()

    with house.parts.store.view() as unit:
        assert set(heartbeat.workers(unit)) == {"here:1"}


@pytest.fixture
def superseded(house, two):
    """The parts of who has other mappings than are in force."""
    here, there = two
    here.has("second")
    here.look()
    here.refresh()
    return there.parts


def dirty(house):
    with house.parts.store.unit() as unit:
        found = unit.people.claim_dirty(100, house.clock(), 0.0)
        unit.people.mark_dirty(found)
    return len(found)


def test_what_it_reads_is_kept_and_others_decide(house, two, superseded, people):
    here, _ = two
    house.furnish()
    house.subscribe()
    before = house.events()
    house.mautic.visitor(contact=people[0]).visit_page("hackathon")
    assert process(superseded).deliveries > 0

    assert house.events() == before + 1
    assert dirty(house) == 1
    assert here.refresh() == 1
    assert versions(house) == {"second"}


def test_nothing_else_it_does_judges(house, two, superseded, people):
    here, _ = two
    house.clock.wait(days=400)
    sweep(superseded)
    learn_domains(superseded)
    approvals.decline(
        superseded, house.person(people[0]), "anna", house.clock(), reason="later"
    )

    assert versions(house) == {"second"}
    assert dirty(house) >= 1
    assert here.refresh() >= 1


def test_nobody_is_left_behind_whom_somebody_judges_at_that_moment(house, two, people):
    here, there = two
    here.has("second")
    change = threading.Thread(target=here.refresh)
    with there.parts.store.unit() as unit:
        assert force.is_ours(there.parts, unit)
        change.start()
        time.sleep(0.5)  # time enough to judge everybody, if it did not wait
        who = sorted(unit.people.current([people[0]]))
        assert rescore(there.parts, unit, who, as_of=house.clock())
    change.join()

    assert versions(house) == {now(house)} == {"second"}


def test_a_backfill_by_others_is_refused(superseded):
    with pytest.raises(Rejected, match="mappings second are in force"):
        Backfill(parts=superseded).run()


def test_a_worker_that_stands_by_brings_its_spool_in(house, two, superseded):
    _, there = two
    one = Delivery(source="mautic", body=b"{}", received_at=house.clock())
    Spool(superseded.settings.spool).keep(one)
    there.look()

    with house.parts.store.view() as unit:
        assert sum(unit.inbox.depth().values()) == 1
