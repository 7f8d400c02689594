"""PHP's serialized text, read: arrays as dicts, strings with their length in bytes.

Mautic keeps a visitor's query and the details of an opening so, in every row; the
package for it reads byte by byte, which took most of the time of reading a row.
"""

from typing import Any

#: Deeper than this is no value of Mautic's.
DEEPEST = 50


class Unreadable(ValueError):
    """It is no serialized text, or one with objects or references in it."""


def loads(data: bytes) -> Any:
    """Read a whole serialized value; what follows it is not looked at.

    Arrays become dicts in their order, strings text (what is no UTF-8 is replaced).
    Raises Unreadable.
    """
    try:
        return _value(data, 0, 0)[0]
    except (ValueError, IndexError) as error:
        raise Unreadable(f"no PHP-serialized value: {error}") from error


def _value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """Read the value that begins at a position; give it with where it ends."""
    kind = data[at : at + 2]
    if kind == b"s:":
        return _text(data, at + 2)
    if kind == b"a:":
        return _array(data, at + 2, depth)
    if kind == b"N;":
        return None, at + 2
    end = data.index(b";", at)
    written = data[at + 2 : end]
    if kind == b"i:":
        return int(written), end + 1
    if kind == b"b:":
        return int(written) != 0, end + 1
    if kind == b"d:":
        return float(written), end + 1
    raise Unreadable(f"unknown type at byte {at}")


def _text(data: bytes, at: int) -> tuple[str, int]:
    colon = data.index(b":", at)
    begin = colon + 2
    end = begin + int(data[at:colon])
    if data[colon + 1 : begin] != b'"' or data[end : end + 2] != b'";':
        raise Unreadable(f"a text of another length at byte {at}")
    return data[begin:end].decode("utf-8", "replace"), end + 2


def _array(data: bytes, at: int, depth: int) -> tuple[dict[Any, Any], int]:
    colon = data.index(b":", at)
    count = int(data[at:colon])
    if data[colon + 1 : colon + 2] != b"{" or depth > DEEPEST:
        raise Unreadable(f"no array at byte {at}")
    found: dict[Any, Any] = {}
    at = colon + 2
    for _ in range(count):
        key, at = _value(data, at, DEEPEST)
        value, at = _value(data, at, depth + 1)
        if isinstance(key, dict):
            raise Unreadable("an array as a key")
        found[key] = value
    if data[at : at + 1] != b"}":
        raise Unreadable(f"an array of another length at byte {at}")
    return found, at + 1
