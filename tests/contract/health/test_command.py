"""`stdc doctor` as people and scripts meet it."""

import json
import logging

import pytest
import structlog
from click.testing import CliRunner

from plugin.cli import main
from plugin.health.doctor import CHECKS


@pytest.fixture(autouse=True)
def _log():
    """Give logging back as it was: commands set it up for their own stderr."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def stdc(clinic, *words):
    return CliRunner().invoke(main, ["--config", str(clinic.config), *words])


def test_well_is_exit_code_0(shared):
    result = stdc(shared, "doctor")

    assert result.exit_code == 0, result.output
    assert f"{len(CHECKS)} checks: " in result.stdout
    assert " 0 failed" in result.stdout


def test_broken_is_exit_code_1_with_meaning_and_mending(shared):
    shared.mautic.switches.api_enabled = False
    try:
        result = stdc(shared, "doctor", "--quiet")
    finally:
        shared.mautic.switches.api_enabled = True

    assert result.exit_code == 1
    lines = result.stdout.split("\n")
    (at,) = [n for n, line in enumerate(lines) if line.startswith("FAIL")]
    assert lines[at].split()[1] == "mautic.api"
    assert lines[at + 1].strip().startswith("Means: Mautic answers nobody")
    assert "API enabled" in lines[at + 2]
    assert not [line for line in lines if line.startswith("ok ")]


def test_a_script_reads_json(shared):
    result = stdc(shared, "doctor", "--json")

    told = json.loads(result.stdout)
    assert told["ok"] is True
    assert [one["name"] for one in told["checks"]] == [one.name for one in CHECKS]
    assert set(told["checks"][0]) == {"name", "outcome", "says", "means", "mend"}
    assert sum(told["outcomes"].values()) == len(CHECKS)


def test_without_a_config_file_it_says_what_to_do(tmp_path):
    result = CliRunner().invoke(main, ["--config", str(tmp_path / "x"), "doctor"])

    assert result.exit_code == 1
    assert result.stdout.startswith("FAIL  config")
    assert "stdc init" in result.stdout


def test_it_shows_no_secret(shared):
    result = stdc(shared, "doctor", "--json")

    for path in (shared.folder / "secrets").iterdir():
        assert path.read_text() not in result.output
