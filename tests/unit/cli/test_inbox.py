"""`stdc inbox`: recorded deliveries come in by the same rules as sent ones."""

import json

import pytest

from tests.unit.cli.conftest import SECRET
from webhooks.signature import sign

BODY = b'{"mautic.lead_post_delete":[{"id":7,"timestamp":"2026-11-22T23:25:29+00:00"}]}'


@pytest.fixture
def recording(tmp_path):
    def recording(body=BODY, secret=SECRET, name="one.http"):
        file = tmp_path / name
        head = (
            f"POST /hook HTTP/1.1\nWebhook-Signature: {sign(body, secret.encode())}\n\n"
        )
        file.write_bytes(head.encode() + body)
        return file

    return recording


def kept(parts):
    with parts.store.view() as unit:
        return [(one.source, one.body) for one in unit.inbox.list()]


def test_a_signed_recording_is_taken(installed, parts, recording):
    result = installed.stdc("inbox", "import", recording())

    assert result.exit_code == 0, result.output
    assert result.stdout == "1 delivery taken.\n"
    assert kept(parts) == [("mautic", BODY)]


def test_a_wrong_signature_is_refused_and_the_others_are_taken(
    installed, parts, recording
):
    wrong = recording(secret="another-secret-of-32-characters!", name="wrong.http")

    result = installed.stdc("inbox", "import", wrong, recording())

    assert result.exit_code == 1
    assert f"{wrong}: Webhook-Signature matches none" in result.stderr
    assert kept(parts) == [("mautic", BODY)]


def test_a_body_alone_is_taken_only_unsigned_and_loudly(installed, parts, tmp_path):
    file = tmp_path / "body.json"
    file.write_bytes(BODY)

    signed = installed.stdc("inbox", "import", file)
    unsigned = installed.stdc("inbox", "import", "--unsigned", file)

    assert signed.exit_code == 1
    assert unsigned.exit_code == 0
    assert "WARNING: signatures are NOT checked" in unsigned.stderr
    assert kept(parts) == [("mautic", BODY)]


def test_a_recording_that_is_too_large_is_refused(installed, parts, recording):
    installed.edit("[door]", "[door]\nmax_bytes = 1000")

    result = installed.stdc("inbox", "import", recording(b"[" + b" " * 1000))

    assert result.exit_code == 1
    assert "1001 bytes; door.max_bytes is 1000" in result.stderr
    assert kept(parts) == []


def test_many_files_show_progress(installed, parts, recording):
    files = [recording(name=f"{at}.http") for at in range(25)]

    result = installed.stdc("inbox", "import", *files)

    assert result.exit_code == 0
    assert len(kept(parts)) == 25
    assert "importing" in result.stderr


def test_an_unknown_source_names_those_there_are(installed, recording):
    result = installed.stdc("inbox", "import", "--source", "ats/x", recording())

    assert result.exit_code == 1
    assert "no source 'ats/x' is configured; there is mautic" in result.stderr


@pytest.fixture
def parked(parts, installed, recording):
    """Take two deliveries and park them."""
    installed.stdc("inbox", "import", recording(), recording(b"\xff", name="b.http"))
    with parts.store.unit() as unit:
        for item in unit.inbox.claim(2, parts.clock(), 60):
            unit.inbox.park(item.claim, f"reason {item.id}", parts.clock())


@pytest.mark.usefixtures("parked")
def test_parked_deliveries_are_listed_with_their_reasons(installed):
    listed = installed.stdc("inbox", "list")
    as_json = json.loads(installed.stdc("inbox", "list", "--json").stdout)

    header, first, _ = listed.stdout.splitlines()
    assert header.split() == [
        "number",
        "source",
        "received",
        "bytes",
        "attempts",
        "why",
    ]
    assert first.endswith("reason 1")
    assert [one["reason"] for one in as_json] == ["reason 1", "reason 2"]
    assert installed.stdc("inbox", "list", "--state", "done").stdout == (
        "No done deliveries.\n"
    )


@pytest.mark.usefixtures("parked")
def test_a_delivery_is_shown_with_its_body(installed):
    shown = installed.stdc("inbox", "show", 1)
    raw = installed.stdc("inbox", "show", 2, "--raw")
    as_json = json.loads(installed.stdc("inbox", "show", 2, "--json").stdout)

    assert "reason:      reason 1" in shown.stdout
    assert BODY.decode() in shown.stdout
    assert raw.stdout_bytes == b"\xff"
    assert as_json["body_base64"] == "/w=="
    assert installed.stdc("inbox", "show", 99).exit_code == 1


@pytest.mark.parametrize(("words", "replayed"), [(["1"], 1), (["--all"], 2)])
@pytest.mark.usefixtures("parked")
def test_parked_deliveries_are_replayed(installed, parts, words, replayed):
    result = installed.stdc("inbox", "replay", *words)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{replayed} deliver")
    with parts.store.view() as unit:
        assert len(unit.inbox.list("new")) == replayed


def test_a_replay_of_nothing_in_particular_is_wrong_usage(installed):
    assert installed.stdc("inbox", "replay").exit_code == 2
    assert installed.stdc("inbox", "replay", "1", "--all").exit_code == 2
