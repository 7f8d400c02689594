"""How long somebody who cannot answer now asks us to wait: HTTP's Retry-After."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_of(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read Retry-After, which is seconds or a date; None where there is none.

    A date is counted from `now`; without it, from the clock of who sent it.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    at, since = _moment(value), now or _moment(headers.get("Date", ""))
    if at is None or since is None:
        return None
    return max(0.0, (at - since).total_seconds())


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
