"""What every resource of Mautic's API has in common, on the library's class."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import requests
from mautic.api import API

from plugin.errors import Rejected
from plugin.mautic import answer

#: Items per page when reading everything.
PAGE = 200


class Connection(Protocol):
    """What the library's `API` needs of a client."""

    base_url: str
    session: Any


class Endpoint(API):  # type: ignore[misc]  # the library has no types
    """One resource under `/api`; names its path and its keys in answers."""

    _endpoint: str = ""
    #: Key of one item and of many in answers; for segments "list" and "lists".
    one: str = ""
    many: str = ""

    _client: Connection
    endpoint_url: str

    @staticmethod
    def process_response(response: requests.Response) -> Any:
        """Read the JSON; the session has already raised what was wrong."""
        return answer.read(response)

    def read(self, item_id: int) -> dict[str, Any] | None:
        """Read one item; None if Mautic has none with this id."""
        try:
            return self._item(self.get(item_id))
        except Rejected as error:
            if error.status == requests.codes.not_found:
                return None
            raise

    def everything(
        self, search: str = "", page: int = PAGE
    ) -> Iterator[dict[str, Any]]:
        """Yield all items, page by page, in order of id."""
        start = 0
        while True:
            body = self.get_list(search=search, start=start, limit=page, order_by="id")
            items = rows(body, self.many)
            yield from items
            start += page
            if len(items) < page:
                return

    def make(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an item and return it as Mautic keeps it."""
        return self._item(self.create(dict(body)))

    def change(self, item_id: int, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change only the given fields of an item (PATCH)."""
        return self._item(self.edit(item_id, dict(body)))

    def replace(self, item_id: int, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set an item (PUT): fields that are not given are blanked."""
        answer = self.edit(item_id, dict(body), create_if_not_exists=True)
        return self._item(answer)

    def remove(self, item_id: int) -> None:
        """Delete an item; one that is gone already is fine."""
        try:
            self.delete(item_id)
        except Rejected as error:
            if error.status != requests.codes.not_found:
                raise

    def _item(self, body: Any) -> dict[str, Any]:
        item = body.get(self.one) if isinstance(body, Mapping) else None
        if not isinstance(item, dict):
            raise Rejected(f"/api/{self._endpoint}: no {self.one!r} in the answer")
        return item

    def _url(self, *parts: object) -> str:
        return "/".join([self.endpoint_url, *(str(part) for part in parts)])

    def _fetch(self, *parts: object, params: Mapping[str, Any] | None = None) -> Any:
        got = self._client.session.get(self._url(*parts), params=params)
        return answer.read(got)


def rows(body: Any, key: str) -> list[dict[str, Any]]:
    """Return the items of a list answer, whichever shape Mautic chose.

    Lists come as an object keyed by id or as an array, empty ones as `{}` or
    `[]`; which of them differs per resource.
    """
    items = body.get(key) if isinstance(body, Mapping) else None
    if isinstance(items, Mapping):
        items = list(items.values())
    if not isinstance(items, list):
        raise Rejected(f"no {key!r} in Mautic's answer")
    return [one for one in items if isinstance(one, dict)]
