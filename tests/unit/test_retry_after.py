from datetime import UTC, datetime

import pytest

from plugin import retry_after

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = "Mon, 23 Nov 2026 12:02:00 GMT"
SENT = "Mon, 23 Nov 2026 12:01:30 GMT"


@pytest.mark.parametrize(
    ("headers", "now", "seconds"),
    [
        ({}, NOW, None),
        ({"Retry-After": "120"}, None, 120.0),
        ({"Retry-After": LATER}, NOW, 120.0),
        # by the other side's own clock, where we have none to compare with
        ({"Retry-After": LATER, "Date": SENT}, None, 30.0),
        ({"Retry-After": LATER}, None, None),
        ({"Retry-After": SENT, "Date": LATER}, None, 0.0),
        ({"Retry-After": "soon"}, NOW, None),
        ({"Retry-After": "-1"}, NOW, None),
    ],
)
def test_seconds_or_a_date_are_read(headers, now, seconds):
    assert retry_after.seconds_of(headers, now) == seconds
