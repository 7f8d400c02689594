"""How commands print: tables for people, JSON for scripts."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

#: Option of every command whose answer a script may read.
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Any) -> None:
    """Print a value as JSON; what JSON lacks as text."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def print_table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows in columns as wide as they need; the last one may be any length."""
    lines = [tuple(header), *(tuple(map(_cell, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def count(number: int, one: str, many: str | None = None) -> str:
    """Say how many: "1 problem", "2 problems"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return " ".join(str(value).split())


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
