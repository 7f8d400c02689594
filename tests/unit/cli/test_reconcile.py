"""`stdc reconcile` over the look-alike: what webhooks lost comes back, once."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from plugin.cli import main
from plugin.sandbox.mautic.server import MauticSandbox

CONFIG = """
[instance]
name = "test"
base_url = "http://127.0.0.1:1"
[mautic]
url = "{url}"
auth = "oauth2"
client_id = "{client_id}"
client_secret = "file:secret"
webhook_secrets = ["file:webhook_secret"]
"""


@pytest.fixture
def mautic():
    with MauticSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def config(tmp_path, mautic):
    (tmp_path / "secret").write_text(mautic.client_secret)
    (tmp_path / "webhook_secret").write_text("long-enough-for-a-secret")
    (tmp_path / "config.toml").write_text(
        CONFIG.format(url=mautic.url, client_id=mautic.client_id)
    )

    copytree(Path(__file__).parents[3] / "mappings", tmp_path / "mappings")
    return tmp_path / "config.toml"


def reconcile(config):
    result = CliRunner().invoke(
        main, ["--config", str(config), "reconcile", "--json"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_first_pull_starts_at_the_present(config, mautic):
    mautic.visitor().visit_url("https://example.org/blog/old")

    found = reconcile(config)

    assert found["healed"] == {}


def test_what_webhooks_lost_is_healed_once(config, mautic):
    reconcile(config)
    visitor = mautic.visitor()
    visitor.visit_url("https://example.org/blog/zero-trust")
    visitor.visit_url("https://example.org/podcast/red-team")

    assert reconcile(config)["healed"] == {"page.visited": 2}
    assert reconcile(config)["healed"] == {}


def test_what_mautic_does_not_let_us_read_is_named(config, mautic):
    role = mautic.state.tables["roles"][2]
    role["rawPermissions"] = {"lead:leads": ["viewown", "viewother"]}
    mautic.state.tables["clients"][1]["role"] = 2

    found = reconcile(config)
    told = CliRunner().invoke(main, ["--config", str(config), "reconcile"])

    assert found["skipped"]
    assert f"Mautic does not let us read {found['skipped'][0]}" in told.output


def test_what_mautic_could_not_give_is_named_and_the_exit_code_is_1(config, mautic):
    reconcile(config)
    role = mautic.state.tables["roles"][2]
    role["rawPermissions"] = {}
    mautic.state.tables["clients"][1]["role"] = 2

    told = CliRunner().invoke(main, ["--config", str(config), "reconcile"])
    as_json = CliRunner().invoke(main, ["--config", str(config), "reconcile", "--json"])

    assert (told.exit_code, as_json.exit_code) == (1, 1)
    assert "not read this time: contacts: " in told.output
    assert json.loads(as_json.stdout)["failed"][0].startswith("contacts: ")


def test_what_is_lacking_and_what_no_pull_covers_is_listed(config, mautic):
    reconcile(config)
    visitor = mautic.visitor()
    visitor.visit_url("https://example.org/blog/zero-trust")
    hits = mautic.state.logs["page_hits"]
    hits[-1]["date_hit"] = "never"
    reconcile(config)

    found = reconcile(config)
    told = CliRunner().invoke(main, ["--config", str(config), "reconcile"])

    (gap,) = found["gaps"]
    assert (gap["what"], gap["number"]) == ("page_hits", hits[-1]["id"])
    assert found["lacking"] == 1
    assert "Lacking until it is read (1):" in told.output
    assert f"  page_hits {hits[-1]['id']}: no moment can be read" in told.output
    assert "Covered by no pull:" in told.output
    for one in found["uncovered"]:
        assert one in told.output


def test_that_numbers_came_again_is_named_until_a_person_says_so(config, mautic):
    reconcile(config)
    visitor = mautic.visitor()
    for _ in range(3):
        visitor.visit_url("https://example.org/blog/zero-trust")
    reconcile(config)
    mautic.state.logs["page_hits"].clear()
    mautic.state.counters["page_hits"] = 0
    reconcile(config)
    visitor.visit_url("https://example.org/blog/zero-trust")
    reconcile(config)
    assert [one["what"] for one in reconcile(config)["gaps"]] == [
        "numbers of page_hits"
    ]

    told = CliRunner().invoke(main, ["--config", str(config), "reconcile", "--noted"])

    assert told.exit_code == 0
    assert "numbers of" not in told.output
    assert reconcile(config)["gaps"] == []
