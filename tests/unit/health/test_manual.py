"""docs/operating.md lists every check and metric; deploy/ starts what there is."""

import re
from pathlib import Path

import pytest

from plugin.cli import COMMANDS, serve
from plugin.health.doctor import CHECKS
from plugin.health.metrics import METRICS
from plugin.pipeline import jobs

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
UNITS = {one: ROOT / "deploy" / f"stdc-{one}.service" for one in ("web", "worker")}


def rows(section):
    """Read the table of a section: first cell -> the others."""
    (text,) = [one for one in MANUAL.split("\n## ") if one.startswith(section)]
    cells = [
        line.strip("| ").split(" | ") for line in text.split("\n") if "| `" in line
    ]
    return {first.strip("`"): rest for first, *rest in cells}


def test_every_check_is_in_the_manual_word_for_word_and_no_other():
    assert rows("`stdc doctor`") == {one.name: [one.means, one.mend] for one in CHECKS}


def test_every_metric_is_in_the_manual_word_for_word_and_no_other():
    assert rows("Metrics") == {
        name: [", ".join(f"`{one}`" for one in told.labels) or "-", told.help]
        for name, told in METRICS.items()
    }


def test_every_metric_that_is_named_exists():
    named = set(re.findall(r"\bstdc_[a-z_]+\b", MANUAL))

    assert named == set(METRICS)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_starts_a_command_that_exists(unit):
    text = UNITS[unit].read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=\S+/stdc (\S+)$", text, re.MULTILINE)

    assert command == unit
    assert command in COMMANDS
    assert "Restart=always" in text


@pytest.mark.parametrize(
    ("unit", "grace"),
    [("web", serve.REQUEST_SECONDS), ("worker", jobs.GRACE_SECONDS)],
)
def test_a_unit_is_given_the_time_it_needs_to_end(unit, grace):
    text = UNITS[unit].read_text(encoding="utf-8")
    (patience,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)

    assert int(patience) > grace


def test_compose_starts_commands_that_exist():
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    commands = re.findall(r'command: \["stdc", "(\w+)"', text)

    assert commands == ["db", "web", "worker"]
    assert set(commands) <= set(COMMANDS)


def test_in_compose_the_door_waits_for_nobody():
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    web = text.partition("\n  web:\n")[2].partition("\n\n")[0]

    assert "\n    depends_on: []\n" in web
