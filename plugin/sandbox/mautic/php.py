"""What PHP does to values on their way out of Mautic: JSON, serialize and dates."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

import phpserialize

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAAAAACH5BAUQAAAALAAAAAABAAEAAAICBAEAOw==")


def json_encode(value: Any) -> bytes:
    r"""Encode as PHP's json_encode does: `\/` for slashes, `\uXXXX`, no spaces."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode()


def serialize(value: Any) -> str:
    """Encode as PHP's serialize does; lists become arrays with integer keys."""
    encoded: bytes = phpserialize.dumps(value)
    return encoded.decode()


def clickthrough(value: Any) -> str:
    """Encode the `ct` parameter Mautic puts behind every tracked link."""
    return base64.b64encode(serialize(value).encode()).decode()


def read_clickthrough(text: str) -> dict[str, Any]:
    """Decode a `ct` parameter; what is not one gives an empty dict."""
    try:
        raw = base64.b64decode(text.replace(" ", "+"), validate=False)
        value = phpserialize.loads(raw, decode_strings=True)
    except (ValueError, binascii.Error, IndexError, AttributeError):
        return {}
    read = _as_lists(value)
    return read if isinstance(read, dict) else {}


def iso(moment: datetime | None) -> str | None:
    """Format as PHP's `c`: seconds and +00:00, as the API and webhooks show it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def sql(moment: datetime | None) -> str | None:
    """Format as a MySQL DATETIME in UTC, as /api/stats and fields show it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def read_date(text: Any) -> datetime | None:
    """Read a date or datetime text as UTC; what is not one gives None."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (
        moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    )


def _as_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return str(value)
    if value and list(value) == list(range(len(value))):
        return [_as_lists(item) for item in value.values()]
    return {str(key): _as_lists(item) for key, item in value.items()}
