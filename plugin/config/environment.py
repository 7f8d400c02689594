"""What comes into the settings from outside the file: variables and secrets."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from marshmallow import fields

from plugin.config.fields import (
    UNRESOLVED,
    Flag,
    Names,
    Number,
    SecretValue,
    Several,
    Store,
    did_you_mean,
)
from plugin.config.model import Secret
from plugin.config.rules import Problem
from plugin.config.schema import ATS_OPTIONS, ConfigSchema, fields_of
from plugin.config.toml_positions import Path

#: What every overriding variable begins with: STDC_<SECTION>_<KEY>.
PREFIX = "STDC_"
_REFERENCE = re.compile(r"(env|file):(?!//)(.*)", re.DOTALL)
#: No secret is longer, and no file that is longer is one.
_LONGEST_SECRET = 65_536


def variables(raw: Mapping[str, Any]) -> dict[str, Path]:
    """Give each variable that may override a setting the place it overrides."""
    names: dict[str, Path] = {}
    for section in ConfigSchema().fields:
        if section != "ats":
            for key in fields_of(section):
                names[_name(section, key)] = (section, key)
    ats = raw.get("ats")
    for connection in ats if isinstance(ats, Mapping) else ():
        for key in [*fields_of("ats"), *frozenset[str]().union(*ATS_OPTIONS.values())]:
            names[_name("ats", connection, key)] = ("ats", connection, key)
    return names


def overrides(
    raw: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[Path, tuple[str, Any]]:
    """Give each overridden place its variable and the value that it sets."""
    return {
        path: (name, _read(path, environ[name]))
        for name, path in variables(raw).items()
        if name in environ
    }


def strangers(raw: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[str]:
    """Complain about variables that look like an override and override nothing."""
    known = variables(raw)
    sections = tuple(f"{PREFIX}{section.upper()}_" for section in ConfigSchema().fields)
    pointed_at = set(_pointed_at(raw))
    for name in sorted(set(environ) - set(known) - pointed_at):
        if name.startswith(sections):
            hint = did_you_mean(name, known)
            yield f"{name}: this variable overrides no setting{hint}"


def override(raw: Any, path: Path, value: Any) -> dict[str, Any]:
    """Copy a table with the value put at the path; absent tables are made."""
    table = dict(raw) if isinstance(raw, Mapping) else {}
    head, *rest = path
    inner = override(table.get(str(head)), tuple(rest), value) if rest else value
    return {**table, str(head): inner}


def resolve(
    value: Any, environ: Mapping[str, str], folder: FilePath, path: Path = ()
) -> tuple[Any, list[Problem]]:
    """Copy a value with each `env:` and `file:` in it replaced by its Secret."""
    problems: list[Problem] = []

    def inner(one: Any, step: str | int) -> Any:
        found, more = resolve(one, environ, folder, (*path, step))
        problems.extend(more)
        return found

    match value:
        case Mapping():
            return {key: inner(one, key) for key, one in value.items()}, problems
        case list():
            return [inner(one, at) for at, one in enumerate(value)], problems
        case str() if reference := _REFERENCE.fullmatch(value):
            kind, name = reference.groups()
            try:
                text = environ[name] if kind == "env" else _file(folder / name)
            except (KeyError, OSError, ValueError) as error:
                return UNRESOLVED, [(path, _lost(kind, name, error))]
            return Secret(text), problems
        case _:
            return value, problems


def _file(path: FilePath) -> str:
    with path.open("rb") as stream:
        content = stream.read(_LONGEST_SECRET + 1)
    if len(content) > _LONGEST_SECRET:
        raise ValueError("too long for a secret")
    return content.decode().rstrip("\r\n")


def _lost(kind: str, name: str, error: Exception) -> str:
    if kind == "env":
        return f"the environment variable {name} is not set"
    why = error.strerror if isinstance(error, OSError) else "holds no UTF-8 text"
    return f"the secret's file {name} cannot be read: {why}"


def _name(*words: str) -> str:
    return PREFIX + "_".join(words).upper().replace("-", "_")


def _field(path: Path) -> fields.Field[Any] | None:
    return fields_of(str(path[0])).get(str(path[-1]))


def _read(path: Path, text: str) -> Any:
    """Read a variable's text as its setting would stand in TOML.

    A literal secret is welcome here, because it does not stand in a file.
    """
    field = _field(path)
    match field:
        case Names():
            return [word.strip() for word in text.split(",")]
        case Several():
            return [_secret(word) for word in re.split(r"[,\s]+", text.strip())]
        case SecretValue() | Store():
            return _secret(text)
        case Flag():
            return {"true": True, "false": False}.get(text.lower(), text)
        case Number():
            return _number(text)
        case _:
            return text


def _secret(text: str) -> str | Secret:
    return text if _REFERENCE.fullmatch(text) else Secret(text)


def _number(text: str) -> float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _pointed_at(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _pointed_at(one)
    elif isinstance(value, list):
        for one in value:
            yield from _pointed_at(one)
    elif isinstance(value, str) and value.startswith("env:"):
        yield value.removeprefix("env:")
