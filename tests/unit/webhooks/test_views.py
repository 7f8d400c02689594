"""The door over HTTP: what it answers, and that it holds what it answers for."""

import errno
import gzip
import io

import pytest

from tests.support import recordings
from tests.support.door import NOW, SECRET, open_door
from tests.support.inbox import FullInbox
from webhooks import signature
from webhooks.errors import Malformed
from webhooks.inbox import Delivery
from webhooks.sources.recruitee import RecruiteeSource

BODY = recordings.trigger("page_on_hit").body


class CountingStream(io.RawIOBase):
    """A body without end, which counts what was taken of it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self.taken += len(buffer)
        buffer[:] = b" " * len(buffer)
        return len(buffer)


def pour(door, stream, length=None, headers=None, path="/webhooks/mautic"):
    """Post a stream as a server hands it over, with or without its length."""
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True}
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return door.client.post(path, headers=headers, environ_overrides=environ)


def signed(body: bytes) -> dict[str, str]:
    return {signature.HEADER: signature.sign(body, SECRET)}


def test_a_delivery_is_kept_byte_for_byte_and_answered_with_its_receipt():
    door = open_door()
    first, second = door.post(BODY), door.post(BODY)

    assert (first.status_code, first.json) == (200, {"receipt": 1})
    assert (second.status_code, second.json) == (200, {"receipt": 2})
    kept = Delivery(source="mautic", body=BODY, received_at=NOW)
    assert door.inbox.deliveries == [kept, kept]


@pytest.mark.parametrize(
    "recorded", recordings.of_the_hook()[::10], ids=lambda one: one.name
)
def test_recorded_requests_go_through_the_door(recorded):
    door = open_door()

    assert door.post(recorded.body).status_code == 200
    assert door.parsed().unreadable == ()


def test_an_ats_has_its_own_name():
    door = open_door()

    assert door.post(BODY, "/webhooks/ats/demo").status_code == 200
    assert door.inbox.deliveries[0].source == "ats/demo"


def test_a_slash_at_the_end_of_the_address_costs_no_events():
    door = open_door()

    assert door.post(BODY, "/webhooks/mautic/").status_code == 200
    assert door.inbox.deliveries[0].source == "mautic"


@pytest.mark.parametrize("name", ["nobody", "ats", "ats/other", "mautic/x", "%00", "é"])
def test_an_unknown_source_is_not_found(name):
    door = open_door()
    answer = door.post(BODY, f"/webhooks/{name}")

    assert answer.status_code == 404
    assert "no such webhook source" in answer.json["error"]
    assert door.inbox.deliveries == []


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["/webhooks/mautic", "/webhooks/ats/demo"])
def test_another_method_is_told_what_this_address_is(method, path):
    door = open_door()
    answer = door.client.open(path, method=method, headers=signed(BODY), data=BODY)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    if method != "HEAD":
        assert "is a webhook address" in answer.json["error"]
    assert door.inbox.deliveries == []


@pytest.mark.parametrize(("size", "status"), [(999, 200), (1000, 200), (1001, 413)])
def test_the_limit_is_the_largest_body_that_is_taken(size, status):
    door = open_door(max_bytes=1000)

    assert door.post(b" " * size).status_code == status
    assert len(door.inbox.deliveries) == (status == 200)


@pytest.mark.parametrize(("size", "status"), [(999, 200), (1000, 200), (1001, 413)])
def test_the_limit_holds_for_a_body_that_does_not_tell_its_length(size, status):
    door = open_door(max_bytes=1000)
    body = b" " * size
    answer = pour(door, io.BytesIO(body), headers=signed(body))

    assert answer.status_code == status
    assert len(door.inbox.deliveries) == (status == 200)


def test_a_body_that_says_it_is_too_large_is_not_read_at_all():
    door, stream = open_door(max_bytes=1000), CountingStream()
    answer = pour(door, stream, length=1001)

    assert (answer.status_code, answer.json) == (413, {"error": "more than 1000 bytes"})
    assert stream.taken == 0


def test_a_body_without_end_is_read_to_the_limit_and_no_further():
    door, stream = open_door(max_bytes=1000), CountingStream()
    answer = pour(door, stream)

    assert answer.status_code == 413
    assert stream.taken == 1001


def test_a_body_that_breaks_off_is_not_kept():
    door = open_door()
    part = BODY[:100]
    answer = pour(door, io.BytesIO(part), length=len(BODY), headers=signed(part))

    assert (answer.status_code, answer.json) == (400, {"error": "the body broke off"})
    assert door.inbox.deliveries == []


@pytest.mark.parametrize("error", [ValueError, TimeoutError, EOFError, KeyError])
def test_whatever_a_server_says_of_a_broken_body_is_no_500(error):
    class Broken(io.BytesIO):
        def read(self, _size=-1):
            raise error("invalid chunk size")

    door = open_door()

    assert pour(door, Broken()).status_code == 400
    assert door.inbox.deliveries == []


def test_ten_megabytes_are_taken():
    door = open_door()

    assert door.post(b"{" + b" " * 9_999_998 + b"}").status_code == 200


def test_what_cannot_be_kept_of_mautic_gets_no_answer_at_all(caplog):
    """Any answer, and Mautic's queue forgets it; none, and it is sent again."""
    with pytest.raises(ConnectionResetError) as dropped:
        open_door(inbox=FullInbox()).post(BODY)

    assert dropped.value.errno == errno.ECONNRESET
    assert "no space left" in caplog.text


def test_nor_does_a_bug_at_the_door_answer_mautic(monkeypatch):
    door = open_door()
    monkeypatch.setattr(type(door.source), "verify", None)
    door.client.application.config["PROPAGATE_EXCEPTIONS"] = False

    with pytest.raises(ConnectionResetError):
        door.post(BODY)
    assert door.post(BODY, "/webhooks/ats/demo").status_code == 500


class BrokenStream(io.RawIOBase):
    """A sender that takes too long, as our server says it."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer) -> int:
        raise ConnectionResetError(errno.ECONNRESET, "too slow")


def test_a_body_that_does_not_come_is_sent_again():
    door = open_door()

    with pytest.raises(ConnectionResetError):
        pour(door, BrokenStream(), length=1000)
    answer = pour(door, BrokenStream(), length=1000, path="/webhooks/ats/demo")

    assert answer.status_code == 408
    assert door.inbox.deliveries == []


def test_what_cannot_be_kept_is_not_answered_for(caplog):
    answer = open_door(inbox=FullInbox()).post(BODY, "/webhooks/ats/demo")

    assert answer.status_code == 503
    assert answer.json == {"error": "the delivery could not be kept"}
    assert answer.headers["Retry-After"] == "60"
    assert "no space left" in caplog.text  # for the operator, not for the sender


def test_a_trial_is_answered_and_not_kept():
    """Anybody can send one: a full disk must not be for everybody to have."""
    woken = []
    door = open_door(
        recruitee=RecruiteeSource([SECRET]), on_accepted=lambda: woken.append(1)
    )

    good = door.client.post("/webhooks/ats/recruitee", data=b'{"test": true}')
    big = door.client.post(
        "/webhooks/ats/recruitee", data=b'{"test":true' + b" " * 9_000_000 + b"}"
    )

    assert (good.status_code, good.json) == (200, {"receipt": None})
    assert big.status_code == 401
    assert (door.inbox.deliveries, woken) == ([], [])


def test_the_workers_are_woken_after_the_delivery_is_kept():
    kept_when_woken = []
    door = open_door(on_accepted=lambda: kept_when_woken.append(len(inbox)))
    inbox = door.inbox.deliveries
    door.post(BODY)

    assert kept_when_woken == [1]


def test_nobody_is_woken_for_what_is_not_kept():
    woken = []
    door = open_door(on_accepted=lambda: woken.append(1))
    door.client.post("/webhooks/mautic", data=BODY)

    assert woken == []


def test_a_worker_that_cannot_be_woken_changes_no_answer(caplog):
    def fail() -> None:
        raise ConnectionError("no queue")

    door = open_door(on_accepted=fail)
    answer = door.post(BODY)

    assert (answer.status_code, answer.json) == (200, {"receipt": 1})
    assert "no worker woken: receipt=1" in caplog.text


def test_a_refusal_is_logged_without_the_body_or_the_signature(caplog):
    door = open_door()
    # whatever level another test left to all loggers
    with caplog.at_level("WARNING", logger="webhooks.views"):
        door.client.post(
            "/webhooks/mautic", data=BODY, headers={signature.HEADER: "not-the-one"}
        )

    assert "webhook refused: source=mautic" in caplog.text
    assert "not-the-one" not in caplog.text
    assert "grace@example.com" not in caplog.text


def test_a_compressed_body_is_kept_as_it_came():
    door, packed = open_door(), gzip.compress(BODY)
    answer = door.client.post(
        "/webhooks/mautic",
        data=packed,
        headers={**signed(packed), "Content-Encoding": "gzip"},
    )

    assert answer.status_code == 200
    assert door.inbox.deliveries[0].body == packed
    with pytest.raises(Malformed):
        door.parsed()


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "text/plain", "", "x",
     "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)  # fmt: skip
def test_the_signature_is_the_proof_not_the_content_type(content_type):
    door = open_door()
    answer = door.client.post(
        "/webhooks/mautic", data=BODY, headers=signed(BODY), content_type=content_type
    )

    assert answer.status_code == 200
    assert door.inbox.deliveries[0].body == BODY
