"""`stdc backfill` over the look-alike: how much, how far, and whom it found."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from plugin.bootstrap import now
from plugin.cli import main
from plugin.sandbox.mautic.server import MauticSandbox
from plugin.sandbox.stage import Stage
from tests.unit.cli.test_reconcile import config

__all__ = ["config"]


class Clock:
    def __init__(self):
        self.at = now() - timedelta(days=4)

    def __call__(self):
        return self.at


@pytest.fixture
def mautic():
    """A Mautic whose only known contact has been on the move."""
    clock = Clock()
    with MauticSandbox(clock=clock) as sandbox:
        stage = Stage(sandbox)
        stage.build()
        walker = sandbox.visitor()
        for day in range(4):
            clock.at = now() - timedelta(days=4 - day)
            walker.visit_page("hackathon")
            clock.at += timedelta(minutes=10)
            walker.visit_page("hackathon-programme")
        form = stage.ids["sign-up-form"]
        walker.submit_form(form, {"email": "anna@example.com", "firstname": "Anna"})
        yield sandbox


def stdc(config, *words):
    done = CliRunner().invoke(
        main, ["--config", str(config), "backfill", *words], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_it_says_first_how_much_there_is(config):
    rows = json.loads(stdc(config, "--dry-run", "--json"))
    told = stdc(config, "--dry-run")

    assert {one["name"]: one["rows"] for one in rows}["page_hits"] >= 8
    assert "page_hits" in told
    assert "Nothing was kept." in told
    assert stdc(config, "--status") == "No backfill was begun.\n"
    assert json.loads(stdc(config, "--status", "--json")) is None


def test_it_ends_with_the_rediscovered(config):
    told = stdc(config)

    assert "1 person found by history alone." in told
    assert "Rediscovered, best first:" in told
    assert "  Do" in told
    assert "Anna" in told
    assert "--write-phases" in told
    again = json.loads(stdc(config, "--rediscovered", "--json", "--lang", "en"))
    (anna,) = again["rediscovered"]
    assert (anna["email"], anna["phase"]) == ("anna@example.com", "do")
    assert again["backfill"]["finished_at"]
    assert "Finished on" in stdc(config, "--status")


def test_phases_are_written_when_asked(config, mautic):
    told = stdc(config, "--write-phases", "--gentle", "--rows-per-second", "1000000")
    assert "--write-phases" not in told

    assert json.loads(stdc(config, "--status", "--json"))["voice"] == "show"
