"""Recruitee's webhook: signed over the bytes, and no more than a hint."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from webhooks.errors import InvalidSignature, Trial
from webhooks.sources.base import Hint
from webhooks.sources.recruitee import SIGNATURE, RecruiteeSource

SECRET = b"a-secret-of-a-hook"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
MOVED: dict[str, Any] = {
    "id": 1,
    "event_type": "candidate_moved",
    "event_subtype": "stage_changed",
    "payload": {"candidate": {"id": 77}},
}


@pytest.fixture
def source() -> RecruiteeSource:
    return RecruiteeSource([b"the-one-before-it", SECRET])


def signed(body: bytes) -> dict[str, str]:
    return {SIGNATURE.lower(): hmac.new(SECRET, body, hashlib.sha256).hexdigest()}


def test_signed_bytes_pass_and_changed_ones_do_not(source: RecruiteeSource) -> None:
    body = json.dumps(MOVED).encode()

    source.verify(body, signed(body))
    with pytest.raises(InvalidSignature):
        source.verify(body + b" ", signed(body))


@pytest.mark.parametrize("given", ["", "00", "é", "sha256="])
def test_nothing_else_does(source: RecruiteeSource, given: str) -> None:
    with pytest.raises(InvalidSignature):
        source.verify(json.dumps(MOVED).encode(), {SIGNATURE: given})


def test_the_unsigned_trial_is_answered_and_says_nothing(
    source: RecruiteeSource,
) -> None:
    with pytest.raises(Trial):
        source.verify(b'{"test": true}', {})

    parsed = source.parse(b'{"test":true}', NOW)
    assert parsed.is_test
    assert parsed.hints == ()


@pytest.mark.parametrize(
    "body",
    [
        b'{"test":true,"event_type":"candidate_moved"}',
        b'{"test":true' + b" " * 100 + b"}",
        b"[]",
        b"{",
    ],
)
def test_an_unsigned_trial_with_more_in_it_does_not(
    source: RecruiteeSource, body: bytes
) -> None:
    with pytest.raises(InvalidSignature):
        source.verify(body, {})


def test_what_is_told_is_whom_to_read(source: RecruiteeSource) -> None:
    assert source.parse(json.dumps(MOVED).encode(), NOW).hints == (Hint(ref="77"),)


@pytest.mark.parametrize("payload", [None, [], {}, {"candidate": {"id": "77"}}])
def test_who_cannot_be_named_is_kept_for_people(
    source: RecruiteeSource, payload: Any
) -> None:
    parsed = source.parse(json.dumps(MOVED | {"payload": payload}).encode(), NOW)

    assert parsed.hints == ()
    assert len(parsed.unreadable) == 1


def test_news_of_jobs_are_not_ours(source: RecruiteeSource) -> None:
    body = json.dumps({"event_type": "job_published"}).encode()

    assert source.parse(body, NOW).unknown == {"job_published": 1}


@pytest.mark.parametrize("event", [{"a": 1}, ["candidate_moved"], None, 7])
def test_an_event_that_is_no_word_is_counted(
    source: RecruiteeSource, event: Any
) -> None:
    body = json.dumps(MOVED | {"event_type": event}).encode()

    assert source.parse(body, NOW).unknown == {str(event): 1}


def test_an_empty_secret_is_no_secret() -> None:
    with pytest.raises(ValueError, match="empty"):
        RecruiteeSource([b""])
