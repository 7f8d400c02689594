"""The mappings of now: an edited folder is taken over without a restart.

All of it or nothing: while a file is wrong the last good mappings stay in use, and
the log names every mistake, once.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self, overload

import structlog

from plugin.errors import Misconfigured
from plugin.mappings.model import Mappings

log = structlog.get_logger(__name__)

#: What tells that a folder changed: names, sizes, and when each file was written.
_Look = frozenset[tuple[str, int, int]]


class LiveMappings:
    """A mappings folder, read again when it has changed."""

    def __init__(
        self,
        folder: Path,
        load: Callable[[Path], Mappings],
        *,
        every: float = 5.0,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the folder; it is looked at again at most every so many seconds.

        Raises Misconfigured when it is wrong from the start.
        """
        self._folder = folder
        self._load = load
        self._every = every
        self._ticks = ticks
        self._lock = threading.Lock()
        self._looked_at = ticks()
        self._look = _look_at(folder)
        self._current = load(folder)
        #: What is wrong with the folder as it is now; empty when it is in use.
        self.problems: tuple[str, ...] = ()

    def current(self) -> Mappings:
        """Return the mappings of now; whoever asks first after a change reads them.

        Others go on with the last ones meanwhile.
        """
        is_due = self._ticks() - self._looked_at >= self._every
        if is_due and self._lock.acquire(blocking=False):
            try:
                self._looked_at = self._ticks()
                self._take_over()
            finally:
                self._lock.release()
        return self._current

    def _take_over(self) -> None:
        look = _look_at(self._folder)
        if look == self._look:
            return
        try:
            fresh = self._load(self._folder)
        except Misconfigured as error:
            self._keep(look, error)
            return
        if _look_at(self._folder) != look:
            return  # written meanwhile: perhaps half; the next look decides
        self._look = look
        self.problems = ()
        if fresh.version != self._current.version:
            log.info("mappings.taken_over", version=fresh.version)
            self._current = fresh

    def _keep(self, look: _Look, error: Misconfigured) -> None:
        self._look = look
        self.problems = error.problems
        log.error(
            "mappings.refused",
            problems=list(error.problems),
            still=self._current.version,
        )


def _look_at(folder: Path) -> _Look:
    found = set()
    for path in (*folder.glob("*.toml"), *folder.glob("ats/*.toml")):
        try:
            state = path.stat()
        except OSError:
            continue  # gone between the listing and now
        name = str(path.relative_to(folder))
        found.add((name, state.st_size, state.st_mtime_ns))
    return frozenset(found)


class Current:
    """A dataclass field for mappings: fixed ones, or a way to ask for those of now."""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the field's name."""
        self._name = f"_{name}"

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...

    @overload
    def __get__(self, owner: object, kind: type) -> Mappings: ...

    def __get__(self, owner: object | None, kind: type) -> Self | Mappings:
        """Give the mappings; asked of the class there are none: it has no default."""
        if owner is None:
            raise AttributeError(self._name)
        given: Mappings | Callable[[], Mappings] = getattr(owner, self._name)
        return given if isinstance(given, Mappings) else given()

    def __set__(self, owner: object, given: Mappings | Callable[[], Mappings]) -> None:
        """Take mappings, or what gives them."""
        setattr(owner, self._name, given)
