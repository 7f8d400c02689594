"""A move that is killed at any point is simply started again, and loses nothing."""

import itertools
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.pipeline.spooling import SpoolingInbox
from plugin.store import move, open_store, reopen, upgrade
from plugin.store.closing import Closed, close
from plugin.store.engine import MOVING, open_engine, transaction
from plugin.store.tables import metadata
from tests.contract.store import mover
from tests.support.databases import database, empty
from tests.support.rows import AT, ROWS, content, fill
from webhooks.inbox import Delivery


@pytest.fixture
def stores(backend, request, tmp_path):
    """Give a full store and an empty one, as often as asked."""
    numbers = itertools.count()

    def give(target):
        old = f"sqlite:///{tmp_path}/old{next(numbers)}.db"
        upgrade(old)
        fill(old)
        if backend == "sqlite":
            return old, f"sqlite:///{tmp_path}/new{next(numbers)}.db"
        empty(target, metadata.tables)
        return old, target

    if backend == "sqlite":
        yield lambda: give(None)
    else:
        with database(request.getfixturevalue("postgres")) as url:
            upgrade(url)
            yield lambda: give(url)


def moved(old, new, killed_at):
    """Move in a process that dies at a point; tell whether it did."""
    command = [sys.executable, "-m", mover.__name__, old, new, str(killed_at)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode != 0


def knock(old, spool, clock):
    """Send a delivery to a door on the old store; tell whether that store took it."""
    with closing(open_store(old, clock=clock)) as store:
        door = SpoolingInbox(store.inbox, spool)
        return door.accept(Delivery(source="mautic", body=b"late", received_at=AT)) > 0


def bodies(url, clock):
    with closing(open_store(url, clock=clock)) as store, store.view() as unit:
        return unit.inbox.count()


def test_killed_anywhere_it_is_started_again_and_nothing_is_lost(
    stores, clock, tmp_path
):
    states = set()
    for point in itertools.count(1):
        old, new = stores()
        spool = tmp_path / f"spool{point}"
        if not moved(old, new, point):
            break
        there = sum(map(len, content(new).values()))
        kept = knock(old, spool, clock)
        states.add((kept, there > 0))

        finish(old, new)

        assert content(new) == content(old)
        assert bodies(new, clock) == ROWS + kept
        assert len(list(spool.glob("*.delivery"))) == (not kept)
        assert not knock(old, spool, clock)
    # open and empty, closed and empty, closed and full: never open and full
    assert states == {(True, False), (False, False), (False, True)}
    assert point > 10


def finish(old, new):
    """Start it again as a person would, until it says that there is nothing to do."""
    try:
        assert {one.rows for one in move(old, new)} <= {ROWS, ROWS + 1}
    except Rejected as error:
        assert "moved already" in str(error)  # noqa: PT017 -- or nothing was raised
    with pytest.raises(Rejected, match="moved already"):
        move(old, new)


def test_a_target_that_has_all_is_compared_and_only_the_old_one_closed(
    stores, clock, tmp_path
):
    """As when it was killed between the two commits by a version that had no step 2."""
    old, new = stores()
    done = move(old, new)
    reopen(old)

    again = move(old, new)

    assert [one.checksum for one in again] == [one.checksum for one in done]
    assert {one.found for one in done} == {False}
    assert {one.found for one in again} == {True}
    assert not knock(old, tmp_path / "spool", clock)


@pytest.mark.parametrize("late", ["one more here", "one changed there"])
def test_a_target_that_has_something_else_is_left_alone(stores, clock, tmp_path, late):
    old, new = stores()
    move(old, new)
    reopen(old)
    if late == "one more here":
        assert knock(old, tmp_path / "spool", clock)
        said = "deliveries: 6 rows here, 5 rows there"
    else:
        change(new)
        said = "audit: 5 rows here and there, not the same"
    before = content(old), content(new)

    with pytest.raises(Misconfigured, match=said) as refused:
        move(old, new)

    assert "then start again" in str(refused.value)
    assert (content(old), content(new)) == before
    assert knock(old, tmp_path / "spool", clock)


def change(url):
    engine = open_engine(url)
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'x' WHERE id = 3")
    engine.dispose()


def test_what_is_being_moved_to_one_place_does_not_go_to_another(
    stores, clock, tmp_path
):
    old, new = stores()
    engine = open_engine(old)
    with transaction(engine) as connection:
        close(connection, Closed(MOVING, new))
    engine.dispose()

    with pytest.raises(Rejected, match="is being moved to"):
        move(old, f"sqlite:///{tmp_path}/third.db")
    with (
        closing(open_store(old, clock=clock)) as store,
        pytest.raises(Retryable, match=r"being moved .* `stdc db move` it again"),
    ):
        store.inbox.accept(Delivery(source="mautic", body=b"", received_at=AT))
    finish(old, new)


def test_two_moves_at_once_fill_the_target_once(stores):
    old, new = stores()
    command = [sys.executable, "-m", mover.__name__, old, new, "0"]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate()[1].decode() for one in both]

    codes = [one.returncode for one in both]
    assert 0 in codes
    # the later one finds it done, or ends what the other was just doing
    assert all(
        code == 0 or "moved already" in words
        for code, words in zip(codes, said, strict=True)
    )
    assert content(new) == content(old)
