"""Contacts: read them, and write back in batches that one bad item cannot stop."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from plugin.errors import Rejected
from plugin.mautic.batches import Batches, Item, ItemResult
from plugin.mautic.endpoint import Endpoint, rows

#: Mautic's `api_batch_max_limit`; more is answered with a 500.
BATCH_LIMIT = 200
NO_STATUS = "Mautic's answer does not say what became of it"


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

    def batch_patch(
        self,
        items: Sequence[Item],
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> list[ItemResult]:
        """Write many contacts, each item `{"id": ..., alias: value, ...}`.

        Values of None clear a field. One bad item makes Mautic answer 500 for
        the whole batch; then it is halved until the bad one stands alone.

        Returns one result per item that was tried, in order; not all are when there
        are many bad ones, or `may_go_on` says no. Raises when Mautic cannot be
        reached, or breaks on everything.
        """
        results: list[ItemResult] = []
        for start in range(0, len(items), BATCH_LIMIT):
            some = items[start : start + BATCH_LIMIT]
            results.extend(Batches(self, may_go_on).write(some))
        return results

    def ask_for_life(self) -> None:
        """Make a call that has nothing to do with any contact; raises as all do."""
        self._client.session.get(f"{self._client.base_url}/api/users/self")

    def patch_one(self, item: Item) -> ItemResult:
        """Write one contact; a refusal is a result, as in a batch."""
        contact_id = int(item["id"])
        body = {name: value for name, value in _body(item).items() if name != "id"}
        try:
            self.edit(contact_id, body)
        except Rejected as error:
            status = error.status or int(HTTPStatus.BAD_REQUEST)
            return ItemResult(id=contact_id, status=status, message=str(error))
        return ItemResult(id=contact_id, status=HTTPStatus.OK)

    def send_batch(self, items: Sequence[Item]) -> list[ItemResult]:
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


def _above(after_id: int) -> dict[str, Any]:
    return {
        "where[0][col]": "id",
        "where[0][expr]": "gt",
        "where[0][val]": after_id,
        "orderBy": "id",
        "orderByDir": "ASC",
    }


def _body(item: Item) -> dict[str, Any]:
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


def _results(items: Sequence[Item], answer: Any) -> list[ItemResult]:
    statuses = answer.get("statusCodes") or []
    errors = answer.get("errors") or {}
    return [
        _result(item, _at(statuses, index), _at(errors, index) or {})
        for index, item in enumerate(items)
    ]


def _result(item: Item, status: Any, error: Mapping[str, Any]) -> ItemResult:
    """Read what became of one; without a word of it nobody knows, so once more."""
    if status is None:
        unsaid = int(HTTPStatus.INTERNAL_SERVER_ERROR)
        return ItemResult(id=int(item["id"]), status=unsaid, message=NO_STATUS)
    message = str(error.get("message", ""))
    return ItemResult(id=int(item["id"]), status=int(status), message=message)


def _at(values: Any, index: int) -> Any:
    """Read by position from what is a list, or an object when it has gaps."""
    if isinstance(values, Mapping):
        return values.get(str(index))
    return values[index] if index < len(values) else None
