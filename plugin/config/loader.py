"""Read config.toml, put the environment over it, and name every problem at once."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, NoReturn

from marshmallow import ValidationError

from plugin.config import environment
from plugin.config.model import Secret, Settings
from plugin.config.rules import Problem, broken_rules
from plugin.config.schema import ConfigSchema, ats_settings
from plugin.config.toml_positions import Path, Position, positions
from plugin.errors import Misconfigured

_TOML_PLACE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)


def load(path: FilePath, environ: Mapping[str, str]) -> Settings:
    """Read the settings; Misconfigured names everything that is wrong with them.

    Relative paths in the file are meant from the file's own folder, and come out
    absolute.
    """
    text = _text(path)
    raw = _toml(path, text)
    overrides = environment.overrides(raw, environ)
    strangers = tuple(environment.strangers(raw, environ))
    for place, (_, value) in overrides.items():
        raw = environment.override(raw, place, value)
    folder = path.resolve().parent
    resolved, problems = environment.resolve(raw, environ, folder)
    data, wrong = _validated(resolved)
    problems += [*wrong, *broken_rules(resolved)]
    names = {place: name for place, (name, _) in overrides.items()}
    lines = _Lines(path, positions(text), names, resolved).of(problems)
    if lines or strangers:
        _refuse(path, (*lines, *strangers))
    return _settings(data, folder, path.resolve())


def mappings_folder(path: FilePath, environ: Mapping[str, str]) -> FilePath:
    """Say where the mappings are, even when the rest of the file is wrong."""
    try:
        raw = tomllib.loads(path.read_bytes().decode())
    except (OSError, ValueError):
        raw = {}
    instance = raw.get("instance")
    named = instance.get("mappings") if isinstance(instance, Mapping) else None
    named = environ.get("STDC_INSTANCE_MAPPINGS", named)
    return path.resolve().parent / (named if isinstance(named, str) else "mappings")


def _text(path: FilePath) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        hint = "write one with: stdc init; or name another with: --config PATH"
        _refuse(path, (f"{path}: there is no such file; {hint}",))
    except OSError as error:
        _refuse(path, (f"{path}: cannot be read: {error.strerror}",))
    except UnicodeDecodeError as error:
        _refuse(path, (f"{path}: holds no UTF-8 text: byte {error.start} is wrong",))


def _toml(path: FilePath, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if found := _TOML_PLACE.fullmatch(str(error)):
            message, line, column = found.groups()
            where = f"{path}:{line}:{column}"
        else:
            message, where = str(error), str(path)
        _refuse(path, (f"{where}: no valid TOML: {message}",))


def _validated(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    try:
        return ConfigSchema().load(raw), []
    except ValidationError as error:
        return {}, list(_flat(error.messages))


def _flat(messages: Any, path: Path = ()) -> Iterator[Problem]:
    """Flatten marshmallow's nested messages; `_schema` is its word for the whole."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else (*path, key))
    else:
        yield from ((path, str(message)) for message in messages)


class _Lines:
    """Words problems as `file:line:column: path: found X, expected Y`."""

    def __init__(
        self,
        file: FilePath,
        places: Mapping[Path, Position],
        names: Mapping[Path, str],
        raw: Mapping[str, Any],
    ) -> None:
        self._file = file
        self._places = places
        self._names = names
        self._raw = raw

    def of(self, problems: list[Problem]) -> list[str]:
        return [self._line(*one) for one in sorted(problems, key=self._order)]

    def _order(self, problem: Problem) -> tuple[Position, str]:
        path, message = problem
        return self._place(path) or (0, 0), f"{path}{message}"

    def _line(self, path: Path, message: str) -> str:
        return f"{self._where(path)}: {dotted(path)}: {self._found(path, message)}"

    def _where(self, path: Path) -> str:
        if name := self._names.get(path) or self._names.get(path[:-1]):
            return name
        place = self._place(path)
        return f"{self._file}:{place[0]}:{place[1]}" if place else str(self._file)

    def _place(self, path: Path) -> Position | None:
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path)

    def _found(self, path: Path, message: str) -> str:
        if not message.startswith("expected"):
            return message
        value: Any = self._raw
        for step in path:
            value = value[step]
        return f"found {_shown(value)}, {message}"


def dotted(path: Path) -> str:
    """Write a path as people do: mautic.webhook_secrets[0]."""
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return "".join(steps).lstrip(".")


def _shown(value: Any) -> str:
    match value:
        case Secret():
            return "a secret"
        case Mapping():
            return "a table"
        case list():
            return "a list" if value else "an empty list"
        case bool():
            return str(value).lower()
        case _:
            return repr(value)


def _settings(data: dict[str, Any], folder: FilePath, source: FilePath) -> Settings:
    instance = data.pop("instance")
    data_dir = folder / instance["data_dir"]
    ats = {name: ats_settings(name, table) for name, table in data.pop("ats").items()}
    return Settings(
        instance=instance["name"],
        base_url=instance["base_url"],
        language=instance["language"],
        mappings=folder / instance["mappings"],
        data_dir=data_dir,
        spool=folder / instance["spool"] if instance["spool"] else data_dir / "spool",
        database_url=_database_url(data.pop("database")["url"], folder, data_dir),
        ats=ats,
        source=source,
        **data,
    )


def _database_url(url: str | None, folder: FilePath, data_dir: FilePath) -> str:
    if url is None:
        return f"sqlite:///{data_dir / 'stdc.db'}"
    if url.startswith("sqlite:///"):
        return f"sqlite:///{folder / url.removeprefix('sqlite:///')}"
    return url


def _refuse(path: FilePath, problems: tuple[str, ...]) -> NoReturn:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise Misconfigured(f"{path}: {count}", problems)
