"""Every path of a document gets a place, and the place is the right one."""

import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.config.toml_positions import positions

DOCUMENT = '''\
# a comment with [brackets] and key = "value"
title = "x" # trailing
"quoted key" . inner = 1

[mautic]
url = "https://example.org/[not]#a-table"
secrets = [ # first
  "a,b]", # second = no key
  'c',
]

[ats.odoo]
nested = { "a.b" = [1, { deep = true }], c = 1979-05-27 07:32:00 }

[[rules]]
id = "first"
text = """
[fake]
id = "\\"\\"\\" no key"
ends in quotes"""""

  [[rules.steps]]
  name = \'\'\'it\'s'\'\'\'

  [[rules.steps]]
  name = "two"

[[rules]]
id = "second"
[rules.extra]
on = true
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("title",), (2, 1)),
        (("quoted key",), (3, 1)),
        (("quoted key", "inner"), (3, 16)),
        (("mautic",), (5, 2)),
        (("mautic", "url"), (6, 1)),
        (("mautic", "secrets", 0), (8, 3)),
        (("mautic", "secrets", 1), (9, 3)),
        (("ats",), (12, 2)),
        (("ats", "odoo"), (12, 6)),
        (("ats", "odoo", "nested", "a.b"), (13, 12)),
        (("ats", "odoo", "nested", "a.b", 1, "deep"), (13, 26)),
        (("rules",), (15, 3)),
        (("rules", 0), (15, 3)),
        (("rules", 0, "id"), (16, 1)),
        (("rules", 0, "steps", 1, "name"), (26, 3)),
        (("rules", 1), (28, 3)),
        (("rules", 1, "extra", "on"), (31, 1)),
    ],
)
def test_a_place_is_where_a_person_would_look(path, place):
    assert positions(DOCUMENT)[path] == place


def test_every_path_has_a_place_and_no_other_has():
    assert set(positions(DOCUMENT)) == set(paths(tomllib.loads(DOCUMENT)))


def test_windows_line_ends_change_no_place():
    windows = DOCUMENT.replace("\n", "\r\n")

    assert positions(windows) == positions(DOCUMENT)


def test_a_table_named_like_its_parent_is_not_mistaken_for_it():
    text = "[[a]]\n[[a.a]]\n[[a.a]]\nx = 1\n[[a]]\n[[a.a]]\nx = 2\n"

    assert set(positions(text)) == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize("text", ["=", "a", "a =", "[a", "a = [1", "a = {b", "a = ]"])
def test_what_is_no_toml_is_refused(text):
    with pytest.raises(ValueError, match="no valid TOML"):
        positions(text)


def paths(value, path=()):
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


# Documents, written in every way TOML knows --------------------------------------

TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C"])
    | st.sampled_from("\"'\\#[]{}=.,\n"),
    max_size=8,
)
SCALAR = (
    TEXT
    | st.integers(-5, 99)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.just(dt.UTC)).map(
        lambda one: one.replace(microsecond=0)
    )
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT, inner, max_size=3)
        | st.lists(st.dictionaries(TEXT, inner, max_size=2), min_size=1, max_size=2)
    ),
    max_leaves=12,
)


class Writer:
    """Writes a value as TOML, drawing each choice of form."""

    def __init__(self, draw):
        self.draw = draw

    def key(self, key):
        if key and key.isascii() and key.replace("-", "").replace("_", "").isalnum():
            return self.draw(st.sampled_from([key, self.basic(key)]))
        return self.basic(key)

    def basic(self, text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'

    def text(self, text):
        forms = [self.basic(text)]
        forms.append('"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""')
        if "'" not in text:
            forms.append(f"'''\n{text}'''")
            if "\n" not in text:
                forms.append(f"'{text}'")
        return self.draw(st.sampled_from(forms))

    def value(self, value):
        match value:
            case str():
                return self.text(value)
            case bool():
                return str(value).lower()
            case list():
                return self.array(value)
            case dict():
                pairs = [f"{self.key(k)} = {self.inline(v)}" for k, v in value.items()]
                return "{ " + ", ".join(pairs) + " }"
            case dt.date():
                return value.isoformat()
            case _:
                return repr(value)

    def inline(self, value):
        # A line end inside an inline table is TOML 1.1: only within its strings.
        return self.value(value)

    def array(self, value):
        gap = self.draw(st.sampled_from([" ", "\n", " # note ]\n  "]))
        end = "," if value and self.draw(st.booleans()) else ""
        return "[" + gap + ("," + gap).join(map(self.value, value)) + end + gap + "]"

    def table(self, path, table):
        lines, later = [], []
        for key, value in table.items():
            inner = (*path, key)
            if isinstance(value, dict) and self.draw(st.booleans()):
                later.append(self.header("[{}]", inner) + self.table(inner, value))
            elif self.is_tables(value) and self.draw(st.booleans()):
                later.extend(
                    self.header("[[{}]]", inner) + self.table(inner, one)
                    for one in value
                )
            else:
                lines.append(f"{self.key(key)} = {self.value(value)} # = [x]\n")
        return "".join(lines + later)

    def is_tables(self, value):
        return (
            isinstance(value, list)
            and bool(value)
            and all(isinstance(one, dict) for one in value)
        )

    def header(self, form, path):
        return form.format(" . ".join(map(self.key, path))) + "\n"


@st.composite
def documents(draw):
    value = draw(st.dictionaries(TEXT, VALUE, max_size=5))
    return Writer(draw).table((), value), value


@given(documents())
def test_any_document_has_a_place_for_each_path_and_the_key_stands_there(document):
    text, value = document
    assert tomllib.loads(text) == value

    found = positions(text)

    assert set(found) == set(paths(value))
    lines = text.split("\n")
    for path, (line, column) in found.items():
        if isinstance(path[-1], str):
            assert written_key(lines[line - 1][column - 1 :]) == path[-1]


def written_key(rest):
    """Read the key that the rest of a line starts with."""
    if rest.startswith('"'):
        end = next(
            i for i in range(1, len(rest)) if rest[i] == '"' and not escaped(rest, i)
        )
        return tomllib.loads(f"key = {rest[: end + 1]}")["key"]
    return rest.split(" ")[0].split("]")[0]


def escaped(text, index):
    slashes = 0
    while text[index - 1 - slashes] == "\\":
        slashes += 1
    return slashes % 2 == 1
