"""What comes over a real socket to the real server: chunks, stray bytes, odd Hosts."""

import socket

import pytest

from plugin.bootstrap import now
from plugin.store import open_store
from tests.e2e.test_processes import SECRET, folder, running
from webhooks.signature import sign

__all__ = ["folder"]

pytestmark = pytest.mark.e2e
BODY = (
    b'{"mautic.page_on_hit":[],"more":"'
    + bytes(range(32, 127)).replace(b'"', b"").replace(b"\\", b"")
    + b'"}'
)
PATH = b"/webhooks/mautic"


def asked(*lines, path=PATH, host=b"stdc.example.org"):
    """Write the head of a POST that is signed for BODY."""
    head = [b"POST " + path + b" HTTP/1.1", b"Host: " + host]
    head += [b"Webhook-Signature: " + sign(BODY, SECRET).encode(), *lines]
    return b"\r\n".join([*head, b"Connection: close", b"", b""])


def chunks(*sizes, extension=b""):
    """Write BODY in chunks of these sizes, one after the other, and no end."""
    parts, rest = [], BODY
    while rest:
        for size in sizes:
            part, rest = rest[:size], rest[size:]
            if part:
                parts.append(b"%x%s\r\n%s\r\n" % (len(part), extension, part))
    return b"".join(parts)


CHUNKED = b"Transfer-Encoding: chunked"
LENGTH = b"Content-Length: %d" % len(BODY)
END = b"0\r\n\r\n"
#: What is sent -> (the bytes, the status they get; None for no answer).
SENT = {
    "by length": (asked(LENGTH) + BODY, 200),
    "one chunk": (asked(CHUNKED) + chunks(10**6) + END, 200),
    "a chunk per byte": (asked(CHUNKED) + chunks(1) + END, 200),
    "uneven chunks": (asked(CHUNKED) + chunks(7, 1, 50) + END, 200),
    "chunk extensions": (asked(CHUNKED) + chunks(9, extension=b";a=b") + END, 200),
    "a trailer": (asked(CHUNKED) + chunks(9) + b"0\r\nX-Sum: 1\r\n\r\n", 200),
    # gunicorn's own word, before the application is asked
    "a stray byte in the query": (asked(LENGTH, path=PATH + b"?\x80") + BODY, 400),
    "that byte as it should be": (asked(LENGTH, path=PATH + b"?%80") + BODY, 200),
    "a Host that is none": (asked(LENGTH, host=b"a..b") + BODY, 200),
    "a chunk too few": (asked(CHUNKED) + chunks(9)[:-14] + END, 400),
    "a chunk of no size": (asked(CHUNKED) + b"zz\r\n" + BODY + b"\r\n" + END, 400),
    "chunks without an end": (asked(CHUNKED) + chunks(9), None),
    "a body that breaks off": (asked(LENGTH) + BODY[:-1], None),
}


def answer(port, sent):
    """Send bytes, say that no more come, and read the status; None for none."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        found = line.makefile("rb").readline().split()
    return int(found[1]) if found else None


def bodies(service):
    store = open_store(f"sqlite:///{service.folder}/data/stdc.db", clock=now)
    with store.view() as unit:
        found = [one.body for one in unit.inbox.page(0, 100)]
    store.close()
    return found


def test_whole_bodies_are_kept_as_they_were_sent_and_no_others(folder):
    with running(folder, "web") as service:
        service.until_it_answers()
        before = len(bodies(service))

        got = {name: answer(service.port, sent) for name, (sent, _) in SENT.items()}

        taken = [name for name, status in got.items() if status == 200]
        assert {
            name: status
            for name, status in got.items()
            if status != SENT[name][1] and not (SENT[name][1] is None and status == 400)
        } == {}
        assert bodies(service)[before:] == [BODY] * len(taken)
        assert service.process.poll() is None
