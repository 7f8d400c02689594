"""Mautic's tables as they are: the fast way to read what webhooks lost."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from plugin.errors import Rejected, Retryable
from plugin.mautic.endpoint import Endpoint
from plugin.mautic.session import errors_of

#: A column, how it is compared, and with what.
Condition = tuple[str, str, object]
#: Rows per page; Mautic reads 25,000 rows/s at this size.
PAGE = 1000


class Stats(Endpoint):
    """`/api/stats/{table}`.

    All values are text, times are UTC without a zone, and a column that is
    NULL is left out of its row.
    """

    _endpoint = "stats"

    def rows(
        self,
        table: str,
        after_id: int = 0,
        limit: int = PAGE,
        *,
        equal: Mapping[str, object] | None = None,
        since: Mapping[str, datetime] | None = None,
        among: Sequence[int] = (),
    ) -> list[dict[str, str]]:
        """Read rows with an id above `after_id`, lowest first.

        `equal` narrows to rows with these column values, `since` to those with
        these moments or later ones, `among` to those with one of these ids. For a
        table that has no id (segment and campaign membership) use `page`.
        """
        where: list[Condition] = [("id", "gt", after_id)]
        where += [(column, "eq", value) for column, value in (equal or {}).items()]
        where += [(column, "gte", _sql(at)) for column, at in (since or {}).items()]
        if among:
            where.append(("id", "in", ",".join(str(one) for one in among)))
        params: dict[str, object] = {"limit": limit}
        params |= {"order[0][col]": "id", "order[0][dir]": "ASC"}
        return self._table(table, params | _where(where))

    def page(
        self, table: str, start: int = 0, limit: int = PAGE, *, order: str = "lead_id"
    ) -> list[dict[str, str]]:
        """Read rows by position, for tables without an id."""
        params = {"start": start, "limit": limit}
        return self._table(
            table, params | {"order[0][col]": order, "order[0][dir]": "ASC"}
        )

    def everything_after(
        self, table: str, after_id: int = 0, limit: int = PAGE
    ) -> Iterator[dict[str, str]]:
        """Yield all rows above an id, page by page."""
        while found := self.rows(table, after_id, limit):
            yield from found
            after_id = int(found[-1]["id"])

    def first_id(self, table: str, column: str, moment: datetime) -> int | None:
        """Return the id of the first row with this moment or a later one.

        By the order of that column: cheap where Mautic has an index on it.
        """
        params = {
            "limit": 1,
            "order[0][col]": column,
            "order[0][dir]": "ASC",
        }
        found = self._table(table, params | _where([(column, "gte", _sql(moment))]))
        return int(found[0]["id"]) if found else None

    def last_id(self, table: str) -> int:
        """Return the highest id of a table; 0 when it has no rows."""
        params = {"limit": 1, "order[0][col]": "id", "order[0][dir]": "DESC"}
        found = self._table(table, params)
        return int(found[0]["id"]) if found else 0

    def newest(
        self, table: str, limit: int, *, equal: Mapping[str, object]
    ) -> list[dict[str, str]]:
        """Read the last rows with these column values, newest first."""
        params: dict[str, object] = {"limit": limit}
        params |= {"order[0][col]": "id", "order[0][dir]": "DESC"}
        for index, (column, value) in enumerate(equal.items()):
            params[f"where[{index}][col]"] = column
            params[f"where[{index}][expr]"] = "eq"
            params[f"where[{index}][val]"] = value
        return self._table(table, params)

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self._answer(table, {"limit": 1})["total"])

    def count_below(self, table: str, row_id: int, equal: Mapping[str, object]) -> int:
        """Count the rows with these column values and an id below that one."""
        where: list[Condition] = [("id", "lt", row_id)]
        where += [(column, "eq", value) for column, value in equal.items()]
        return int(self._answer(table, {"limit": 1} | _where(where))["total"])

    def tables(self) -> dict[str, frozenset[str]]:
        """Return the tables of this Mautic and their columns."""
        columns = self._fetch().get("tableColumns") or {}
        return {table: frozenset(names) for table, names in columns.items()}

    def _table(self, table: str, params: Mapping[str, Any]) -> list[dict[str, str]]:
        rows = self._answer(table, params)["stats"]
        if not isinstance(rows, list):
            raise Retryable(f"GET /api/stats/{table}: Mautic answered no list of rows")
        return rows

    def _answer(self, table: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        body = self._fetch(table, params=params)
        # Errors come with status 200 here, and an unknown table as a list of tables.
        if errors := errors_of(body):
            said = "; ".join(str(one.get("message", "")) for one in errors)
            raise Rejected(f"GET /api/stats/{table}: {said}")
        if "stats" not in body:
            raise Rejected(f"GET /api/stats/{table}: this Mautic has no such table")
        answer: Mapping[str, Any] = body
        return answer


def _where(conditions: Sequence[Condition]) -> dict[str, object]:
    params: dict[str, object] = {}
    for index, (column, expr, value) in enumerate(conditions):
        params[f"where[{index}][col]"] = column
        params[f"where[{index}][expr]"] = expr
        params[f"where[{index}][val]"] = value
    return params


def _sql(moment: datetime) -> str:
    """Write a moment as Mautic's tables keep it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
