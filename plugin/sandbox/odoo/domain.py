"""Odoo's search domains: prefix notation over conditions [field, operator, value]."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from plugin.sandbox.odoo.model import RELATIONS, Record, Tables, value_error

#: How many conditions an operator joins.
_JOINS = {"&": 2, "|": 2, "!": 1}
_NEW = 19


class Domains:
    """Decides which records a domain describes, in the manner of one generation."""

    def __init__(self, version: int, fields: Mapping[str, Mapping[str, str]]) -> None:
        """Take the version and model -> field -> type."""
        self._version = version
        self._fields = fields

    def matches(
        self, domain: Sequence[Any], model: str, record: Record, tables: Tables
    ) -> bool:
        """Say whether a record fits; conditions side by side must all."""
        left = list(domain)
        verdicts = []
        while left:
            verdicts.append(self._take(left, model, record, tables))
        return all(verdicts)

    def _take(
        self, left: list[Any], model: str, record: Record, tables: Tables
    ) -> bool:
        head = left.pop(0)
        if isinstance(head, str) and head in _JOINS:
            parts = [
                self._take(left, model, record, tables) for _ in range(_JOINS[head])
            ]
            if head == "!":
                return not parts[0]
            return all(parts) if head == "&" else any(parts)
        if not isinstance(head, list | tuple) or len(head) != 3:  # noqa: PLR2004 -- a condition
            raise value_error(f"Malformed condition: {head!r}")
        field, operator, wanted = head
        return self._holds(model, record, str(field), str(operator), wanted, tables)

    def _holds(  # noqa: PLR0917 -- the parts of a condition
        self,
        model: str,
        record: Record,
        field: str,
        operator: str,
        wanted: Any,
        tables: Tables,
    ) -> bool:
        first, _, rest = field.partition(".")
        kind = self._fields[model].get(first)
        if kind is None:
            condition = (field, operator, wanted)
            raise value_error(f"Invalid field {model}.{first} in condition {condition}")
        have = record.get(first, False)
        if rest:
            target = RELATIONS[first]
            other = tables[target].get(have, {"id": 0}) if have else {"id": 0}
            return self._holds(target, other, rest, operator, wanted, tables)
        if kind == "datetime":
            have, wanted = self._moments(have, wanted)
        return _compare(have, operator, wanted, self._version)

    def _moments(self, have: Any, wanted: Any) -> tuple[Any, Any]:
        """Read a time; 19 compares whole seconds, 18 what it keeps: microseconds."""
        if not isinstance(wanted, str) or not have:
            return have, wanted
        if self._version >= _NEW and wanted.endswith("Z"):
            raise value_error(f"expecting only datetimes with no timezone: {wanted!r}")
        moment = datetime.fromisoformat(wanted).replace(tzinfo=None)
        return (
            (have.replace(microsecond=0), moment)
            if self._version >= _NEW
            else (
                have,
                moment,
            )
        )


def _compare(have: Any, operator: str, wanted: Any, version: int) -> bool:
    if operator == "==" and version >= _NEW:
        operator = "="
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise value_error(f"Invalid leaf operator {operator!r}")
    return compare(have, wanted)


def _like(pattern: str, text: str) -> bool:
    """Match as SQL's ILIKE does, with backslash for a literal wildcard."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join(
        {"%": ".*", "_": "."}.get(one, re.escape(one.removeprefix("\\")))
        for one in parts
    )
    return re.fullmatch(regex, text, re.IGNORECASE | re.DOTALL) is not None


def _is_in(have: Any, wanted: Any) -> bool:
    if isinstance(have, list):
        return bool(set(have) & set(wanted))
    return have in wanted


def _equals(have: Any, wanted: Any) -> bool:
    if isinstance(have, list):
        return wanted in have
    return bool((have or False) == (wanted or False))


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": _equals,
    "!=": lambda have, wanted: not _equals(have, wanted),
    "in": _is_in,
    "not in": lambda have, wanted: not _is_in(have, wanted),
    "=ilike": lambda have, wanted: bool(have) and _like(wanted, str(have)),
    "ilike": lambda have, wanted: bool(have) and _like(f"%{wanted}%", str(have)),
    "=like": lambda have, wanted: bool(have) and _like(wanted, str(have)),
    ">": lambda have, wanted: bool(have) and have > wanted,
    ">=": lambda have, wanted: bool(have) and have >= wanted,
    "<": lambda have, wanted: bool(have) and have < wanted,
    "<=": lambda have, wanted: bool(have) and have <= wanted,
}
