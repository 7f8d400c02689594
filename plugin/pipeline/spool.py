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
import math
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread

import structlog

from plugin.errors import Rejected, Retryable, StdcError
from plugin.pipeline.parts import Parts
from plugin.store import Store
from webhooks.inbox import Delivery, Inbox

log = structlog.get_logger(__name__)

#: With less room than this on its disk the door refuses: what is left belongs to
#: the database, which needs it to come back.
MIN_FREE_BYTES = 200 * 1024 * 1024
#: After a failure the database is left alone this long, so that not every delivery
#: waits for it anew.
AWAY_SECONDS = 5.0
#: The web process looks this often whether its spool can be moved.
DRAIN_SECONDS = 5.0
#: What is moved in one transaction at the most: files, and bytes.
BATCH, BATCH_BYTES = 200, 32 * 1024 * 1024
#: The receipt of what has no number yet.
SPOOLED = 0

SUFFIX = ".delivery"
#: How the name of a file begins: with when the delivery came in, in UTC.
MOMENT = "%Y%m%dT%H%M%S%f"
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


class Absence:
    """Whether the store is asked: after a failure not for a while, then by one.

    The others need not wait for what that one finds out.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that is never set back: seconds, from any start."""
        self._clock = clock
        self._lock = Lock()
        self._until: float | None = None

    def may_ask(self) -> bool:
        """Tell whether the caller may ask the store; then it must say how that went."""
        now = self._clock()
        with self._lock:
            if self._until is None:
                return True
            if now < self._until:
                return False
            self._until = math.inf  # it asks for all
            return True

    def begin(self) -> None:
        """Leave the store alone from now on, for a while."""
        with self._lock:
            self._until = self._clock() + AWAY_SECONDS

    def end(self) -> None:
        """Let everybody ask again."""
        with self._lock:
            self._until = None


class SpoolingInbox:
    """An inbox that keeps on disk what the inbox behind it cannot take now.

    Raises Retryable when neither can: the disk has less than `min_free_bytes`.
    """

    def __init__(
        self,
        inbox: Inbox,
        folder: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        min_free_bytes: int = MIN_FREE_BYTES,
        on_spooled: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the inbox, and the folder for what it cannot take.

        `clock` tells seconds, from any start; `on_spooled` is called when something
        was kept on disk.
        """
        self.spool = Spool(folder)
        self._inbox = inbox
        self._absence = Absence(clock)
        self._min_free_bytes = min_free_bytes
        self._on_spooled = on_spooled
        self._since: datetime | None = None
        with suppress(OSError):  # whatever is wrong with the folder, the door opens
            self._since = self.spool.oldest()

    @property
    def spooling_since(self) -> datetime | None:
        """Since when the store takes nothing; None when it does, as far as is known.

        It does when it took a delivery, or when what was kept here has been moved.
        """
        with suppress(OSError):
            if self._since is not None and not self.spool.waiting():
                self._since = None
        return self._since

    def accept(self, delivery: Delivery) -> int:
        """Keep the delivery durably; its number, or 0 when it went to the disk."""
        if self._absence.may_ask():
            try:
                number = self._inbox.accept(delivery)
            except Exception as error:  # noqa: BLE001 -- whatever it was, keep it
                log.warning("spool.store_away", why=str(error))
                self._since = self.spooling_since
                self._absence.begin()
            else:
                self._absence.end()
                self._since = None
                return number
        self._guard(len(delivery.body))
        path = self.spool.keep(delivery)
        self._since = self._since or delivery.received_at
        log.info("spool.kept", file=path.name, bytes=len(delivery.body))
        self._on_spooled()
        return SPOOLED

    def _guard(self, wanted: int) -> None:
        room = free_bytes(self.spool.folder) - wanted
        if room < self._min_free_bytes:
            raise Retryable(
                f"the store is away and the spool's disk is nearly full: {room} bytes"
            )


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
                self._is_running = True
                Thread(target=self._run, name="spool", daemon=True).start()

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
            self._is_running = bool(Spool(self._parts.settings.spool).waiting())
            return not self._is_running


def drain(parts: Parts) -> int:
    """Move what waits on disk into the inbox, oldest first; return how many.

    Stops where the store still cannot take it. One process does it at a time.
    """
    spool = Spool(parts.settings.spool)
    if not spool.waiting():
        return 0
    total = 0
    with spool.alone() as mine:
        waiting = spool.waiting() if mine else []
        try:
            for batch in _batches(waiting):
                total += _move(parts.store, spool, batch)
        except StdcError as error:
            log.warning("spool.store_away", why=str(error))
    if total:
        log.info("spool.drained", deliveries=total)
    return total


def _move(store: Store, spool: Spool, paths: Sequence[Path]) -> int:
    read = dict(_readable(spool, paths))
    try:
        moved = _insert(store, spool, read)
    except Rejected as error:  # anything else is the store's trouble, not a file's
        if len(read) > 1:  # one of them is to blame: the others shall not wait
            return sum(_move(store, spool, [path]) for path in read)
        for path in read:
            spool.set_aside(path, str(error))
        return 0
    spool.remove(list(read))
    return moved


def _insert(store: Store, spool: Spool, read: dict[Path, Delivery]) -> int:
    """Commit deliveries with the names of their files; skip those that were."""
    mark = f"spool.{spool.name()}"
    with store.unit() as unit:
        before = set(unit.marks.get(mark) or ())
        news = [one for path, one in read.items() if path.name not in before]
        unit.inbox.accept_many(news)
        # What was moved earlier and is still there must not be forgotten.
        left = before & {path.name for path in spool.waiting()}
        unit.marks.put(mark, sorted(left | {path.name for path in read}))
    return len(news)


def _readable(spool: Spool, paths: Sequence[Path]) -> Iterator[tuple[Path, Delivery]]:
    for path in paths:
        try:
            yield path, decode(path.read_bytes())
        except Rejected as error:
            spool.set_aside(path, str(error))


def _batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    batch, size = list[Path](), 0
    for path in paths:
        more = path.stat().st_size
        if batch and (len(batch) >= BATCH or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += more
    if batch:
        yield batch


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
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
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
