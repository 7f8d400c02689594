"""What the pages on connections show is what is sent and taken."""

import json
import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from plugin import config
from plugin.ats import registry
from plugin.ats.base import CandidateDraft, Consent, TargetIntent, TargetKind
from plugin.ats.csv_rows import DELETED, WORDS
from plugin.ats.webhook import WebhookConnector
from plugin.bootstrap import now
from plugin.sandbox.carerix.server import CarerixSandbox
from plugin.sandbox.receiver import ReceiverSandbox
from webhooks.sources.standard import TYPES, StandardSource

PAGES = Path(__file__).parents[3] / "docs" / "ats"
ROOT = PAGES.parents[1]
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    found = BLOCK.findall((PAGES / f"{page}.md").read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


def test_the_message_that_is_shown_is_the_one_that_is_sent(
    httpserver: HTTPServer,
) -> None:
    shown = json.loads(blocks("webhook", "json")[0])
    data = shown["data"]
    draft = CandidateDraft(
        **{name: data[name] for name in ("marker", "contact_id", "name", "email")},
        **{name: data[name] for name in ("fields", "note", "source", "link")},
        owner=data["owner"],
        only_if_empty=frozenset({"phone"}),
        tags=tuple(data["tags"]),
        interests=tuple(data["interests"]),
        consent=Consent(
            proof="toestemming_ats",
            is_given=True,
            given_on=date(2026, 11, 23),
            text="2026-01",
        ),
        do_not_contact=frozenset({"sms"}),
    )
    httpserver.expect_request("/").respond_with_json({})
    connector = WebhookConnector(
        httpserver.url_for("/"),
        ReceiverSandbox.secret,
        clock=lambda: datetime.fromisoformat(shown["timestamp"]),
    )

    connector.create(draft, TargetIntent(kind=TargetKind.JOB, ref="7"), op_id="x")

    (request, _) = httpserver.log[0]
    assert json.loads(request.get_data()) == shown


def test_the_news_that_are_shown_are_understood() -> None:
    source = StandardSource([ReceiverSandbox.secret], "partner", "example")

    received = datetime(2026, 11, 30, 9, 1, tzinfo=UTC)
    (event,) = source.parse(blocks("webhook", "json")[1].encode(), received).events

    assert event.contact_id == 12
    assert event.occurred_at == datetime(2026, 11, 30, 8, 55, tzinfo=UTC)


def test_every_type_of_news_is_in_the_table() -> None:
    text = (PAGES / "webhook.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([a-z.]+)` \|", text, re.MULTILINE)) == set(TYPES)


@pytest.mark.parametrize("page", ["carerix", "csv", "odoo", "recruitee", "webhook"])
def test_the_settings_that_are_shown_are_accepted(page: str, tmp_path: Path) -> None:
    (shown,) = blocks(page, "toml")
    names = list(tomllib.loads(shown)["ats"])
    for name in ("odoo_inbound_secret", "partner_inbound", "recruitee_hook"):
        (tmp_path / "secrets").mkdir(exist_ok=True)
        (tmp_path / "secrets" / name).write_text("a-secret-of-the-tests")
    key = CarerixSandbox().public_key
    (tmp_path / "secrets" / "carerix_public_key").write_text(key)
    (tmp_path / "sftp_key").write_text("a-secret-of-the-tests")
    (tmp_path / "key").write_text("a-secret-of-the-tests")
    (tmp_path / "config.toml").write_text(HEAD + shown)
    environ = {
        "CARERIX_CLIENT_SECRET": "key",
        "RECRUITEE_TOKEN": "key",
        "ODOO_API_KEY": "key",
        "PARTNER_WEBHOOK_SECRET": "any other text",
    }

    settings = config.load(tmp_path / "config.toml", environ)

    for name in names:
        mapping: Any = registry.AtsMapping(connection=name)
        registry.build(settings.ats[name], mapping, clock=now)
        if settings.ats[name].inbound_secret is not None:
            registry.source(settings.ats[name], "example")


def test_every_status_that_is_shown_is_understood() -> None:
    text = (
        (PAGES / "csv.md").read_text(encoding="utf-8").partition("## Status files")[2]
    )
    rows = re.findall(r"^\| (`[^|]*\|[^|]*)\|", text, re.MULTILINE)
    shown = {word for row in rows for word in re.findall(r"`([^`]+)`", row)}

    assert shown - {"hired_stages"} == {*WORDS, *DELETED}


HEAD = f"""
[instance]
name = "example"
base_url = "https://stdc.example.org"
mappings = "{ROOT / "mappings"}"
[mautic]
url = "https://mautic.example.org"
auth = "basic"
username = "stdc"
password = "file:key"
webhook_secrets = ["file:key"]
"""
