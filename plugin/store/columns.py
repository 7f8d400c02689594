"""Column types that mean the same on SQLite and PostgreSQL."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

#: A 64-bit key; SQLite numbers rows only in a column that is called INTEGER.
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """A moment: aware UTC with microseconds, whatever the database.

    SQLite has no type for it, so there it is microseconds since 1970 in UTC:
    they sort, they are exact, and `datetime(x / 1e6, 'unixepoch')` shows them.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the type that PostgreSQL has for it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive time: it would be read as another moment elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        if dialect.name == "postgresql":
            return value
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            moment: datetime = value.astimezone(UTC)
            return moment
        return EPOCH + timedelta(microseconds=value)


def listed(keys: Iterable[str]) -> str:
    """Write keys as one text, a comma after each, so that one can be looked for."""
    return "".join(f"{key}," for key in keys)


class Words(TypeDecorator[str]):
    """Text from outside: what no database takes becomes a replacement mark.

    PostgreSQL refuses NUL, and both refuse the lone surrogates that JSON can
    spell; a delivery must not fail for one odd character in a page's title.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Replace NUL and lone surrogates."""
        return value if value is None else clean(value)


class Json(TypeDecorator[Any]):
    """JSON as compact ASCII text, keys sorted: equal values are equal bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """Write compactly; None is SQL's NULL."""
        return None if value is None else compact(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        """Read it back."""
        return None if value is None else read_json(value)


_encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
#: The first character that needs two halves in JSON.
_ASTRAL = 0x10000
#: Refuse what JSON has no word for, as the encoder above does.
_STRICTLY = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)


def compact(value: Any) -> str:
    """Write JSON without a blank, keys sorted, ASCII only."""
    try:
        text = orjson.dumps(value, option=_STRICTLY).decode()
    except TypeError:  # whole numbers of more than 64 bits, half surrogate pairs
        return _encode(value)
    return text if text.isascii() else _NOT_ASCII.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    """Write one character as JSON's encoder does: two halves beyond the first plane."""
    code = ord(found[0])
    if code < _ASTRAL:
        return f"\\u{code:04x}"
    code -= _ASTRAL
    return f"\\u{0xD800 | code >> 10:04x}\\u{0xDC00 | code & 0x3FF:04x}"


def read_json(text: str) -> Any:
    """Read what `compact` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # a lone surrogate is JSON to Python only
        return json.loads(text)


def clean(text: str) -> str:
    """Replace what a database refuses in text: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
