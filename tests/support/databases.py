"""Databases for tests: a SQLite file, or a PostgreSQL of our own on a socket."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

#: A PostgreSQL to use instead of starting one; its user must create databases.
URL_VARIABLE = "STDC_TEST_POSTGRES_URL"
HOW_TO_GET_IT = (
    "no PostgreSQL here: run `apt-get install postgresql`, "
    f"or set {URL_VARIABLE}=postgresql+psycopg://user@host/postgres"
)
#: Debian's name for the user that may run a server: root may not.
SERVER_USER = "postgres"
#: Tests lose nothing when the machine fails, so the server need not fsync.
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=100",
    "shared_buffers=32MB",
)
START_SECONDS = 30.0


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the URL of a PostgreSQL whose user may create databases.

    The one in STDC_TEST_POSTGRES_URL; else a private one, on a socket in a
    directory of its own, stopped at the end. Skips when there is none.
    """
    if given := os.environ.get(URL_VARIABLE):
        yield given
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip(HOW_TO_GET_IT)
    # a socket's path must be short, so not below pytest's own directory
    folder = Path(tempfile.mkdtemp(prefix="stdc-pg-"))
    try:
        user = _server_user(folder)
        yield from _running(binaries, folder, user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(server: str) -> Iterator[str]:
    """Make an empty database on the server; drop it at the end."""
    plain = f"stdc_{uuid4().hex[:12]}"
    name = sql.Identifier(plain)
    with _admin(server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    try:
        url = make_url(server).set(database=plain)
        yield url.render_as_string(hide_password=False)
    finally:
        with _admin(server) as connection:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(name))


def empty(url: str, tables: Iterable[str]) -> None:
    """Take every row out of these tables and start their numbers again."""
    names = sql.SQL(", ").join(sql.Identifier(table) for table in tables)
    with _admin(url) as connection:
        connection.execute(
            sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names)
        )


@contextmanager
def _admin(server: str) -> Iterator[psycopg.Connection]:
    url = make_url(server).set(drivername="postgresql")
    conninfo = url.render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        yield connection


def _binaries() -> Path | None:
    """Find the newest PostgreSQL of this machine."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name),
    )
    if versions and (versions[-1] / "initdb").exists():
        return versions[-1]
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _server_user(folder: Path) -> str | None:
    """Say as whom to run the server, and let that user have the folder."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(SERVER_USER)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return SERVER_USER


def _running(binaries: Path, folder: Path, user: str | None) -> Iterator[str]:
    data = folder / "data"
    groups: list[str] | None = [] if user else None
    subprocess.run(
        [
            binaries / "initdb",
            *("--pgdata", data, "--username", "stdc", "--auth", "trust"),
            *("--encoding", "UTF8", "--no-locale", "--no-sync"),
        ],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        user=user,
        extra_groups=groups,
    )
    settings = [f"-c{setting}" for setting in SETTINGS]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *settings],
            cwd=folder,
            stdout=log,
            stderr=log,
            user=user,
            extra_groups=groups,
        )
    try:
        url = f"postgresql+psycopg://stdc@/postgres?host={folder}"
        _wait_for(url, server, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # fast: does not wait for clients
        server.wait(timeout=START_SECONDS)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with _admin(url):
                return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)
