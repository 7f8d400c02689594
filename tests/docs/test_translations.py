"""Every text of the pages has its Dutch, and what is compiled is what was written."""

import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

UI = Path(__file__).parents[2] / "plugin" / "ui"
DUTCH = UI / "translations" / "nl" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]


def texts() -> set[str]:
    found = extract_from_dir(
        UI, METHODS, keywords={"_": None, "lazy_gettext": None, "gettext": None}
    )
    return {text for _, _, text, _, _ in found if isinstance(text, str)}


def catalogue():
    with (DUTCH / "messages.po").open("rb") as stream:
        return read_po(stream, locale="nl")


def sentences(found) -> dict[str, str]:
    return {one.id: one.string for one in found if one.id}


def test_every_text_is_translated_and_no_other():
    translated = {one.id: one.string for one in catalogue() if one.id}

    assert set(translated) == texts()
    assert [text for text, dutch in translated.items() if not dutch] == []


def test_placeholders_survive_the_translation():
    for one in catalogue():
        if one.id:
            names = re.findall(r"%\(\w+\)s", one.id)
            assert sorted(re.findall(r"%\(\w+\)s", one.string)) == sorted(names)


def test_what_is_compiled_is_what_was_written():
    compiled = BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    with (DUTCH / "messages.mo").open("rb") as stream:
        kept = read_mo(stream)

    assert sentences(kept) == sentences(read_mo(compiled)), "run: make translations"
