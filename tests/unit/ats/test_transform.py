"""What becomes of a value on its way into a field of an ATS, and what is warned of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.ats import names
from plugin.ats.transform import make
from plugin.mappings.ats import AtsField

VALUES = {
    "firstname": "  Sanne ",
    "lastname": "van den Berg",
    "phone": "",
    "mobile": "06-12 34 56 78",
    "beschikbaar": "2027-03-01 00:00:00",
    "rijbewijs": "Ja",
    "cv": "een twee drie",
    "stdc.reason": "Las over <zero trust>.",
}


def made(**given):
    return make(AtsField(target="x", **given), VALUES)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"source": "firstname"}, "Sanne"),
        ({"source": "nobody"}, ""),
        ({"static": " STDC "}, "STDC"),
        ({"first": ("phone", "mobile")}, "06-12 34 56 78"),
        ({"first": ("phone", "nobody")}, ""),
        ({"template": "{firstname} {lastname}"}, "Sanne van den Berg"),
        ({"template": "{phone} {firstname}"}, "Sanne"),
        ({"template": "tel {phone}"}, ""),
        ({"template": "Waarom: {stdc.reason}"}, "Waarom: Las over <zero trust>."),
        ({"source": "mobile", "transform": ("phone",)}, "+31612345678"),
        ({"source": "lastname", "transform": ("infix",)}, "van den"),
        ({"source": "lastname", "transform": ("surname", "upper")}, "BERG"),
        ({"source": "beschikbaar", "transform": ("date",)}, "2027-03-01"),
        (
            {
                "source": "beschikbaar",
                "transform": ("date",),
                "date_format": "%d-%m-%Y",
            },
            "01-03-2027",
        ),
        ({"source": "rijbewijs", "values": {"ja": "1", "nee": "0"}}, "1"),
        ({"source": "phone", "default": "onbekend"}, "onbekend"),
        ({"source": "rijbewijs", "default": "onbekend"}, "Ja"),
    ],
)
def test_a_value_is_made(given, value):
    assert made(**given).value == value
    assert made(**given).warnings == ()


@pytest.mark.parametrize(
    ("given", "value", "warning"),
    [
        ({"source": "cv", "transform": ("phone",)}, "", "x: no phone number"),
        ({"source": "cv", "transform": ("date",)}, "", "x: no date"),
        ({"source": "cv", "length": 8}, "een twee", "x: 13 characters, cut to 8"),
        ({"source": "cv", "values": {"ja": "1"}}, "", "it is left out"),
        (
            {"source": "cv", "values": {"ja": "1"}, "default": "0"},
            "0",
            "the default is used",
        ),
    ],
)
def test_what_is_lost_is_warned_of_without_the_value(given, value, warning):
    found = made(**given)

    assert found.value == value
    assert warning in found.warnings[0]
    assert "een twee" not in found.warnings[0]


@pytest.mark.parametrize(
    ("typed", "region", "dialled"),
    [
        ("0031 20 123 45 67", "NL", "+31201234567"),
        ("020-1234567", "NL", "+31201234567"),
        ("+32 470 12 34 56", "NL", "+32470123456"),
        ("0470 12 34 56", "BE", "+32470123456"),
        ("(06) 12345678", "NL", "+31612345678"),
    ],
)
def test_phone_numbers_are_written_as_e164(typed, region, dialled):
    field = AtsField(target="x", source="phone", transform=("phone",), region=region)

    assert make(field, {"phone": typed}).value == dialled


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("Sanne van den Berg", ("Sanne", "van den", "Berg")),
        ("de Wit", ("", "de", "Wit")),
        ("van 't Hof-de Groot", ("", "van 't", "Hof-de Groot")),
        ("Bakker", ("", "", "Bakker")),
        ("in den", ("", "in", "den")),
        ("Van der Meer", ("", "Van der", "Meer")),
        ("", ("", "", "")),
    ],
)
def test_a_name_comes_apart(given, parts):
    assert names.split(given) == parts


@given(st.text())
def test_no_part_of_a_name_is_lost(name):
    assert " ".join(filter(None, names.split(name))) == " ".join(name.split())


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("JAN VAN DER MEER-DE WIT", "Jan van der Meer-de Wit"),
        ("sanne de wit", "Sanne de Wit"),
        ("ijsbrand van 't hof", "IJsbrand van 't Hof"),
        ("Sanne McDonald", "Sanne McDonald"),
        ("anne-fleur o'neil", "Anne-Fleur O'neil"),
        ("DE", "De"),
    ],
)
def test_capitals_are_put_where_there_are_all_or_none(typed, written):
    assert names.proper(typed) == written


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"source": "phone"}, "if_empty"),
        ({"first": ("mobile", "phone")}, "if_empty"),
        ({"template": "{firstname} {lastname}"}, "if_empty"),
        ({"source": "phone", "write": "always"}, "always"),
        ({"source": "stdc.reason"}, "always"),
        ({"static": "STDC"}, "always"),
    ],
)
def test_contact_data_is_the_recruiters_unless_the_mapping_says_otherwise(given, rule):
    assert AtsField(target="x", **given).rule == rule
