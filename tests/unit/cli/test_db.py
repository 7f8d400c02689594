"""`stdc db upgrade` makes the tables, and again does no harm."""

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress

from plugin import store


def test_a_fresh_store_gets_its_tables(installed):
    result = installed.stdc("db", "upgrade")

    url = f"sqlite:///{installed.folder}/data/stdc.db"
    current, head = store.revision(url)
    assert result.exit_code == 0, result.output
    assert current == head
    assert result.stdout == f"The store went from empty to {head}.\n"


def test_a_second_time_nothing_is_to_do(installed):
    installed.stdc("db", "upgrade")

    result = installed.stdc("db", "upgrade")

    assert result.exit_code == 0
    assert result.stdout.startswith("The store is up to date: ")


def test_a_store_that_cannot_be_made_is_said_plainly(installed):
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    installed.edit("[database]", f'[database]\nurl = "{url}"')

    result = installed.stdc("db", "upgrade")

    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_a_store_is_moved_and_what_is_next_is_said(installed):
    installed.stdc("db", "upgrade")
    target = f"sqlite:///{installed.folder}/data/new.db"

    result = installed.stdc("db", "move", target)
    again = installed.stdc("db", "move", target)

    assert result.exit_code == 0, result.output
    assert "moved, read back and found the same" in result.stdout
    assert "database.url" in result.stdout
    assert (again.exit_code, "moved already" in again.output) == (1, True)
    assert "takes writes again" in installed.stdc("db", "reopen").stdout
    assert "was not moved" in installed.stdc("db", "reopen").stdout


def test_the_new_address_may_be_in_a_variable(installed):
    installed.stdc("db", "upgrade")
    target = f"sqlite:///{installed.folder}/data/new.db"

    missing = installed.stdc("db", "move", "env:NEW_URL")
    moved = installed.stdc(
        "db", "move", "env:NEW_URL", "--json", env={"NEW_URL": target}
    )

    assert (missing.exit_code, "NEW_URL is not set" in missing.output) == (1, True)
    assert {one["table"] for one in json.loads(moved.stdout)} >= {"events", "contacts"}


def test_a_target_with_all_of_it_is_compared_and_said(installed, parts):
    installed.stdc("db", "upgrade")
    with parts.store.unit() as unit:
        unit.marks.put("one", 1)
    target = f"sqlite:///{installed.folder}/data/new.db"
    installed.stdc("db", "move", target)
    installed.stdc("db", "reopen")

    result = installed.stdc("db", "move", target)

    assert result.exit_code == 0, result.output
    assert "1 row: there already" in result.stdout


def test_on_a_terminal_it_shows_how_far_it_is(installed, parts):
    installed.stdc("db", "upgrade")
    with parts.store.unit() as unit:
        unit.marks.put("one", 1)
    target = f"sqlite:///{installed.folder}/data/new.db"
    command = ["--config", str(installed.config), "db", "move", target, "--json"]
    ours, theirs = pty.openpty()

    done = subprocess.run(
        [sys.executable, "-m", "plugin", *command],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        check=True,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # so Linux says that the terminal is closed
        while some := os.read(ours, 65536):
            shown += some
    os.close(ours)

    assert b"comparing marks" in shown
    assert b"2/2" in shown
    (marks,) = [one for one in json.loads(done.stdout) if one["table"] == "marks"]
    assert (marks["rows"], marks["found"]) == (1, False)
