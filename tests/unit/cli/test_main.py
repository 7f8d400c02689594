"""The command line as a whole: help that teaches, errors that help."""

import click
import pytest
from click.testing import CliRunner

from plugin.cli import COMMANDS, main
from tests.unit.cli.conftest import ROOT


def commands(group=main, words=("stdc",)):
    """Yield every command with the words that call it."""
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            yield (*words, name), command
            if isinstance(command, click.Group):
                yield from commands(command, (*words, name))


ALL = dict(commands())


def test_help_teaches_by_example():
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    assert "stdc init acme && cd acme" in result.output
    assert "Exit codes: 0 fine, 1 failed, 2 wrong usage" in result.output
    for name in COMMANDS:
        assert f"\n  {name} " in result.output


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_and_option_says_what_it_is_for(words):
    command = ALL[words]

    assert command.help
    assert command.get_short_help_str(200).endswith((".", "!"))
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
    result = CliRunner().invoke(main, [*words[1:], "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def sections():
    """Give each command's section of docs/cli.md, by its words."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    parts = text.split("\n## `")[1:]
    return {part.partition("`")[0]: part for part in parts}


def test_the_manual_has_a_section_for_every_command_and_for_no_other():
    leaves = {
        " ".join(words)
        for words, command in ALL.items()
        if not isinstance(command, click.Group)
    }

    assert {" ".join(one.split()) for one in sections()} == leaves


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_the_manual_lists_every_option(words):
    if isinstance(ALL[words], click.Group):
        return
    section = sections()[" ".join(words)]

    for option in ALL[words].params:
        if isinstance(option, click.Option):
            assert f"`{option.opts[-1]}" in section, option.opts


def test_an_unknown_command_is_wrong_usage():
    result = CliRunner().invoke(main, ["chek"])

    assert result.exit_code == 2
    assert "No such command 'chek'" in result.stderr
    assert "did you mean 'check'?" in result.stderr


def test_what_is_misconfigured_is_listed_without_a_traceback(begun):
    begun.edit("[door]", "[door]\nport = -1\nthreads = 0")

    result = begun.stdc("db", "upgrade")

    assert result.exit_code == 1
    assert "Error:" in result.stderr
    assert result.stderr.count("\n  - ") == 3
    assert "Traceback" not in result.stderr


def test_the_config_file_may_be_named_by_the_environment(installed, monkeypatch):
    monkeypatch.setenv("STDC_CONFIG", str(installed.config))

    result = CliRunner().invoke(main, ["check"])

    assert result.exit_code == 0, result.output
