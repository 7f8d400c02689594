"""What editors know of the mapping files is what we check them by, and is current."""

import json
import tomllib
from datetime import date, time

import jsonschema
import pytest

from plugin.cli.folder import EXAMPLE, write_folder
from plugin.config.fields import Section, Told
from plugin.mappings import editors
from tests.golden.build import MAPPINGS

FILES = sorted(MAPPINGS.rglob("*.toml"))


def as_editors_read(value):
    """TOML as an editor's schema sees it: dates and times are texts."""
    match value:
        case dict():
            return {key: as_editors_read(one) for key, one in value.items()}
        case list():
            return [as_editors_read(one) for one in value]
        case date() | time():
            return value.isoformat()
        case _:
            return value


def directive(path):
    first, _, _ = path.read_text().partition("\n")
    kind, _, target = first.partition(" ")
    assert kind == "#:schema"
    return path.parent / target


def test_what_lies_there_is_current():
    there = {one.name: one.read_text() for one in (MAPPINGS / "schemas").iterdir()}

    assert there == editors.texts(), "write them anew with: make schemas"


@pytest.mark.parametrize("name", editors.documents())
def test_each_is_a_json_schema(name):
    jsonschema.Draft7Validator.check_schema(editors.documents()[name])


@pytest.mark.parametrize("path", [*FILES, EXAMPLE], ids=lambda path: path.name)
def test_what_we_ship_fits_the_schema_it_names(path):
    schema = json.loads(directive(path).read_text())
    raw = tomllib.loads(path.read_text())

    jsonschema.Draft7Validator(schema).validate(as_editors_read(raw))


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("scoring.json", {"rules": [{"id": "a", "ponts": 3}]}),
        ("scoring.json", {"rules": [], "damping_hours": -1}),
        ("phases.json", {"think": {"enter": 1, "leave": 0.5}}),
        ("fields.json", {"fields": [], "phase_tag": "without"}),
        ("segments.json", {"segments": [{"alias": "A b"}]}),
        ("content.json", {"topics": {"a": {"de": "nein"}}}),
        ("config.json", {"mautic": {"client_secret": "in the open"}}),
    ],
)
def test_mistakes_are_underlined(name, raw):
    validator = jsonschema.Draft7Validator(editors.documents()[name])

    assert not validator.is_valid(raw)


def every_kind(kind):
    return {kind}.union(*(every_kind(one) for one in kind.__subclasses__()))


def test_every_kind_of_value_tells_editors_what_it_is():
    editors.documents()  # imports every schema
    silent = {
        kind.__name__
        for kind in every_kind(Told) - {Told}
        if kind.json_schema is Told.json_schema
    }

    assert silent == set()


def test_every_schema_is_written(tmp_path):
    (tmp_path / "gone.json").write_text("{}")

    editors.write(tmp_path, editors.texts())

    assert {one.name for one in tmp_path.iterdir()} == set(editors.documents())


def test_what_cannot_be_told_is_refused():
    class Odd(Section):
        class Meta:
            include = {"what": __import__("marshmallow").fields.Raw()}  # noqa: RUF012

    with pytest.raises(TypeError, match="Raw cannot be told"):
        Odd().json_schema()


def test_init_brings_them_and_keeps_them_new(tmp_path):
    list(write_folder(tmp_path))
    schema = tmp_path / "mappings" / "schemas" / "scoring.json"
    schema.write_text("{}")
    edited = tmp_path / "mappings" / "scoring.toml"
    edited.write_text(edited.read_text() + "# mine\n")

    written = {one.path: one.kept for one in write_folder(tmp_path)}

    assert schema.read_text() == editors.texts()["scoring.json"]
    assert not written[schema]
    assert written[edited]
    assert edited.read_text().endswith("# mine\n")
    assert directive(tmp_path / "config.toml").exists()
    assert all(
        directive(one).exists() for one in (tmp_path / "mappings").rglob("*.toml")
    )
