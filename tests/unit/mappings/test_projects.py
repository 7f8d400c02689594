"""The project calendar: what it may say, and what it may not."""

import shutil
from datetime import date

import pytest

from plugin.errors import Misconfigured
from plugin.mappings import loader
from tests.golden.build import MAPPINGS

CALENDAR = """
answer_field = "beschikbaar_vanaf"
sign_days = 60

[[projects]]
id = "bank"
name = "Cloudmigratie"
topic = "cloud"
start = "2027-03"
place = "Utrecht"
hours = 36
urls = ["*/projecten/bank*"]
"""


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(MAPPINGS, tmp_path / "mappings")
    return tmp_path / "mappings"


def load(folder, text):
    (folder / "projects.toml").write_text(text)
    return loader.load(folder).projects


def test_a_calendar_is_read(folder):
    found = load(folder, CALENDAR)

    (project,) = found.projects
    assert project.start == date(2027, 3, 1)
    assert project.label == "Cloudmigratie (Utrecht, 36h)"
    assert found.answer_field == "beschikbaar_vanaf"
    assert found.sign_days == 60


def test_there_need_be_none(folder):
    (folder / "projects.toml").unlink()

    assert loader.load(folder).projects.projects == ()


def test_the_example_in_the_file_we_ship_is_right(folder):
    lines = (MAPPINGS / "projects.toml").read_text().splitlines()
    example = [one.removeprefix("#   ") for one in lines if one.startswith("#   ")]
    start = example.index("[[projects]]")

    assert len(load(folder, "\n".join(example[start:])).projects) == 1


MISTAKES = [
    ('start = "2027-03"', 'start = "2027-13"', 'expected a month, as in "2027-03"'),
    ('start = "2027-03"', 'begin = "2027-03"', "projects[0].start: missing"),
    ('topic = "cloud"', 'topic = "clowd"', "did you mean 'cloud'?"),
    ("hours = 36", "hours = 360", "found 360, expected a number from 1 to 60"),
    ("urls = [", "# urls = [", "nobody can be seen looking at it"),
    ("sign_days = 60", "sign_day = 60", "did you mean 'sign_days'?"),
    ("sign_days = 60", "sign_days = 0", "sign_days: found 0, expected a number from 1"),
    ('"beschikbaar_vanaf"', '"Beschikbaar vanaf"', "expected a field's alias"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_mistake(folder, old, new, said):
    with pytest.raises(Misconfigured) as caught:
        load(folder, CALENDAR.replace(old, new))

    assert any(
        one.startswith("projects.toml:") and said in one
        for one in caught.value.problems
    ), caught.value.problems


def test_two_projects_of_one_name(folder):
    twice = CALENDAR + CALENDAR[CALENDAR.index("[[projects]]") :]

    with pytest.raises(Misconfigured) as caught:
        load(folder, twice)

    assert "'bank' is the id of an earlier table too" in caught.value.problems[0]
