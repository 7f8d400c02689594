"""What mappings must be true of each other; read from the raw files.

Raw, so that a mistake in one place does not hide one in another: whatever has the
wrong shape is passed over here and reported by the schemas.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from plugin.config.fields import did_you_mean
from plugin.config.toml_positions import Path
from plugin.mappings.problems import Problem

#: File name -> what stands in it.
Files = Mapping[str, Mapping[str, Any]]
Found = Iterator[Problem]


def text(value: Any) -> str:
    """Take a text; an empty one for whatever is none."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Take a number; None for whatever is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Take a table; an empty one where there is none."""
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def tables(raw: Mapping[str, Any], key: str) -> list[tuple[Path, Mapping[str, Any]]]:
    """Take an array of tables with the place of each."""
    value = raw.get(key)
    listed = value if isinstance(value, list) else []
    return [
        ((key, index), one)
        for index, one in enumerate(listed)
        if isinstance(one, Mapping)
    ]


def texts(raw: Mapping[str, Any], key: str) -> list[tuple[Path, str]]:
    """Take a list of texts with the place of each."""
    value = raw.get(key)
    listed = value if isinstance(value, list) else []
    return [
        ((key, index), one) for index, one in enumerate(listed) if isinstance(one, str)
    ]


def twice(file: str, rows: Iterable[tuple[Path, Mapping[str, Any]]], key: str) -> Found:
    """Complain of a key's value that an earlier table has too."""
    seen: set[str] = set()
    for path, row in rows:
        value = text(row.get(key))
        if value and value in seen:
            message = f"{value!r} is the {key} of an earlier table too"
            yield Problem(file=file, path=(*path, key), message=message)
        seen.add(value)


def unknown(
    file: str, path: Path, value: str, known: Iterable[str], what: str
) -> Found:
    """Complain of a name that nothing has."""
    names = sorted(known)
    if value not in names:
        hint = did_you_mean(value, names)
        message = f"{value!r} is no {what}{hint}"
        yield Problem(file=file, path=path, message=message)


#: A check over all files.
Check = Callable[[Files], Found]


def topics(files: Files) -> frozenset[str]:
    """List the topics that content.toml names."""
    return frozenset(table(files.get("content.toml", {}), "topics"))
