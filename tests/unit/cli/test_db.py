"""`stdc db upgrade` makes the tables, and again does no harm."""

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
