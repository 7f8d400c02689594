"""Every key of every mapping file: a wrong type, a wrong range, a missing one.

Made from the schemas, so that a key nobody thought of cannot slip through: each is set
to what it must refuse, in a file that is otherwise right, and the mistake must be told
with file, line and column, what was found and what was expected.
"""

import re
import tomllib
from datetime import date, time
from itertools import pairwise

import pytest
from marshmallow.fields import Nested

from plugin.config.fields import Choice, Flag, Number, Section, Text, Told
from plugin.mappings import loader
from plugin.mappings.kinds import (
    Labelled,
    OneOf,
    Pairs,
    Properties,
    Set,
    Tables,
    Template,
    Texts,
)
from plugin.mappings.problems import Source
from plugin.mappings.schemas_ats import AtsFile
from plugin.mappings.schemas_audiences import Instant, Keyed
from plugin.mappings.schemas_provisioned import EmailNames
from tests.golden.build import MAPPINGS

SCHEMAS = {**loader.FILES, **loader.OPTIONAL, "ats/odoo.toml": AtsFile}
PLACE = re.compile(r"[a-z/]+\.toml:\d+:\d+: ")

#: A right value for what the shipped files leave out, where another table needs it.
EXTRA = {
    ("projects.toml", ("projects",)): [
        {"id": "p", "name": "P", "topic": "cloud", "start": "2027-03", "urls": ["*/p*"]}
    ],
    ("fields.toml", ("consent",)): {},
    ("ats/odoo.toml", ("targets",)): [{"kind": "none"}],
    ("ats/odoo.toml", ("owners",)): [{"ref": "2"}],
}


def toml(value):
    """Write a value as TOML, tables in braces."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return (
                '"'
                + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
                + '"'
            )
        case dict():
            inner = ", ".join(
                f"{toml(key)} = {toml(one)}" for key, one in value.items()
            )
            return "{" + inner + "}"
        case list() | tuple():
            return "[" + ", ".join(map(toml, value)) + "]"
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def lines(raw):
    return "".join(f"{key} = {toml(value)}\n" for key, value in raw.items())


def keys(section, path=()):
    """Yield (path, field) of every key; through the first table of each array."""
    for name, field in section.fields.items():
        here = (*path, name)
        yield here, field
        if isinstance(field, Nested):
            yield from keys(field.schema, here)
        elif isinstance(field, Tables):
            yield from keys(field._inner, (*here, 0))
        elif isinstance(field, Keyed) and isinstance(field._inner, Section):
            yield from keys(field._inner, (*here, "do-hire"))


def wrong(field):  # noqa: C901, PLR0912 -- one case for each kind of value
    """Yield (what is wrong, a value that must be refused)."""
    match field:
        case Number():
            least, most = field._bounds["minimum"], field._bounds["maximum"]
            yield "type", "seven"
            yield "flag", True
            yield "below", least - 1
            yield "above", most + 1
            if field._kinds == (int,):
                yield "fraction", least + 0.5
        case Flag():
            yield "type", "yes"
            yield "number", 1
        case Choice() | OneOf():
            yield "type", 7
            yield "word", "nonsense"
        case Texts():
            yield "type", "plain text"
            yield "empty", {}
            yield "language", {"de": "nein"}
            yield "text", {"nl": 7}
        case Template():
            yield "type", 7
            yield "name", "a {nonsense} in braces"
            yield "brace", "an open {brace"
        case Instant():
            yield "type", "in words"
        case Text():
            yield "type", 7
            if field._pattern.fullmatch("") is None:
                yield "empty", ""
        case Set():
            yield "type", 7
            yield "element", [{}]
        case Tables():
            yield "type", 7
            yield "element", [7]
        case Pairs():
            yield "type", 7
            yield "empty", {}
            yield "element", {"ja": 7}
        case Labelled() | Properties() | Nested() | Keyed() | EmailNames():
            yield "type", 7
        case _:
            raise AssertionError(f"{type(field).__name__}: say here what it refuses")
    if isinstance(field, Keyed):
        yield "key", {"nonsense": 1}


def put(raw, path, value):
    """Set a value deep in a file, making tables that are not there."""
    here = raw
    for step, following in pairwise(path):
        if isinstance(step, int):
            here = here[step]
        else:
            here = here.setdefault(step, [{}] if isinstance(following, int) else {})
    here[path[-1]] = value


def taken_out(raw, path):
    here = raw
    for step in path[:-1]:
        if isinstance(here, dict) and step not in here:
            return False
        here = here[step]
    return here.pop(path[-1], None) is not None


def begun(name):
    raw = tomllib.loads((MAPPINGS / name).read_text())
    for (file, path), value in EXTRA.items():
        if file == name and not raw.get(path[0]):
            put(raw, path, value)
    return raw


def dotted(path):
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return "".join(steps).lstrip(".")


CASES = [
    pytest.param(name, path, value, id=f"{name}-{dotted(path)}-{what}")
    for name, schema in SCHEMAS.items()
    for path, field in keys(schema())
    for what, value in wrong(field)
]

REQUIRED = [
    pytest.param(name, path, id=f"{name}-{dotted(path)}")
    for name, schema in SCHEMAS.items()
    for path, field in keys(schema())
    if field.required
]

TABLES = sorted(
    {
        (name, path[:-1])
        for name, schema in SCHEMAS.items()
        for path, _ in keys(schema())
    },
    key=str,
)


def problems(name, raw):
    """Say what is wrong with one file by itself, as `stdc check` words it."""
    text = lines(raw)
    source = Source(name=name, text=text, raw=tomllib.loads(text))
    return source.lines(loader._validated([source])[1])


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_right_stays_right(name):
    assert problems(name, begun(name)) == []


@pytest.mark.parametrize(("name", "path", "value"), CASES)
def test_what_does_not_fit_is_refused(name, path, value):
    raw = begun(name)
    put(raw, path, value)

    found = problems(name, raw)

    told = [one for one in found if f": {dotted(path)}" in one]
    assert told, found
    assert all(PLACE.match(one) for one in told)
    assert any(
        re.search(r"expected|not a language|nothing we can fill|brace", one)
        for one in told
    ), told


@pytest.mark.parametrize(("name", "path"), REQUIRED)
def test_what_is_missing_is_named(name, path):
    raw = begun(name)
    if not taken_out(raw, path):
        put(raw, path[:-1], {"unknown": 1})

    found = problems(name, raw)

    assert any(f"{dotted(path)}: missing; expected" in one for one in found), found


@pytest.mark.parametrize(
    ("name", "path"), TABLES, ids=lambda value: dotted(value) or "file"
)
def test_an_unknown_key_is_refused_everywhere(name, path):
    raw = begun(name)
    put(raw, (*path, "nonsense_key"), 1)

    found = problems(name, raw)

    where = dotted((*path, "nonsense_key"))
    assert any(f"{where}: not a key we know" in one for one in found), found


def test_there_is_a_case_for_every_kind_of_value():
    fields = [field for schema in SCHEMAS.values() for _, field in keys(schema())]

    assert all(isinstance(one, Told | Nested) for one in fields)
    assert len(CASES) > 3 * len(fields) // 2
