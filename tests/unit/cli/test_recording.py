"""Recorded requests are read byte for byte."""

import pytest

from plugin.cli.recording import read_recording
from plugin.errors import Rejected
from tests.unit.cli.conftest import ROOT


@pytest.fixture
def read(tmp_path):
    def read(content):
        file = tmp_path / "one.http"
        file.write_bytes(content)
        return read_recording(file)

    return read


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_request_is_headers_and_body(read, end):
    body = b'{"a": 1}\n\n{"b": "\xc3\xa9"}'
    recording = read(
        end.join(
            [b"POST /hook HTTP/1.1", b"Webhook-Signature: a:b=", b"X: y", b"", b""]
        )
        + body
    )

    assert recording.body == body
    assert recording.headers == {"Webhook-Signature": "a:b=", "X": "y"}


def test_a_request_without_headers_has_a_body_too(read):
    recording = read(b"POST / HTTP/1.1\r\n\r\nbody")

    assert (recording.body, recording.headers) == (b"body", {})


def test_a_body_alone_is_taken_as_it_is(read):
    assert read(b' {"a": 1}\n').body == b' {"a": 1}\n'
    assert read(b"").body == b""


def test_a_line_that_an_editor_added_is_not_part_of_the_body(read):
    assert read(b"POST / HTTP/1.1\ncontent-length: 2\n\n{}\n").body == b"{}"


@pytest.mark.parametrize(
    "content",
    [b"POST / HTTP/1.1\nContent-Length: 3\n\n{}", b"POST / HTTP/1.1\nA: b\n{}"],
)
def test_a_request_that_breaks_off_is_refused(read, content):
    with pytest.raises(Rejected):
        read(content)


RECORDED = sorted((ROOT / "tests" / "fixtures" / "mautic").rglob("*.http"))


@pytest.mark.skipif(not RECORDED, reason="no recordings")
def test_real_recordings_are_as_long_as_mautic_said():
    for file in RECORDED:
        recording = read_recording(file)
        assert len(recording.body) == int(recording.headers["Content-Length"])
