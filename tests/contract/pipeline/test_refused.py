"""When nothing can be kept: no room, and the database away as well."""

from contextlib import contextmanager

import pytest

from plugin.pipeline.spool import drain
from tests.support.house import open_house


@pytest.fixture
def house(tmp_path):
    with open_house(tmp_path / "house", queue_mode=True) as house:
        house.subscribe()
        yield house


@contextmanager
def nowhere_to_keep(house):
    """The disk of both is not mounted."""
    store = house.parts.store
    data = house.folder / "data"
    store.close()
    data.rename(data.with_name("unmounted"))
    data.write_text("no folder")
    yield
    data.unlink()
    data.with_name("unmounted").rename(data)


def queued(house):
    return len(house.mautic.state.tables["webhook_queue"])


def test_in_queue_mode_mautic_keeps_what_we_cannot_and_sends_it_again(house):
    """An answer of 503 would have cost all of it."""
    house.contact(email="first@kandidaat.example")
    house.mautic.process()  # a hook without any success is switched off at once
    people = [house.contact(email=f"p{one}@kandidaat.example") for one in range(3)]
    for one in people:
        house.api("POST", f"/contacts/{one}/points/plus/5")
    waiting = queued(house)
    assert waiting >= len(people)

    with nowhere_to_keep(house):
        house.mautic.process()
        assert queued(house) == waiting
        house.mautic.process()
        assert queued(house) == waiting

    house.mautic.process()
    assert queued(house) == 0
    drain(house.parts)  # right after a failure the database is left alone
    house.process()
    with house.parts.store.view() as unit:
        assert unit.people.current(people) == set(people)
