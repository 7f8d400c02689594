"""Both languages say everything, and each in its own way."""

import re
from pathlib import Path

import pytest

from plugin.ats.base import StageKind
from plugin.phases.model import Cause
from plugin.ui import words
from tests.support.people import NOW, TOKEN, town
from webhooks.events import EventType

CSS = Path(words.__file__).parent / "static" / "stdc.css"
#: Pico's own backgrounds, on which ours stand.
PAPER = {"light": "#ffffff", "dark": "#13171f"}


@pytest.fixture(params=["nl", "en"])
def language(request, here):
    """A request in one language."""
    with here.app().test_request_context(f"/?lang={request.param}"):
        yield request.param


def test_everything_that_can_happen_has_a_name(language):
    told = {one: words.happening(one) for one in EventType}

    assert all(told.values())
    # said by the ATS and by Mautic alike
    assert len(set(told.values())) == len(told)


def test_every_stage_of_an_ats_has_a_name(language):
    assert all(words.standing(one) for one in StageKind)
    assert words.standing("interview") == "interview"


def test_every_cause_is_told_with_what_tipped_it(language):
    for cause in Cause:
        assert "odoo" in words.cause(cause, "odoo")
        assert words.cause(cause)


def test_moments_and_numbers_are_written_as_people_there_do(language):
    is_dutch = language == "nl"

    assert words.moment(NOW) == f"23 {'nov' if is_dutch else 'Nov'} 2026 12:00"
    assert words.day(NOW) == f"23 {'nov' if is_dutch else 'Nov'} 2026"
    assert words.number(12345) == ("12.345" if is_dutch else "12,345")
    assert words.points(1250) == ("12,50" if is_dutch else "12.50")


def test_writes_and_where_they_go_have_names(language):
    assert words.place("mautic") == "Mautic"
    assert words.place("ats:odoo") == "odoo"
    assert words.errand("handover") != "handover"
    assert words.errand("something-new") == "something-new"


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://ats.example.org/1", True),
        ("http://127.0.0.1/1", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("//ats.example.org", False),
        ("", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_are_links(url, is_safe):
    assert words.web_address(url) == (url if is_safe else None)


@pytest.mark.parametrize("installed", ["nl", "en"])
def test_the_language_is_the_one_installed_until_another_is_asked_for(
    tmp_path, installed
):
    other = "en" if installed == "nl" else "nl"
    with town(tmp_path, language=installed) as here:
        client = here.app().test_client()
        client.post("/sign-in", data={"token": TOKEN})

        assert spoken(client.get("/")) == installed
        assert spoken(client.get("/?lang=xx")) == installed
        assert spoken(client.get(f"/?lang={other}")) == other
        assert spoken(client.get("/")) == other
        assert spoken(client.get("/nowhere")) == other


def spoken(answer):
    language = re.search(r'<html lang="(\w+)"', answer.text)[1]
    assert answer.headers["Content-Language"] == language
    return language


def test_the_link_to_the_other_language_keeps_the_question_and_no_token(here):
    with here.app().test_request_context("/?q=a+%26+b&lang=nl&token=secret"):
        from plugin.ui.language import in_language  # noqa: PLC0415 -- in a request

        assert in_language("en") == "?q=a+%26+b&lang=en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_can_be_told_from_what_they_stand_on(scheme):
    colours = palette(scheme)
    for ground in (PAPER[scheme], colours["surface"]):
        for name in ("see", "think", "do", "care", "notice"):
            assert contrast(colours[name], ground) >= 4.5, name
        for name in ("edge", "focus"):
            assert contrast(colours[name], ground) >= 3, name


def palette(scheme):
    light, dark = re.findall(r"--see: #.*?\}", CSS.read_text(), flags=re.DOTALL)
    text = light if scheme == "light" else dark
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", text))


def contrast(one, other):
    """Compute WCAG's contrast ratio of two colours."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
