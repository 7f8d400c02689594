"""`stdc db upgrade` makes the tables, and again does no harm."""

import json

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
