"""The backup that docs/operating.md advises is whole and ends while the door writes."""

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from plugin.store import open_store, upgrade
from tests.support.rows import AT, ROWS, content, fill
from webhooks.inbox import Delivery

MANUAL = Path(__file__).parents[3] / "docs" / "operating.md"


def advised():
    (statement,) = re.findall(
        r"""sqlite3 data/stdc\.db "(VACUUM INTO '[^']+')\"""", MANUAL.read_text("utf-8")
    )
    return re.sub("'.+'", "?", statement)


def test_a_backup_is_one_moment_of_a_store_that_is_written_to(tmp_path, clock):
    url, copy = f"sqlite:///{tmp_path}/stdc.db", tmp_path / "backup.db"
    upgrade(url)
    fill(url)
    before = content(url)
    with closing(open_store(url, clock=clock)) as store:
        kept, over = [], threading.Event()

        def accept():
            while not over.is_set():
                delivery = Delivery(source="mautic", body=b"{}", received_at=AT)
                kept.append(store.inbox.accept(delivery))

        door = threading.Thread(target=accept)
        door.start()
        try:
            with closing(sqlite3.connect(tmp_path / "stdc.db")) as connection:
                connection.execute(advised(), (str(copy),))
        finally:
            over.set()
            door.join()

    assert kept
    restored = content(f"sqlite:///{copy}")
    there = len(restored.pop("deliveries"))
    assert ROWS <= there <= ROWS + len(kept)
    assert len(restored.pop("bodies")) == there
    assert restored == {name: before[name] for name in restored}
