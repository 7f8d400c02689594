"""Standard Webhooks at the door: signatures, their times, and clocks that differ."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from plugin.bootstrap import now
from webhooks.errors import InvalidSignature
from webhooks.sources.standard import StandardSource

OLD, NEW, OTHER = (
    "whsec_" + base64.b64encode(text).decode()
    for text in (b"the-old-secret", b"the-new-secret", b"somebody-elses")
)
SOURCE = StandardSource([NEW, OLD], "partner", "demo")
BODY = json.dumps({"type": "candidate.hired", "data": {"ref": "C-1"}}).encode()


def signed(secret: str, at: datetime | None = None) -> dict[str, str]:
    at = at or now()
    return {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", at, BODY.decode()),
    }


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_several_secrets_are_good_at_once(secret: str) -> None:
    SOURCE.verify(BODY, signed(secret))


def test_several_signatures_may_be_given_in_any_case_of_header() -> None:
    given = signed(NEW)
    other = signed(OTHER)["webhook-signature"]
    given["webhook-signature"] = f"v1a,xyz {other} {given['webhook-signature']}"

    SOURCE.verify(BODY, {name.title(): value for name, value in given.items()})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: signed(OTHER),
        lambda: signed(NEW, now() - timedelta(minutes=6)),
        lambda: signed(NEW, now() + timedelta(minutes=6)),
        lambda: {**signed(NEW), "webhook-id": "msg-2"},
        lambda: {**signed(NEW), "webhook-timestamp": "yesterday"},
        lambda: {**signed(NEW), "webhook-signature": "v1"},
        lambda: {**signed(NEW), "webhook-signature": "v1,%%%"},
        lambda: {**signed(NEW), "webhook-signature": ""},
        lambda: {"webhook-id": "msg-1"},
        dict,
    ],
)
def test_everything_else_is_refused(wrong: Callable[[], Mapping[str, str]]) -> None:
    given = wrong()

    with pytest.raises(InvalidSignature):
        SOURCE.verify(BODY, given)


def test_another_body_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        SOURCE.verify(BODY + b" ", signed(NEW))


@pytest.mark.parametrize("minutes", [-90, 90])
def test_news_are_never_of_tomorrow(minutes: int) -> None:
    """A hire in the future would count for nobody until then."""
    received = datetime(2026, 11, 23, 12, tzinfo=UTC)
    at = received + timedelta(minutes=minutes)
    data = {"ref": "C-1", "at": at.isoformat()}
    body = json.dumps({"type": "candidate.hired", "data": data}).encode()

    (told,) = SOURCE.parse(body, received).events

    assert told.occurred_at == min(at, received)
    assert at.isoformat() in told.key, "the same however often it is sent"
