"""Checks over ats/<connection>.toml: where values come from, and which rule counts."""

from collections.abc import Mapping
from typing import Any

from plugin.config.toml_positions import Path
from plugin.mappings.ats import OURS, PLACE, VALUES
from plugin.mappings.checks import (
    Files,
    Found,
    table,
    tables,
    text,
    texts,
    topics,
    twice,
    unknown,
)
from plugin.mappings.problems import Problem

#: Ways to say where a value comes from; a field has one of them.
ORIGINS = ("source", "first", "template", "static")
#: What narrows a rule; one with none of these takes everybody.
NARROWS = ("topics", "audiences", "mautic_owner")


def ats(files: Files) -> Found:
    """Check every ats/<connection>.toml."""
    audiences = {
        text(row.get("key"))
        for _, row in tables(files.get("audiences.toml", {}), "audiences")
    }
    for name, raw in files.items():
        if name.startswith("ats/"):
            yield from _fields(name, raw)
            for key in ("targets", "owners"):
                yield from _rules(name, raw, key, topics(files), audiences)


def _fields(name: str, raw: Mapping[str, Any]) -> Found:
    rows = tables(raw, "fields")
    yield from twice(name, rows, "target")
    for path, row in rows:
        given = [key for key in ORIGINS if key in row]
        if len(given) != 1:
            message = "expected either a source, first, a template or a static text"
            yield Problem(file=name, path=path, message=message)
        for where, source in _sources(path, row):
            if source.startswith(OURS):
                value = source.removeprefix(OURS)
                yield from unknown(name, where, value, VALUES, "value of ours")
        yield from _options(name, path, row)


def _sources(path: Path, row: Mapping[str, Any]) -> list[tuple[Path, str]]:
    found = [((*path, "source"), text(row.get("source")))]
    found += [((*path, *inner), one) for inner, one in texts(row, "first")]
    names = PLACE.findall(text(row.get("template")))
    return found + [((*path, "template"), one) for one in names]


def _options(name: str, path: Path, row: Mapping[str, Any]) -> Found:
    """Complain of what never counts."""
    done = {one for _, one in texts(row, "transform")}
    for key, wanted in (("region", "phone"), ("date_format", "date")):
        if key in row and wanted not in done:
            message = f"never counts: transform does not have {wanted!r}"
            yield Problem(file=name, path=(*path, key), message=message)
    if row.get("write") == "never" and row.get("required") is True:
        message = "never written, so it cannot be required"
        yield Problem(file=name, path=(*path, "required"), message=message)
    folded = [str(one).casefold() for one in table(row, "values")]
    if len(set(folded)) < len(folded):
        message = "two keys differ in case only"
        yield Problem(file=name, path=(*path, "values"), message=message)


def _rules(
    name: str,
    raw: Mapping[str, Any],
    key: str,
    known: frozenset[str],
    audiences: set[str],
) -> Found:
    is_over = False
    for path, row in tables(raw, key):
        if is_over:
            message = "never counts: a table above it takes everybody"
            yield Problem(file=name, path=path, message=message)
        is_over = is_over or not any(row.get(one) for one in NARROWS)
        if row.get("kind") in ("job", "pool") and "ref" not in row:
            message = f"missing; a {row['kind']} needs its id in the ATS"
            yield Problem(file=name, path=(*path, "ref"), message=message)
        for inner, topic in texts(row, "topics"):
            what = "topic of content.toml"
            yield from unknown(name, (*path, *inner), topic, known, what)
        for inner, one in texts(row, "audiences"):
            what = "audience of audiences.toml"
            yield from unknown(name, (*path, *inner), one, audiences, what)


CHECKS = (ats,)
