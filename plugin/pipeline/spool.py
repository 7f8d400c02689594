"""Deliveries on disk while the database is locked, full or away.

One file each, written so that it is there whole or not at all, also after a
power cut: to a temporary name, fsync, rename, fsync of the folder. They are
moved into the inbox later, each exactly once: the names of the files last moved
are committed together with them, so a crash before a file is deleted leaves
nothing to be moved twice.
"""

import fcntl
import hashlib
import itertools
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread

import structlog

from plugin.errors import Rejected, StdcError
from plugin.pipeline.parts import Parts
from plugin.store import Store
from webhooks.inbox import Delivery

log = structlog.get_logger(__name__)

#: With less room than this on its disk the door refuses: what is left belongs to
#: the database, which needs it to come back.
MIN_FREE_BYTES = 200 * 1024 * 1024
#: The web process looks this often whether its spool can be moved.
DRAIN_SECONDS = 5.0
#: What is moved in one transaction at the most: files, and bytes.
BATCH, BATCH_BYTES = 200, 32 * 1024 * 1024

SUFFIX = ".delivery"
#: How the name of a file begins: with when the delivery came in, in UTC.
MOMENT = "%Y%m%dT%H%M%S%f"
#: How a file is called while it is written.
TEMPORARY = ".tmp"
#: Such a file that is so old belongs to a writer that was killed, in seconds.
TEMPORARY_SECONDS = 3600.0
#: Folder within the spool for what can be read or kept by nobody.
SET_ASIDE = "set-aside"


class Spool:
    """A folder with deliveries, oldest first by name."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when it is first needed."""
        self.folder = folder
        self._numbers = itertools.count()

    def keep(self, delivery: Delivery) -> Path:
        """Write a delivery; it survives a power cut once this returns.

        Raises OSError when the disk is full or away.
        """
        self._make()
        moment = delivery.received_at.astimezone(UTC)
        number = next(self._numbers) % 1_000_000
        name = f"{moment:{MOMENT}}-{number:06d}-{secrets.token_hex(4)}{SUFFIX}"
        path = self.folder / name
        write_durably(path, encode(delivery))
        return path

    def waiting(self) -> list[Path]:
        """List the files that wait, oldest first; none where no folder is."""
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            os.scandir(self.folder) as entries,
        ):
            names = [one.name for one in entries if one.name.endswith(SUFFIX)]
            return [self.folder / name for name in sorted(names)]
        return []

    def oldest(self) -> datetime | None:
        """Say when the oldest delivery that waits came in, by the name of its file."""
        for path in self.waiting():
            with suppress(ValueError):
                moment = path.name.partition("-")[0]
                return datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)
        return None

    def set_aside(self, path: Path, why: str) -> None:
        """Put a file where it holds nobody up and a person can look at it."""
        aside = self.folder / SET_ASIDE
        aside.mkdir(mode=0o700, exist_ok=True)
        path.rename(aside / path.name)
        sync(aside)
        sync(self.folder)
        log.error("spool.set_aside", file=path.name, why=why)

    def aside(self) -> int:
        """Count what was set aside."""
        return len(list((self.folder / SET_ASIDE).glob(f"*{SUFFIX}")))

    def broken_off(self, now: datetime) -> list[Path]:
        """List what writers that were killed left: it was answered for to nobody."""
        before = now.timestamp() - TEMPORARY_SECONDS
        return [
            path
            for folder in (self.folder, self.folder / SET_ASIDE)
            for path in folder.glob(f".*{TEMPORARY}")
            if _is_older(path, before)
        ]

    def remove(self, paths: Sequence[Path]) -> None:
        """Delete files; they are gone for good once this returns."""
        for path in paths:
            path.unlink(missing_ok=True)
        if paths:
            sync(self.folder)

    def name(self) -> str:
        """Say which spool this is, wherever it is mounted and on whatever host."""
        path = self.folder / ".name"
        if not path.exists():
            write_durably(path, secrets.token_hex(8).encode())
        return path.read_text(encoding="ascii")

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the spool among all processes; False when somebody else does."""
        handle = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)

    def _make(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(self.folder.parent)


class Drainer:
    """Moves the web process's own spool, until it is empty, in a thread.

    The worker does so too; but on a machine that only runs `stdc web` nobody
    else could.
    """

    def __init__(self, parts: Parts, every_seconds: float = DRAIN_SECONDS) -> None:
        """Take the installation; nothing runs until it is called."""
        self._parts = parts
        self._every_seconds = every_seconds
        self._lock = Lock()
        self._is_running = False

    def __call__(self) -> None:
        """See to it that somebody drains."""
        with self._lock:
            if not self._is_running:
                Thread(target=self._run, name="spool", daemon=True).start()
                self._is_running = True

    def _run(self) -> None:
        pause = Event()
        while not self._is_over():
            pause.wait(self._every_seconds)
            try:
                moved = drain(self._parts)
            except Exception:  # the next round may do better
                log.exception("spool.drain_failed")
            else:
                if moved:
                    self._parts.kick()

    def _is_over(self) -> bool:
        with self._lock:
            self._is_running = self._is_needed()
            return not self._is_running

    def _is_needed(self) -> bool:
        try:
            return bool(Spool(self._parts.settings.spool).waiting())
        except OSError:  # a disk that is away may come back
            log.exception("spool.disk_away")
            return True


def drain(parts: Parts) -> int:
    """Move what waits on disk into the inbox, oldest first; return how many.

    Stops where the store still cannot take it. One process does it at a time.
    """
    spool = Spool(parts.settings.spool)
    if not spool.waiting() and not spool.broken_off(parts.clock()):
        return 0
    with spool.alone() as mine:
        if not mine:
            return 0
        if left := spool.broken_off(parts.clock()):
            spool.remove(left)
        run = _Drain(parts.store, spool)
        try:
            run.all()
        except (StdcError, OSError) as error:
            log.warning("spool.store_away", why=str(error))
    if run.moved or run.skipped:
        log.info("spool.drained", deliveries=run.moved, unreadable=run.skipped)
    return run.moved


class _Drain:
    """One pass over the spool: what waited when it began, listed once."""

    def __init__(self, store: Store, spool: Spool) -> None:
        self.moved = 0
        #: Files that could not be read this time.
        self.skipped = 0
        self._store = store
        self._spool = spool
        self._waiting = spool.waiting()
        #: The names of those that are still there.
        self._there = {path.name for path in self._waiting}

    def all(self) -> None:
        for batch in _batches(self._waiting):
            self._move(batch)

    def _move(self, paths: Sequence[Path]) -> None:
        read = dict(self._readable(paths))
        if not read:
            return
        try:
            moved = self._insert(read)
        except Rejected as error:  # anything else is the store's trouble, not a file's
            if len(read) > 1:  # one of them is to blame: the others shall not wait
                for path in read:
                    self._move([path])
            else:
                self._set_aside(next(iter(read)), str(error))
            return
        self.moved += moved
        self._spool.remove(list(read))
        self._there -= {path.name for path in read}

    def _insert(self, read: dict[Path, Delivery]) -> int:
        """Commit deliveries with the names of their files; skip those that were."""
        mark = f"spool.{self._spool.name()}"
        with self._store.unit() as unit:
            before = set(unit.marks.get(mark) or ())
            news = [one for path, one in read.items() if path.name not in before]
            unit.inbox.accept_many(news)
            # What was moved earlier and is still there must not be forgotten.
            left = before & self._there
            unit.marks.put(mark, sorted(left | {path.name for path in read}))
        return len(news)

    def _readable(self, paths: Sequence[Path]) -> Iterator[tuple[Path, Delivery]]:
        """Read files; one that the disk does not give now holds up no other."""
        for path in paths:
            try:
                yield path, decode(path.read_bytes())
            except Rejected as error:
                self._set_aside(path, str(error))
            except OSError as error:
                self._skip(path, error)

    def _set_aside(self, path: Path, why: str) -> None:
        try:
            self._spool.set_aside(path, why)
        except OSError as error:
            self._skip(path, error)

    def _skip(self, path: Path, error: OSError) -> None:
        self.skipped += 1
        log.error("spool.unreadable", file=path.name, why=str(error))


def _batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    batch, size = list[Path](), 0
    for path in paths:
        more = _size(path)
        if batch and (len(batch) >= BATCH or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += more
    if batch:
        yield batch


def _size(path: Path) -> int:
    with suppress(OSError):  # whoever reads it finds out
        return path.stat().st_size
    return 0


def _is_older(path: Path, before: float) -> bool:
    with suppress(OSError):  # it has its name by now
        return path.stat().st_mtime < before
    return False


def encode(delivery: Delivery) -> bytes:
    """Write a delivery: one line of JSON that tells about it, then its bytes."""
    head = {
        "source": delivery.source,
        "received_at": delivery.received_at.isoformat(),
        "sha256": hashlib.sha256(delivery.body).hexdigest(),
    }
    return json.dumps(head).encode() + b"\n" + delivery.body


def decode(content: bytes) -> Delivery:
    """Read what `encode` wrote; raises Rejected when the disk gave back other bytes."""
    line, _, body = content.partition(b"\n")
    try:
        head = json.loads(line)
        source, received_at = head["source"], head["received_at"]
        is_whole = head["sha256"] == hashlib.sha256(body).hexdigest()
        at = datetime.fromisoformat(received_at)
    except (ValueError, KeyError, TypeError) as error:
        raise Rejected("no delivery can be read from it") from error
    if not is_whole:
        raise Rejected("its body is not the one that was written")
    return Delivery(source=source, body=body, received_at=at)


def write_durably(path: Path, content: bytes) -> None:
    """Make a file that is there whole or not at all, whatever happens."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make what was renamed or deleted in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(folder: Path) -> int:
    """Say how much room there is where this folder is, or will be."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(there).free
