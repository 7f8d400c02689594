"""Checks over what is made in Mautic and the ATS: fields, segments, campaigns, ats."""

import re
from collections.abc import Mapping
from typing import Any

from plugin.config.toml_positions import Path
from plugin.mappings.audiences import SunsetStep
from plugin.mappings.checks import (
    Files,
    Found,
    table,
    tables,
    text,
    twice,
    unknown,
)
from plugin.mappings.model import FIELD_VALUES, Phase, Trend
from plugin.mappings.problems import Problem

FIELDS, SEGMENTS, CAMPAIGNS = "fields.toml", "segments.toml", "campaigns.toml"

#: Aliases that Mautic keeps for itself: core fields and keys of segment filters.
RESERVED = frozenset(
    {
        "address1",
        "address2",
        "campaign",
        "city",
        "company",
        "company_id",
        "contact_id",
        "country",
        "date_added",
        "date_modified",
        "email",
        "firstname",
        "id",
        "last_active",
        "lastname",
        "leadlist",
        "mobile",
        "owner_id",
        "phone",
        "points",
        "stage",
        "state",
        "tags",
        "title",
        "website",
        "zipcode",
    }
)

#: Types whose longest text Mautic lets one set.
_SIZED = frozenset({"text", "select", "multiselect", "url"})

#: Not a word of these before somebody asks: See and Think are not about work on offer.
_VACANCY = re.compile(
    r"\b(vacatures?|vacanc(y|ies)|sollicit\w*|jobs?|banen|baan|"
    r"opdracht(en)?|assignments?|apply)\b",
    re.IGNORECASE,
)

_STDC = "stdc."

#: What a segment can ask -> the value of ours that answers it.
_ASKS: Mapping[str, str] = {
    "phase": "phase",
    "momentum": "momentum",
    "in_ats": "ats_status",
    "due": "next_touch",
    "sunset": "sunset",
}

#: Value of ours -> what its options are called, and which there must be.
_NAMED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "phase": ("phase", tuple(one.value for one in Phase)),
    "momentum": ("momentum", tuple(one.value for one in Trend)),
    "sunset": ("step of the sunset", tuple(one.value for one in SunsetStep)),
}


def fields(files: Files) -> Found:
    """Check fields.toml."""
    raw = files.get(FIELDS, {})
    rows = tables(raw, "fields")
    for key in ("alias", "value"):
        yield from twice(FIELDS, rows, key)
    for path, row in rows:
        yield from _field(path, row)
    yield from _spoken(table(raw, "hand_over"), raw)
    if rows and not any(row.get("value") == "phase" for _, row in rows):
        message = "no field shows the phase; expected one with value = 'phase'"
        yield Problem(file=FIELDS, path=("fields",), message=message)


def segments(files: Files) -> Found:
    """Check segments.toml."""
    rows = tables(files.get(SEGMENTS, {}), "segments")
    yield from twice(SEGMENTS, rows, "alias")
    shown = [
        text(row.get("value")) for _, row in tables(files.get(FIELDS, {}), "fields")
    ]
    for path, row in rows:
        yield from _segment(path, row, shown)


def campaigns(files: Files) -> Found:
    """Check campaigns.toml, and that its segments are there."""
    rows = tables(files.get(CAMPAIGNS, {}), "campaigns")
    by_alias = {
        text(row.get("alias")): text(row.get("phase"))
        for _, row in tables(files.get(SEGMENTS, {}), "segments")
        if not row.get("interests")
    }
    yield from twice(CAMPAIGNS, rows, "key")
    for path, row in rows:
        segment = text(row.get("segment"))
        if segment and by_alias:
            where = (*path, "segment")
            what = "segment of segments.toml"
            yield from unknown(CAMPAIGNS, where, segment, by_alias, what)
        yield from _steps(path, row)
        if by_alias.get(segment) in (Phase.SEE, Phase.THINK):
            yield from _vacancies(path, row)


def _segment(path: Path, row: Mapping[str, Any], shown: list[str]) -> Found:
    if not any(key in row for key in (*_ASKS, "interests")):
        message = f"takes everybody; expected {', '.join(_ASKS)} or interests"
        yield Problem(file=SEGMENTS, path=path, message=message)
    if bool(row.get("interests")) != ("{topic}" in text(row.get("alias"))):
        message = "expected {topic} in it with interests = true, and only then"
        yield Problem(file=SEGMENTS, path=(*path, "alias"), message=message)
    for key, value in _ASKS.items():
        if key in row and shown and value not in shown:
            message = f"no field shows it; expected one with value = {value!r}"
            yield Problem(file=SEGMENTS, path=(*path, key), message=message)


def _spoken(raw: Mapping[str, Any], ours: Mapping[str, Any]) -> Found:
    """Check that a person's word can be told from the other, and from what we say."""
    yes, no = (text(raw.get(key)) for key in ("yes_tag", "no_tag"))
    if yes and yes == no:
        message = f"{no!r} is the yes_tag too"
        yield Problem(file=FIELDS, path=("hand_over", "no_tag"), message=message)
    for key in ("yes_tag", "no_tag"):
        if text(raw.get(key)) in _our_tags(ours):
            message = "that tag is ours: we set and remove it ourselves"
            yield Problem(file=FIELDS, path=("hand_over", key), message=message)


def _our_tags(raw: Mapping[str, Any]) -> frozenset[str]:
    template = text(raw.get("phase_tag")) or "stdc-{phase}"
    phases = (template.replace("{phase}", one.value) for one in Phase)
    return frozenset([*phases, text(raw.get("rising_tag")) or "stdc-rising"])


def _field(path: Path, row: Mapping[str, Any]) -> Found:
    alias, type_, value = (text(row.get(key)) for key in ("alias", "type", "value"))
    if alias in RESERVED:
        message = f"{alias!r} is Mautic's own; expected one like 'stdc_{alias}'"
        yield Problem(file=FIELDS, path=(*path, "alias"), message=message)
    fits = FIELD_VALUES.get(value)
    if fits is not None and type_ and type_ not in fits:
        message = f"expected {' or '.join(sorted(fits))} to show {value!r}"
        yield Problem(file=FIELDS, path=(*path, "type"), message=message)
    if "length" in row and type_ and type_ not in _SIZED:
        message = f"a {type_} field has no length"
        yield Problem(file=FIELDS, path=(*path, "length"), message=message)
    yield from _options(path, row, type_, value)


def _options(path: Path, row: Mapping[str, Any], type_: str, value: str) -> Found:
    if "options" not in row:
        return
    where = (*path, "options")
    if type_ not in ("select", "multiselect"):
        yield Problem(
            file=FIELDS, path=where, message=f"a {type_} field has no options"
        )
    if value not in _NAMED:
        return
    what, names = _NAMED[value]
    options = table(row, "options")
    for name in names:
        if name not in options:
            message = f"{name!r} is missing: Mautic empties what is no option"
            yield Problem(file=FIELDS, path=where, message=message)
    for option in options:
        yield from unknown(FIELDS, (*where, option), option, names, what)


def _steps(path: Path, row: Mapping[str, Any]) -> Found:
    rows = [((*path, *inner), step) for inner, step in tables(row, "steps")]
    yield from twice(CAMPAIGNS, rows, "name")
    above: list[str] = []
    for inner, step in rows:
        if after := text(step.get("after")):
            where, what = (*inner, "after"), "earlier step of this campaign"
            yield from unknown(CAMPAIGNS, where, after, above, what)
        above.append(text(step.get("name")))
    if row.get("steps") == []:
        message = "expected at least one step: Mautic keeps no campaign without"
        yield Problem(file=CAMPAIGNS, path=(*path, "steps"), message=message)


def _vacancies(path: Path, row: Mapping[str, Any]) -> Found:
    for inner, words in _strings(row):
        if found := _VACANCY.search(words):
            message = f"{found.group()!r}: in See and Think not a word of vacancies"
            yield Problem(file=CAMPAIGNS, path=(*path, *inner), message=message)


def _strings(value: Any, path: Path = ()) -> list[tuple[Path, str]]:
    """List every text in a table, at any depth."""
    if isinstance(value, str):
        return [(path, value)]
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    return [one for key, inner in pairs for one in _strings(inner, (*path, key))]


CHECKS = (fields, segments, campaigns)
