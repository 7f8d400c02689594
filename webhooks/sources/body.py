"""Bytes to a JSON object, whatever the bytes: the first step of every source."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import orjson

from webhooks.errors import Malformed

#: Python refuses to read integers of more than 4300 digits; no id has 20.
_LONGEST_INTEGER = 20
#: As deep as an unreadable item is kept for people to look at.
_DEEPEST = 12
#: PostgreSQL refuses NUL in text, and UTF-8 cannot carry half a surrogate pair;
#: JSON escapes can write both.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object; raise `Malformed` with the reason if it is none.

    Bytes that are no UTF-8 become U+FFFD, NaN and Infinity become None: one bad
    character must not cost the good items around it. A whole number of more than
    64 bits, which is nobody's id, may lose its last digits.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _leniently(body)
    if not isinstance(value, dict):
        kind = type(value).__name__
        raise Malformed(f"the body is not a JSON object but of type {kind}")
    return value


def _leniently(body: bytes) -> Any:
    """Read what is not quite JSON: slower, so only where the strict reader gave up."""
    try:
        return json.loads(
            body.decode("utf-8-sig", "replace"),
            strict=False,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=lambda _: None,
        )
    except RecursionError:
        raise Malformed("the body is nested too deeply") from None
    except ValueError as error:
        raise Malformed(f"the body is not JSON: {error}") from None


def storable(text: str) -> str:
    """Make a text fit for every database: no NUL, no half surrogate pair."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\0" else "\ufffd", text)


def bounded(value: Any, depth: int = _DEEPEST) -> Any:
    """Copy a JSON value so that it can be stored and printed, cut at a depth."""
    if isinstance(value, str):
        return storable(value)
    if not isinstance(value, Mapping | list):
        return value
    if not depth:
        return "..."
    if isinstance(value, list):
        return [bounded(one, depth - 1) for one in value]
    return {storable(name): bounded(one, depth - 1) for name, one in value.items()}


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None
