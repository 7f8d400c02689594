"""The schema's versions: Alembic, called as a library."""

import errno
import os
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from plugin.errors import Misconfigured
from plugin.store.engine import open_engine, patient, transaction

MIGRATIONS = Path(__file__).parent / "migrations"
#: One migrates at a time: PostgreSQL's advisory lock, by an arbitrary number.
SCHEMA_LOCK = 7_283_302
#: On SQLite they wait for each other so long.
UPGRADE_SECONDS = 60.0


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database to this version's schema, or to an older one, all or nothing.

    Does nothing when it is there. Several machines may call it at once.
    """
    engine = _engine(url)
    try:
        with transaction(patient(engine, UPGRADE_SECONDS)) as connection:
            if connection.dialect.name == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:number)")
                connection.execute(lock, {"number": SCHEMA_LOCK})
            command.upgrade(_config(connection), to)
    finally:
        engine.dispose()


def revision(url: str) -> tuple[str | None, str | None]:
    """Say which revision the database is at, and which this version wants."""
    engine = _engine(url)
    try:
        with transaction(engine, read_only=True) as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return current, head()


@cache
def head() -> str | None:
    """Say which revision this version wants; asked once, the code does not change."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _engine(url: str) -> Engine:
    """Open an engine; a new SQLite file is made for its owner's eyes only."""
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        _make_file(Path(str(engine.url.database)))
    return engine


def _make_file(path: Path) -> None:
    """Make the file unless it is there; a file that is there is never opened here.

    To close a file gives up every lock that this process has on it, those of its
    connections too. Whoever closes the store next then believes to be the last and
    deletes the write-ahead log, into which we would go on writing.
    https://www.sqlite.org/howtocorrupt.html, 2.2
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK):
            why = os.strerror(errno.EACCES)
            raise Misconfigured(f"database.url: {path}: {why}") from None
    except OSError as error:
        raise Misconfigured(f"database.url: {path}: {error.strerror}") from error


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
