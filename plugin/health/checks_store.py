"""Checks of the database and of the job queue."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from plugin.errors import StdcError
from plugin.health.model import Check, Finding, fail, ok, warn
from plugin.health.premises import Premises
from plugin.pipeline.jobs import open_huey
from plugin.store import Unit, revision

#: What a commit needs to survive a power cut, by database.
DURABLE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sqlite": {"journal_mode": ("wal",), "synchronous": ("full", "extra")},
    "postgresql": {
        "fsync": ("on",),
        "full_page_writes": ("on",),
        "synchronous_commit": ("on", "remote_write", "remote_apply", "local"),
    },
}
#: File systems on which SQLite's locks do not hold.
REMOTE = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "glusterfs", "ceph")
#: A write-ahead log that grew beyond this was not checkpointed for long.
WAL_BYTES = 1024 * 1024 * 1024
#: Jobs that wait: the worker does not keep up, or does not run.
MANY_JOBS = 1000


class _UndoneError(Exception):
    """Ends a unit without keeping anything."""


def reachable(premises: Premises) -> Finding:
    """Look which revision the tables have."""
    current, head = revision(premises.settings.database_url)
    if current is None:
        return warn("no tables yet; the first start makes them")
    if current != head:
        return fail(f"the tables are at {current}, this code needs {head}")
    return ok(f"revision {current}")


def writable(premises: Premises) -> Finding:
    """Write a mark and take it back."""
    with suppress(_UndoneError), premises.store.unit() as unit:
        _write_and_undo(unit)
    return ok("a write was accepted and taken back")


def _write_and_undo(unit: Unit) -> None:
    unit.marks.put("doctor", 1)
    raise _UndoneError


def durable(premises: Premises) -> Finding:
    """Compare the settings that a commit rests on with what durability needs."""
    with premises.store.view() as unit:
        found = unit.figures.durability()
    return judge_durability(found)


def judge_durability(found: Mapping[str, str]) -> Finding:
    """Say whether a commit with these settings survives a power cut."""
    wanted = DURABLE["sqlite" if "journal_mode" in found else "postgresql"]
    bad = [
        f"{name} = {found[name]}"
        for name, good in wanted.items()
        if found[name] not in good
    ]
    said = ", ".join(f"{name} = {value}" for name, value in found.items())
    return (
        fail(f"a power cut can lose deliveries: {', '.join(bad)}") if bad else ok(said)
    )


def sqlite_file(url: str) -> Path | None:
    """Give the file of a SQLite database; None for any other."""
    prefix = next(
        (one for one in ("sqlite:///", "sqlite+pysqlite:///") if url.startswith(one)),
        "",
    )
    return Path(url.removeprefix(prefix)) if prefix else None


def file_system(premises: Premises) -> Finding:
    """Look what kind of disk SQLite is on."""
    path = sqlite_file(premises.settings.database_url)
    if path is None:
        return ok("PostgreSQL looks after its own disk")
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8")
    except OSError:
        return ok("this machine does not tell")
    kind = file_system_of(path.resolve(), mounts)
    if kind.startswith(REMOTE):
        return fail(f"SQLite stands on {kind}, where locks do not hold")
    return ok(kind or "this machine does not tell")


def file_system_of(path: Path, mounts: str) -> str:
    """Find the type of the file system that a path is on in /proc/mounts' words."""
    rows = [line.split(" ") for line in mounts.splitlines() if line.count(" ") > 1]
    over = [row for row in rows if path.is_relative_to(row[1].replace("\\040", " "))]
    return max(over, key=lambda row: len(row[1]))[2] if over else ""


def wal(premises: Premises) -> Finding:
    """Look how long SQLite's write-ahead log has grown."""
    path = sqlite_file(premises.settings.database_url)
    log = path.with_name(f"{path.name}-wal") if path else None
    size = log.stat().st_size if log is not None and log.exists() else 0
    says = f"{size // (1024 * 1024)} MB not checkpointed"
    return warn(says) if size > WAL_BYTES else ok(says)


def jobs(premises: Premises) -> Finding:
    """Ask the job queue how much waits in it."""
    settings = premises.settings
    try:
        waiting = open_huey(settings.jobs, settings.data_dir).pending_count()
    except StdcError:
        raise
    except Exception as error:  # noqa: BLE001 -- every backend has its own errors
        return fail(f"the {settings.jobs.backend} queue does not answer: {error}")
    says = f"{waiting} jobs wait in {settings.jobs.backend}"
    return warn(says) if waiting > MANY_JOBS else ok(says)


STORE = ("wiring", "store.revision")
CHECKS: tuple[Check, ...] = (
    Check(
        name="store.revision",
        means="Code and tables of different versions would write nonsense.",
        mend="Run `stdc db upgrade`; if the database does not answer, start it.",
        run=reachable,
        needs=("config",),
    ),
    Check(
        name="store.writable",
        means="Nothing that arrives can be kept but on the spool.",
        mend="See what holds the lock or fills the disk, and who may write the file.",
        run=writable,
        needs=STORE,
    ),
    Check(
        name="store.durable",
        means="We answer 200 for what a power cut could take away again.",
        mend="SQLite: put it on a local disk. PostgreSQL: set fsync, full_page_writes "
        "and synchronous_commit to on.",
        run=durable,
        needs=STORE,
    ),
    Check(
        name="store.disk",
        means="On a network file system two processes can destroy a SQLite file.",
        mend="Move data_dir to a local disk, or move to PostgreSQL.",
        run=file_system,
        needs=("config",),
    ),
    Check(
        name="store.log",
        means="A write-ahead log that only grows makes every read slower.",
        mend="Look for a process that keeps a transaction open for hours; restart it.",
        run=wal,
        needs=STORE,
    ),
    Check(
        name="jobs.queue",
        means="Without it deliveries wait for the minute's tick, or for ever.",
        mend="Start Redis or PostgreSQL, compare jobs.url, start the worker.",
        run=jobs,
        needs=("config",),
    ),
)
