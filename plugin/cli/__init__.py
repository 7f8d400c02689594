"""The command `stdc`: one word per thing an admin does."""

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from plugin.cli.session import Session
from plugin.config import did_you_mean
from plugin.errors import Bug, StdcError

#: Command -> the module of `plugin.cli` that has it, read only when it is needed.
COMMANDS: Mapping[str, str] = {
    "init": "setup",
    "check": "setup",
    "doctor": "doctor",
    "plan": "provision",
    "apply": "provision",
    "adopt": "ownership",
    "destroy": "ownership",
    "run": "serve",
    "web": "serve",
    "worker": "serve",
    "explain": "contact",
    "people": "people",
    "export": "person",
    "erase": "erase",
    "audit": "audit",
    "what-if": "what_if",
    "backtest": "backtest",
    "mappings": "mappings",
    "funnel": "funnel",
    "calendar": "calendar",
    "digest": "digest",
    "market": "market",
    "inbox": "inbox",
    "outbox": "outbox",
    "content": "content",
    "backfill": "backfill",
    "reconcile": "reconcile",
    "ats": "ats",
    "db": "db",
    "demo": "demo",
}


class Failed(click.ClickException):
    """Something we say on purpose: its words, and exit code 1."""

    exit_code = 1


class Families(click.Group):
    """Finds commands in their modules, in the order one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List commands as they stand in `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read the module that has the command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"plugin.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for one that does not exist, say which was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            hint = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"{error.message}{hint}", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what went wrong on purpose ends without a traceback."""
        try:
            return super().invoke(ctx)
        except Bug:
            raise
        except StdcError as error:
            raise Failed(str(error)) from error


@click.group(
    cls=Families,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="Exit codes: 0 fine, 1 failed, 2 wrong usage, "
    "3 `plan --exit-code` found changes.",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="STDC_CONFIG",
    default=Path("config.toml"),
    show_default=True,
    show_envvar=True,
    help="The installation's config file.",
)
@click.version_option(package_name="stdc", prog_name="stdc")
@click.pass_context
def main(ctx: click.Context, config_path: Path) -> None:
    """Score Mautic's contacts along See - Think - Do - Care.

    \b
    See it work, without Mautic or an ATS:
      stdc demo

    \b
    Set up an installation:
      stdc init acme && cd acme    write config.toml, secrets/ and mappings/
      stdc check                   name every mistake in them
      stdc plan                    show what would be made in Mautic
      stdc apply                   make it
      stdc doctor                  look whether everything is well, and how to mend it
      stdc run                     take webhooks and work

    \b
    Ask why:
      stdc explain 4711 --lang nl  phase, score and the reasons of a contact
      stdc what-if --mappings new  who would move if these were the rules
      stdc inbox list              deliveries that nobody could read
      stdc outbox list             writes that were refused
    """
    ctx.obj = session = Session(config_path, os.environ)
    ctx.call_on_close(session.close)
