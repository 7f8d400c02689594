"""Mistakes in the mappings, each with its file, line and column."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.config.toml_positions import Path, positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake: where it is and what would be right.

    A message that begins with "expected" is told with the value found.
    """

    #: Name of the file, relative to the mappings folder.
    file: str
    path: Path
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A mapping file as text and as TOML."""

    #: Name relative to the mappings folder: "scoring.toml", "ats/odoo.toml".
    name: str
    text: str
    raw: Mapping[str, Any]

    def lines(self, problems: list[Problem]) -> list[str]:
        """Word this file's problems as `file:line:column: path: message`, in order."""
        places = positions(self.text)
        found = []
        for one in problems:
            path = one.path
            while path and path not in places:
                path = path[:-1]
            line, column = places.get(path, (1, 1))
            told = f"{dotted(one.path)}: {self._told(one)}".removeprefix(": ")
            found.append((line, column, f"{self.name}:{line}:{column}: {told}"))
        return [text for _, _, text in sorted(found)]

    def _told(self, problem: Problem) -> str:
        if not problem.message.startswith("expected"):
            return problem.message
        value: Any = self.raw
        for step in problem.path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return problem.message
        return f"found {shown(value)}, {problem.message}"


def flat(messages: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Flatten marshmallow's nested messages; `_schema` is its word for the whole."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from flat(inner, path if key == "_schema" else (*path, key))
    else:
        yield from ((path, str(message)) for message in messages)


def dotted(path: Path) -> str:
    """Write a path as people do: rules[0].points."""
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return "".join(steps).lstrip(".")


def shown(value: Any) -> str:
    """Write a value as TOML would, briefly."""
    match value:
        case Mapping():
            return "a table"
        case list():
            return "a list" if value else "an empty list"
        case bool():
            return str(value).lower()
        case _:
            return repr(value)
