"""A store that moves loses nothing, and the old one cannot be written to by mistake."""

from itertools import islice, product

import pytest
from sqlalchemy import func, make_url, select

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.pipeline.spooling import SpoolingInbox
from plugin.store import Step, move, open_store, reopen, upgrade
from plugin.store.copying import BATCH, BATCH_BYTES
from plugin.store.engine import open_engine, patient, transaction
from plugin.store.tables import metadata
from tests.support.rows import AT, ROWS, content, fill
from webhooks.inbox import Delivery


@pytest.fixture
def old(tmp_path):
    """A SQLite store with something in every table."""
    url = f"sqlite:///{tmp_path}/old.db"
    upgrade(url)
    fill(url)
    return url


def test_every_row_of_every_table_arrives(old, empty_url):
    before = content(old)

    done = move(old, empty_url)

    assert content(empty_url) == before
    assert {one.table: one.rows for one in done} == dict.fromkeys(metadata.tables, ROWS)
    assert all(len(one.checksum) == 64 for one in done)


def test_the_state_and_what_is_held_of_a_person_are_the_same_bytes(
    old, empty_url, clock
):
    store = open_store(old, clock=clock)
    state = store.dump_state()
    with store.view() as unit:
        held = repr(unit.holdings.of({1, 2}))
    store.close()

    move(old, empty_url)

    store = open_store(empty_url, clock=clock)
    assert store.dump_state() == state
    with store.view() as unit:
        assert repr(unit.holdings.of({1, 2})) == held
    store.close()


def test_numbers_go_on_where_they_were(old, empty_url, clock):
    move(old, empty_url)

    store = open_store(empty_url, clock=clock)
    number = store.inbox.accept(Delivery(source="mautic", body=b"{}", received_at=AT))
    with store.unit() as unit:
        unit.audit.add(AT, "stdc", "test", "contact:1", {})
        newest = unit.audit.list("contact:1")[0]
    store.close()

    assert (number, newest.id) == (ROWS + 1, ROWS + 1)


def test_an_empty_store_moves_too(tmp_path, empty_url, clock):
    url = f"sqlite:///{tmp_path}/old.db"
    upgrade(url)

    assert sum(one.rows for one in move(url, empty_url)) == 0

    store = open_store(empty_url, clock=clock)
    assert store.inbox.accept(Delivery(source="m", body=b"", received_at=AT)) == 1
    store.close()


def test_the_old_store_takes_no_more_writes_and_the_door_spools(
    old, empty_url, clock, tmp_path
):
    move(old, empty_url)
    before = content(old)
    store = open_store(old, clock=clock)
    delivery = Delivery(source="mautic", body=b"{}", received_at=AT)
    door = SpoolingInbox(store.inbox, tmp_path / "spool")

    with pytest.raises(Retryable, match="this store was moved to"):
        store.inbox.accept(delivery)
    with pytest.raises(Retryable, match="restart"), store.unit() as unit:
        unit.marks.put("a mark", 1)
    assert door.accept(delivery) == 0

    assert len(door.spool.waiting()) == 1
    assert content(old) == before
    with pytest.raises(Rejected, match="moved already"):
        move(old, f"sqlite:///{tmp_path}/third.db")
    assert reopen(old)
    assert not reopen(old)
    assert store.inbox.accept(delivery) == ROWS + 1
    store.close()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_password_stands_nowhere_in_the_old_store(old, empty_url):
    """The message of a refusal is logged."""
    url = make_url(empty_url).set(password="very-secret")

    move(old, url.render_as_string(hide_password=False))

    engine = open_engine(old)
    with transaction(engine, read_only=True) as connection:
        rows = connection.exec_driver_sql("SELECT sql FROM sqlite_master").all()
    engine.dispose()
    assert any("stdc:***@" in str(row) for row in rows)
    assert not any("very-secret" in str(row) for row in rows)


def test_a_target_with_anything_in_it_is_refused(old, empty_url, clock):
    upgrade(empty_url)
    target = open_store(empty_url, clock=clock)
    with target.unit() as unit:
        unit.marks.put("somebody's", 1)
    before = content(empty_url)

    with pytest.raises(Misconfigured, match="marks: 5 rows here, 1 row there"):
        move(old, empty_url)

    assert content(empty_url) == before
    target.close()
    assert_writable(old, clock)


def assert_writable(url, clock):
    store = open_store(url, clock=clock)
    assert store.inbox.accept(Delivery(source="m", body=b"", received_at=AT)) > 0
    store.close()


def test_broken_off_anywhere_nothing_has_changed_and_it_can_be_done_again(
    old, empty_url, clock
):
    class Killed(BaseException):
        pass

    for table in metadata.tables:

        def tell(step, name, rows, total, last=table):
            if name == last:
                raise Killed

        with pytest.raises(Killed):
            move(old, empty_url, tell)
        assert set(map(len, content(empty_url).values())) == {0}
    assert_writable(old, clock)

    before = content(old)
    move(old, empty_url)
    assert content(empty_url) == before


def test_never_more_than_a_batch_is_held_however_large_the_rows_are(
    tmp_path, empty_url
):
    """Small rows, large ones among them, and one that is larger than a batch."""
    old, large, huge = f"sqlite:///{tmp_path}/old.db", BATCH_BYTES // 4, BATCH_BYTES + 1
    upgrade(old)
    sizes = [10] * (BATCH + 5) + [large] * 6 + [huge] + [10] * 7
    put_bodies(old, sizes)
    told = []

    def tell(step, table, rows, total):
        told.append((step, table, rows))
        assert total == 2 * 2 * len(sizes)

    move(old, empty_url, tell)

    for step, table in product(Step, ("bodies", "marks")):
        pages = [rows for *what, rows in told if what == [step, table]]
        assert pages[0] == BATCH
        cut = list(pages_of(sizes, pages))
        assert all(sum(page) <= BATCH_BYTES or page == [huge] for page in cut)
        assert len(pages) == 5


def put_bodies(url, sizes):
    """Put a body and a JSON text of each size."""
    engine = open_engine(url)
    with transaction(engine) as connection:
        for number, size in enumerate(sizes, 1):
            body = {"delivery_id": number, "body": b"x" * size}
            connection.execute(metadata.tables["bodies"].insert(), body)
            mark = {"name": f"{number:05}", "value": "x" * (size - 2 - 5)}
            connection.execute(metadata.tables["marks"].insert(), mark)
    engine.dispose()


def pages_of(sizes, pages):
    """Cut sizes into pages of so many."""
    rest = iter(sizes)
    for rows in pages:
        yield list(islice(rest, rows))


def test_nobody_writes_to_the_source_meanwhile(old, empty_url):
    refused = []

    def tell(step, name, rows, total):
        engine = open_engine(old)
        try:
            with transaction(patient(engine, 0.05)):
                pass
        except Retryable as error:
            refused.append(str(error))
        finally:
            engine.dispose()

    move(old, empty_url, tell)

    assert len(refused) == 2 * len(metadata.tables)
    assert "locked" in refused[0]


def test_it_does_not_begin_while_somebody_writes(old, empty_url):
    engine = open_engine(old)
    with transaction(engine), pytest.raises(Retryable, match="locked"):
        move(old, empty_url, patience=0.05)
    engine.dispose()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_it_says_what_it_does_not_move(old, url, migrated, tmp_path, clock):
    with pytest.raises(Misconfigured, match="its own address"):
        move(old, old)
    with pytest.raises(Misconfigured, match="only a SQLite store"):
        move(migrated, url)
    bare = f"sqlite:///{tmp_path}/bare.db"
    with pytest.raises(Misconfigured, match="stdc db upgrade"):
        move(bare, url)
    with pytest.raises(Misconfigured, match="not supported"):
        move(old, "mysql://host/name")
    assert_writable(old, clock)


def test_what_arrives_otherwise_is_found_out(old, tmp_path, clock):
    """A target that changes what it is given: a trigger stands for a broken disk."""
    target = f"sqlite:///{tmp_path}/target.db"
    upgrade(target)
    engine = open_engine(target)
    with transaction(engine) as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken AFTER INSERT ON audit WHEN NEW.id = 3 BEGIN "
            "UPDATE audit SET actor = 'x' WHERE id = 3; END"
        )
    with pytest.raises(Exception, match="audit is not the same"):
        move(old, target)
    with transaction(engine) as connection:
        assert (
            connection.scalar(
                select(func.count()).select_from(metadata.tables["audit"])
            )
            == 0
        )
    engine.dispose()
    assert_writable(old, clock)
