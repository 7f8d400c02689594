"""Checks over ats/<connection>.toml: where values come from, and which rule counts."""

import re
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
#: An alias of Mautic's.
ALIAS = re.compile(r"[a-z][a-z0-9_]{0,24}")
NARROWS = ("topics", "audiences", "mautic_owner")


def ats(files: Files) -> Found:
    """Check every ats/<connection>.toml."""
    audiences = {
        text(row.get("key"))
        for _, row in tables(files.get("audiences.toml", {}), "audiences")
    }
    aliases = {
        text(row.get("alias"))
        for _, row in tables(files.get("fields.toml", {}), "fields")
    }
    for name, raw in files.items():
        if name.startswith("ats/"):
            yield from _fields(name, raw, aliases)
            for key in ("targets", "owners"):
                yield from _rules(name, raw, key, topics(files), audiences)


def _fields(name: str, raw: Mapping[str, Any], aliases: set[str]) -> Found:
    both = tables(raw, "fields")
    back = [one for one in both if one[1].get("direction") == "to_mautic"]
    rows = [one for one in both if one not in back]
    yield from twice(name, rows, "target")
    yield from twice(name, back, "target")
    for path, row in back:
        yield from _back(name, path, row, aliases)
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


def _back(name: str, path: Path, row: Mapping[str, Any], aliases: set[str]) -> Found:
    """Check a field of Mautic's that comes from the ATS."""
    alias = text(row.get("target"))
    if alias in aliases:
        message = "written by us already (fields.toml)"
        yield Problem(file=name, path=(*path, "target"), message=message)
    elif not ALIAS.fullmatch(alias):
        message = f"found {alias!r}, expected an alias of Mautic: a-z, 0-9, _, up to 25"
        yield Problem(file=name, path=(*path, "target"), message=message)
    if not (row.get("source") or row.get("first")):
        message = "expected a source or first: fields of the ATS"
        yield Problem(file=name, path=path, message=message)
    for where, source in _sources(path, row):
        if source.startswith(OURS):
            message = f"{source} is ours; expected a field of the ATS"
            yield Problem(file=name, path=where, message=message)
    for key in ("required", "static", "template"):
        if row.get(key):
            message = "never counts for a field of Mautic's"
            yield Problem(file=name, path=(*path, key), message=message)
    if row.get("write") in ("append", "never"):
        message = f"found {row['write']!r}, expected always or if_empty"
        yield Problem(file=name, path=(*path, "write"), message=message)


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
