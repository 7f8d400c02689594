"""Contacts: read them, and write back in batches that one bad item cannot stop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from plugin.errors import Rejected
from plugin.mautic.endpoint import Endpoint, rows
from plugin.mautic.session import ServerError

#: Mautic's `api_batch_max_limit`; more is answered with a 500.
BATCH_LIMIT = 200

#: Single items refused with a 500, without one success, that mean Mautic is down.
HOPELESS = 8


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


class Contacts(Endpoint):
    """`/api/contacts`."""

    _endpoint = "contacts"
    one = "contact"
    many = "contacts"

    def get(self, contact_id: int) -> dict[str, Any] | None:
        """Read a contact; None if there is none.

        The answer's `id` differs from the one asked for when that contact was
        merged into another: Mautic then answers with the winner.
        """
        try:
            return self._item(super().get(contact_id))
        except Rejected as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def read(self, item_id: int) -> dict[str, Any] | None:
        """Read a contact, as `get` does."""
        return self.get(item_id)

    def resolve(self, contact_id: int) -> int | None:
        """Return the id under which a contact lives now; None if it is gone."""
        contact = self.get(contact_id)
        return None if contact is None else int(contact["id"])

    def find_by_email(self, email: str) -> dict[str, Any] | None:
        """Find a contact by its exact e-mail address.

        Not by `search=`: that compares prefixes, and `+` is an operator there.
        """
        params = {
            "where[0][col]": "email",
            "where[0][expr]": "eq",
            "where[0][val]": email,
            "limit": 2,
        }
        found = rows(self._fetch(params=params), self.many)
        return found[0] if found else None

    def list_since(
        self, moment: datetime, *, after_id: int = 0, page: int = BATCH_LIMIT
    ) -> Iterator[dict[str, Any]]:
        """Yield contacts changed or added since a moment, each once.

        `date_modified` is empty until the first edit, so new contacts are asked
        for apart. Visits do not move it: those come from the stats tables.
        """
        seen = set()
        for column in ("date_modified", "date_added"):
            for contact in self._since(column, moment, after_id, page):
                if contact["id"] not in seen:
                    seen.add(contact["id"])
                    yield contact

    def after(self, after_id: int, limit: int = BATCH_LIMIT) -> list[dict[str, Any]]:
        """Read contacts with an id above `after_id`, lowest first, also anonymous."""
        params = _above(after_id) | {"limit": limit}
        return rows(self._fetch(params=params), self.many)

    def count(self) -> int:
        """Count all contacts, also anonymous ones."""
        return int(self._fetch(params={"limit": 1})["total"])

    def batch_patch(self, items: Sequence[Mapping[str, Any]]) -> list[ItemResult]:
        """Write many contacts, each item `{"id": ..., alias: value, ...}`.

        Values of None clear a field. One bad item makes Mautic answer 500 for
        the whole batch; then it is halved until the bad one stands alone.

        Returns one result per item, in order. Raises when Mautic cannot be
        reached or refuses us as a whole.
        """
        work = _Batches(self)
        results: list[ItemResult] = []
        for start in range(0, len(items), BATCH_LIMIT):
            results.extend(work.write(list(items[start : start + BATCH_LIMIT])))
        return results

    def patch_one(self, item: Mapping[str, Any]) -> ItemResult:
        """Write one contact; a refusal is a result, as in a batch."""
        contact_id = int(item["id"])
        body = {name: value for name, value in _body(item).items() if name != "id"}
        try:
            self.edit(contact_id, body)
        except Rejected as error:
            status = error.status or int(HTTPStatus.BAD_REQUEST)
            return ItemResult(id=contact_id, status=status, message=str(error))
        return ItemResult(id=contact_id, status=HTTPStatus.OK)

    def send_batch(self, items: Sequence[Mapping[str, Any]]) -> list[ItemResult]:
        """Send one batch PATCH of up to 200 items, as it is."""
        bodies = [_body(item) for item in items]
        url = self._url("batch", "edit")
        answer = self._client.session.patch(url, data=bodies).json()
        return _results(items, answer)

    def _since(
        self, column: str, moment: datetime, after_id: int, page: int
    ) -> Iterator[dict[str, Any]]:
        last = after_id
        while True:
            params = {
                "where[0][col]": column,
                "where[0][expr]": "gte",
                "where[0][val]": moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                "where[1][col]": "id",
                "where[1][expr]": "gt",
                "where[1][val]": last,
                "orderBy": "id",
                "orderByDir": "ASC",
                "limit": page,
            }
            found = rows(self._fetch(params=params), self.many)
            yield from found
            if len(found) < page:
                return
            last = max(int(one["id"]) for one in found)


class _Batches:
    """Halves what Mautic breaks on, and knows when Mautic itself is broken."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._broken = 0
        self._written = 0

    def write(
        self, items: list[Mapping[str, Any]], *, halved: bool = False
    ) -> list[ItemResult]:
        if self._broken >= HOPELESS and not self._written:
            return [_failed(one, "not tried: Mautic breaks on all") for one in items]
        try:
            results = (
                [self._contacts.patch_one(items[0])]
                if halved and len(items) == 1
                else self._contacts.send_batch(items)
            )
        except ServerError as error:
            if error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return self._parted(items, error, halved=halved)
        self._written += sum(one.ok for one in results)
        return results

    def _parted(
        self, items: list[Mapping[str, Any]], error: ServerError, *, halved: bool
    ) -> list[ItemResult]:
        if len(items) == 1 and halved:
            self._broken += 1
            return [_failed(items[0], str(error))]
        # One alone is sent once more by itself: that answer names the reason.
        middle = len(items) // 2
        parts = (part for part in (items[:middle], items[middle:]) if part)
        return [one for part in parts for one in self.write(part, halved=True)]


def _above(after_id: int) -> dict[str, Any]:
    return {
        "where[0][col]": "id",
        "where[0][expr]": "gt",
        "where[0][val]": after_id,
        "orderBy": "id",
        "orderByDir": "ASC",
    }


def _failed(item: Mapping[str, Any], message: str) -> ItemResult:
    status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
    return ItemResult(id=int(item["id"]), status=status, message=message)


def _body(item: Mapping[str, Any]) -> dict[str, Any]:
    """Say an item so that Mautic really does it.

    It ignores null unless told otherwise, and drops any number between -1 and 1
    without a word: for those an empty field is the nearest truth.
    """
    body = {name: None if _is_dropped(value) else value for name, value in item.items()}
    if any(value is None for value in body.values()):
        body["overwriteWithBlank"] = True
    return body


def _is_dropped(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and bool(-1 < value < 1)


def _results(items: Sequence[Mapping[str, Any]], answer: Any) -> list[ItemResult]:
    statuses = answer.get("statusCodes") or []
    errors = answer.get("errors") or {}
    return [
        ItemResult(
            id=int(item["id"]),
            status=int(_at(statuses, index) or HTTPStatus.OK),
            message=str((_at(errors, index) or {}).get("message", "")),
        )
        for index, item in enumerate(items)
    ]


def _at(values: Any, index: int) -> Any:
    """Read by position from what is a list, or an object when it has gaps."""
    if isinstance(values, Mapping):
        return values.get(str(index))
    return values[index] if index < len(values) else None
