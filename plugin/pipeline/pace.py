"""How much to ask of Mautic at a time, and how long to leave it alone in between.

It serves visitors too: what we ask grows while it answers quickly, shrinks when it
does not, and when it becomes slower than it was we pause as long as it worked.
"""

from dataclasses import dataclass

#: Rows of the first page, and of the smallest one.
FIRST, LEAST = 500, 50
#: An answer sooner than this lets pages grow, a later one lets them shrink; seconds.
QUICK_SECONDS, SLOW_SECONDS = 0.5, 2.0
#: So many times slower per row than at its best, Mautic has other things to do.
BUSY = 3.0
#: Part of the time that is asked of a Mautic that must be spared: a quarter.
GENTLE_PAUSES = 3.0
#: How fast the best is forgotten: a night's speed is no measure for the day.
FORGET = 1.02


@dataclass(slots=True, kw_only=True)
class Pace:
    """Finds out how fast one kind of page can be asked for."""

    #: Rows per page at the most.
    largest: int
    #: Ask only a quarter of the time.
    gentle: bool = False
    #: Rows per second at the most; None for as many as Mautic gives.
    most: float | None = None
    #: Rows to ask for now.
    limit: int = FIRST
    _best: float | None = None

    def __post_init__(self) -> None:
        """Begin with no more than a page may hold."""
        self.limit = min(self.limit, self.largest)

    def answered(self, seconds: float, rows: int) -> float:
        """Learn from an answer; return the seconds to pause before the next one."""
        is_full = rows >= self.limit
        if seconds > SLOW_SECONDS:
            self._shrink()
        elif seconds < QUICK_SECONDS and is_full:
            self.limit = min(self.limit * 2, self.largest)
        pauses = [0.0, self._for_the_busy(seconds, rows)]
        if self.gentle:
            pauses.append(GENTLE_PAUSES * seconds)
        if self.most:
            pauses.append(rows / self.most - seconds)
        return max(pauses)

    def failed(self) -> None:
        """Ask for less after no answer, or a refusal for now."""
        self._shrink()

    def _shrink(self) -> None:
        self.limit = max(self.limit // 2, min(LEAST, self.largest))

    def _for_the_busy(self, seconds: float, rows: int) -> float:
        """Pause as long as it worked when it became slow; small pages say nothing."""
        if rows < LEAST:
            return 0.0
        each = seconds / rows
        best = each if self._best is None else min(each, self._best * FORGET)
        self._best = best
        return seconds if each > BUSY * best else 0.0


@dataclass(slots=True, kw_only=True)
class BatchSize:
    """Finds out how many writes one request may hold: a time-out would come again."""

    largest: int
    #: Writes to send at once now.
    limit: int = 0

    def __post_init__(self) -> None:
        """Begin with as many as there may be."""
        self.limit = self.limit or self.largest

    def answered(self, seconds: float, sent: int, patience: float) -> None:
        """Send twice as many next time, if those would be done in time as well.

        `patience` is how long the other side may think, in seconds.
        """
        if sent >= self.limit and seconds < patience / 3:
            self.limit = min(self.limit * 2, self.largest)

    def timed_out(self) -> None:
        """Send half as many next time."""
        self.limit = max(self.limit // 2, 1)
