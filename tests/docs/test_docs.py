"""The documents must be true: links lead somewhere, commands exist, nothing leaks."""

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split("\n")
DOCUMENTS = [ROOT / name for name in TRACKED if name.endswith(".md")]
DOCUMENTS = [path for path in DOCUMENTS if path.exists() and "LICENSE" not in path.name]
README = (ROOT / "README.md").read_text()
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(
    r"^\s*(?:\$ )?(?:\.venv/bin/)?stdc (?:--config \S+ )?([a-z][a-z-]*)", re.MULTILINE
)
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_leads_to_a_file(document):
    missing = [
        target
        for target in LINK.findall(document.read_text())
        if not (document.parent / target).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_command_in_a_code_block_exists(document):
    blocks = "\n".join(FENCE.findall(document.read_text()))

    assert set(COMMAND.findall(blocks)) <= set(COMMANDS)


def test_the_readme_shows_the_two_commands_on_its_first_screen():
    first_screen = "\n".join(README.split("\n")[:40])

    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_every_page_of_the_docs_can_be_found_from_the_readme():
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}

    assert pages <= set(LINK.findall(README))


def test_every_make_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    described = set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))

    assert phony is not None
    assert set(phony[1].split()) == described


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_by_its_help(command):
    result = CliRunner().invoke(main, [command, "--help"])

    assert result.exit_code == 0
    assert len(result.output.split("\n")) > 5


def test_what_changed_is_told():
    changelog = (ROOT / "CHANGELOG.md").read_text()

    assert "## [Unreleased]" in changelog


#: Pieced together, so that this file does not contain what it looks for.
LEAKS = [
    "/wor" + "k/main",
    "/ro" + "ot/",
    "/wor" + "k/shared",
    "pypi" + ".org/simple",
    "site-packages" + "/",
]


@pytest.mark.parametrize("leak", LEAKS)
def test_nothing_names_a_machine_or_an_index(leak):
    found = subprocess.run(
        ["git", "grep", "-lI", "--untracked", "-e", leak, "--", ":!tests/fixtures"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    assert found == ""
