"""Carerix's qualifiers: `emailAddress = 'a@b.nl' or lastName like 'x*'`.

Only what is documented: comparisons joined by `and` and `or`, text in single quotes
with a backslash before quotes, keys with dots, and two kinds of `like`.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]

_TOKENS = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<number>\d+)|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign>=|!=))"
)


class Unreadable(Exception):
    """Raised for what is no qualifier."""


def parse(text: str) -> Test:
    """Read a qualifier; raises Unreadable as Carerix answers with an error."""
    tokens = _tokens(text)
    alternatives: list[list[Test]] = [[]]
    while tokens:
        alternatives[-1].append(_comparison(tokens))
        if not tokens:
            break
        _kind, joint = tokens.pop(0)
        if joint == "or":
            alternatives.append([])
        elif joint != "and":
            raise Unreadable(f"unexpected {joint!r}")
    if not all(alternatives):
        raise Unreadable(text)
    return lambda one: any(all(test(one) for test in some) for some in alternatives)


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKENS.match(text, at)
        if match is None or match.lastgroup is None:
            raise Unreadable(f"cannot read {text[at : at + 20]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _comparison(tokens: list[tuple[str, str]]) -> Test:
    if len(tokens) < 3:  # noqa: PLR2004 -- key, operator, value
        raise Unreadable("a comparison is not whole")
    (kind, key), (_, operator), (sort, value) = tokens[:3]
    del tokens[:3]
    if kind != "word" or sort == "word":
        raise Unreadable(f"cannot compare {key!r} with {value!r}")
    wanted = _unquoted(value) if sort == "text" else value
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise Unreadable(f"unknown operator {operator!r}")
    return lambda one: compare(_value(one, key), wanted)


def _value(one: Any, path: str) -> str:
    for key in path.split("."):
        one = one.get(key) if isinstance(one, Mapping) else None
    return "" if one is None else str(one)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1])


def _like(value: str, wanted: str) -> bool:
    return fnmatchcase(value, wanted.replace("[", "[[]"))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "like": _like,
    "caseInsensitiveLike": lambda value, wanted: _like(value.lower(), wanted.lower()),
}
