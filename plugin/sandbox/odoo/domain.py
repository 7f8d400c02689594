"""Odoo's search domains: a list of conditions, AND between them unless `|` says so."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Record = Mapping[str, Any]


def _ilike(pattern: Any, have: Any, *, whole: bool) -> bool:
    """Compare with `%` and `_` as wildcards, case ignored; blank fits nothing."""
    text = re.sub(r"\\(.)|(%)|(_)|(.)", _piece, str(pattern), flags=re.DOTALL)
    found = re.fullmatch if whole else re.search
    return have not in (None, False) and bool(found(text, str(have), re.IGNORECASE | re.DOTALL))


def _piece(found: re.Match[str]) -> str:
    literal, many, one, other = found.groups()
    if many:
        return ".*"
    return "." if one else re.escape(literal or other)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda have, want: have == want,
    "==": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
    "in": lambda have, want: have in want,
    "not in": lambda have, want: have not in want,
    ">=": lambda have, want: have not in (None, False) and have >= want,
    ">": lambda have, want: have not in (None, False) and have > want,
    "<=": lambda have, want: have not in (None, False) and have <= want,
    "<": lambda have, want: have not in (None, False) and have < want,
    "ilike": lambda have, want: _ilike(want, have, whole=False),
    "=ilike": lambda have, want: _ilike(want, have, whole=True),
}


def fits(record: Record, domain: list[Any]) -> bool:
    """Say whether a record is in a domain; KeyError names an unknown field."""
    rest = list(domain)
    holds = True
    while rest:
        holds = _next(record, rest) and holds
    return holds


def _next(record: Record, rest: list[Any]) -> bool:
    """Take one condition off the front, with what a prefix operator binds."""
    term = rest.pop(0)
    if term == "|":
        left, right = _next(record, rest), _next(record, rest)
        return left or right
    if term == "&":
        left, right = _next(record, rest), _next(record, rest)
        return left and right
    if term == "!":
        return not _next(record, rest)
    name, operator, want = term
    return OPERATORS[operator](record[name], want)
