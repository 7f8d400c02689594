"""Batches of contacts: whatever is bad in them is found, with few requests.

Mautic answers 500 for a whole batch when it breaks on one contact in it, and
writes none of the others.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.mautic.session import ServerError

#: One contact to write: `{"id": ..., alias: value, ...}`.
Item = Mapping[str, Any]
#: Requests for one batch at the most; what is not tried by then waits its turn.
MOST_REQUESTS = 48
#: So many of them go to the largest parts first: where bad ones stand together, most
#: of the good ones are written soon. The rest go to the smallest, so that however
#: they stand some are found each time.
LARGEST_FIRST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """What became of one item of a batch."""

    id: int
    #: HTTP status of this item: 200; 404: merged away or gone; 400: refused.
    status: int
    #: Mautic's words when it is not 200.
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was written."""
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def gone(self) -> bool:
        """Whether the id is no contact any more; a merge leaves this too."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def retryable(self) -> bool:
        """Whether another attempt at this one may go better."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Writes(Protocol):
    """What sends contacts."""

    def send_batch(self, items: Sequence[Item]) -> list[ItemResult]:
        """Send one batch as it is."""

    def patch_one(self, item: Item) -> ItemResult:
        """Send one by itself: that answer names the reason."""

    def ask_for_life(self) -> None:
        """Raise what is wrong with Mautic as a whole."""


@dataclass(frozen=True, slots=True)
class _Part:
    items: Sequence[Item]
    #: Of a batch that Mautic broke on.
    is_suspect: bool = False

    @property
    def is_alone(self) -> bool:
        return self.is_suspect and len(self.items) == 1

    def halves(self) -> Iterator["_Part"]:
        middle = len(self.items) // 2
        for some in (self.items[:middle], self.items[middle:]):
            if some:
                yield _Part(some, is_suspect=True)


class Batches:
    """Writes one batch, halved where Mautic breaks on it."""

    def __init__(self, contacts: Writes, may_go_on: Callable[[], bool]) -> None:
        """Take what sends, and what says whether there is still time."""
        self._contacts = contacts
        self._may_go_on = may_go_on
        self._results: dict[int, ItemResult] = {}
        self._lives = False

    def write(self, items: Sequence[Item]) -> list[ItemResult]:
        """Write what can be; return what became of those that were tried."""
        waiting = deque([_Part(items)])
        for sent in range(MOST_REQUESTS):
            if not waiting or not self._may_go_on():
                break
            part = waiting.popleft() if sent < LARGEST_FIRST else waiting.pop()
            waiting.extend(self._tried(part))
        ids = (int(item["id"]) for item in items)
        return [self._results[one] for one in ids if one in self._results]

    def _tried(self, part: _Part) -> Iterator[_Part]:
        """Send a part; give what it has to be parted into, if anything."""
        try:
            results = self._sent(part)
        except Rejected:
            # refused as a whole, as when it is too large
            yield from part.halves()
            return
        except ServerError as error:
            if error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            self._make_sure(error)
            if not part.is_alone:
                yield from part.halves()
                return
            results = [_broken(part.items[0], str(error))]
        self._results |= {one.id: one for one in results}

    def _sent(self, part: _Part) -> list[ItemResult]:
        if part.is_alone:
            return [self._contacts.patch_one(part.items[0])]
        return self._contacts.send_batch(part.items)

    def _make_sure(self, error: Exception) -> None:
        """Find out whether it is a contact that Mautic breaks on, or all of it."""
        if self._lives:
            return
        try:
            self._contacts.ask_for_life()
        except Retryable as dead:
            raise Retryable(f"Mautic breaks on everything: {dead}") from error
        except (Rejected, Misconfigured):
            pass  # an answer too
        self._lives = True


def _broken(item: Item, message: str) -> ItemResult:
    status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
    return ItemResult(id=int(item["id"]), status=status, message=message)
