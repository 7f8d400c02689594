"""The log says what happened, and never a secret or an address."""

import io
import json
import logging
import re
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, quote_plus

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from plugin import logs

SECRET = "wh-secret-0123456789"


@dataclass
class Choice:
    format: str = "json"
    level: str = "info"


@dataclass
class Installation:
    log: Choice = field(default_factory=Choice)

    def secrets(self):
        return frozenset({SECRET, "abc", ""})


@pytest.fixture
def stream():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.fixture
def lines(stream):
    logs.configure(Installation(), stream)

    def read():
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return read


def test_a_unit_of_work_is_one_line_with_what_was_noted(lines):
    with logs.unit_of_work("process", delivery=7) as line:
        line.note(events=3)

    (only,) = lines()
    assert only["action"] == "process"
    assert only["outcome"] == "ok"
    assert only["delivery"] == 7
    assert only["events"] == 3
    assert only["ms"] >= 0
    assert only["level"] == "info"


def test_a_failed_unit_of_work_says_why_and_lets_the_error_pass(lines):
    def fail():
        with logs.unit_of_work("dispatch", contact=9):
            raise ValueError("anna@example.org is not welcome")

    with pytest.raises(ValueError, match="not welcome"):
        fail()

    (only,) = lines()
    assert only["outcome"] == "failed"
    assert only["level"] == "error"
    assert only["error"] == "ValueError: <email> is not welcome"


def test_libraries_that_use_logging_come_out_the_same_way(lines):
    logging.getLogger("some.library").warning("key %s for %s", SECRET, "a@b.example")

    (only,) = lines()
    assert only["event"] == "key *** for <email>"
    assert only["logger"] == "some.library"
    assert only["level"] == "warning"


def test_a_traceback_is_redacted_too(lines):
    try:
        {}[SECRET]
    except KeyError:
        structlog.get_logger("x").exception("broken")

    (only,) = lines()
    assert "KeyError: '***'" in only["exception"]


@pytest.mark.parametrize(
    "said",
    [
        {"password": "p"},
        {"headers": {"Authorization": "x", "Webhook-Signature": "y"}},
        {"config": [{"client_secret": "s"}]},
    ],
)
def test_what_is_named_like_a_secret_is_not_shown(lines, said):
    structlog.get_logger("x").info("say", **said)

    (only,) = lines()
    shown = json.dumps({key: only[key] for key in said})
    assert "***" in shown
    assert '"p"' not in shown
    assert '"x"' not in shown
    assert '"s"' not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://u:pw@host/x", "GET https://u:***@host/x"),
        ("postgresql://u:p@ss/x", "postgresql://u:***@ss/x"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***"),
        ("mail=jan%40x.nl&a=1", "<email>&a=1"),
        ("Jan <jan.de-vries+x@mail.example.co.uk>", "Jan <<email>>"),
        ("abc stays: too short to blot out", "abc stays: too short to blot out"),
        ("no @ address @here", "no @ address @here"),
        ("jan@localhost: no such user", "<email>: no such user"),
        ("/x?mail=a%40b.example", "<email>"),
        ("/x?mail=a%2540b.example&y=1", "<email>&y=1"),
        ("/x?to=%2Fy%3Fmail%3Da%252540b.example", "<email>"),
        (r'{"email": "a\u0040b.example"}', '{"email": "<email>"}'),
        (r'"{\"email\": \"a\\u0040b.example\"}"', r'"{\"email\": \"<email>\"}"'),
        (
            "POST /webhooks/ats/odoo?token=any HTTP/1.1",
            "POST /webhooks/ats/odoo?token=*** HTTP/1.1",
        ),
        ('"GET /sign-in?a=1&token=x%2Fy&b=2"', '"GET /sign-in?a=1&token=***&b=2"'),
        ("/api?access_token=abc", "/api?access_token=***"),
        ("the token=x of a sentence", "the token=x of a sentence"),
    ],
)
def test_text_is_redacted(text, shown):
    assert logs.Redaction({SECRET}).text(text) == shown


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_known_secret_is_never_shown_wherever_it_stands(before, after):
    assert SECRET not in logs.Redaction({SECRET}).text(before + SECRET + after)


@pytest.mark.parametrize("secret", ['p"s/w d+%é\\x', "whsec_MfKQ9r8GKYqr/+==", SECRET])
@pytest.mark.parametrize(
    "write",
    [
        quote,
        quote_plus,
        partial(quote, safe=""),
        lambda one: re.sub("%..", lambda found: found[0].lower(), quote(one, safe="")),
        json.dumps,
        partial(json.dumps, ensure_ascii=False),
    ],
)
def test_a_known_secret_is_blotted_however_it_is_written(secret, write):
    written = write(secret).strip('"')

    shown = logs.Redaction({secret}).text(f"/x?key={written}&y")

    assert shown == "/x?key=***&y"


def test_the_level_is_kept(stream):
    logs.configure(Installation(Choice(level="warning")), stream)

    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")

    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


@pytest.mark.parametrize(("terminal", "is_json"), [(True, False), (False, True)])
def test_auto_is_pretty_on_a_terminal_and_json_elsewhere(
    stream, monkeypatch, terminal, is_json
):
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    logs.configure(Installation(Choice(format="auto")), stream)

    structlog.get_logger("x").error("hello", to="a@b.example")

    assert stream.getvalue().startswith("{") == is_json
    assert "<email>" in stream.getvalue()
