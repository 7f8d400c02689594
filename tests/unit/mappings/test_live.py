"""An edited folder is taken over whole, or not at all."""

import os
import shutil
from dataclasses import dataclass, replace
from functools import partial

import pytest
from structlog.testing import capture_logs

from plugin.errors import Misconfigured
from plugin.mappings import loader
from plugin.mappings.live import Current, LiveMappings
from plugin.mappings.model import Mappings
from tests.golden.build import MAPPINGS, shipped


class Ticks:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(MAPPINGS, tmp_path / "mappings")


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def live(folder, ticks):
    return LiveMappings(folder, partial(loader.load), every=5, ticks=ticks)


def edit(folder, before, after, name="scoring.toml"):
    path = folder / name
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_a_change_is_taken_over_when_it_is_time_to_look(folder, live, ticks):
    edit(folder, "damping_hours = 24", "damping_hours = 12")

    ticks.now = 4.9
    assert live.current().scoring.damping_hours == 24
    ticks.now = 5
    with capture_logs() as logs:
        assert live.current().scoring.damping_hours == 12
    assert [one["event"] for one in logs] == ["mappings.taken_over"]


def test_a_mistake_keeps_the_last_good_and_is_named_once(folder, live, ticks):
    good = live.current()
    edit(folder, "damping_hours = 24", 'damping_hours = "a day"')
    edit(folder, "[think]", "[thinc]", "phases.toml")

    with capture_logs() as logs:
        for ticks.now in (5, 10, 15):
            assert live.current() is good

    (one,) = logs
    assert one["event"] == "mappings.refused"
    assert one["still"] == good.version
    assert len(one["problems"]) >= 2
    assert list(live.problems) == one["problems"]


def test_mending_it_takes_it_over(folder, live, ticks):
    edit(folder, "damping_hours = 24", "damping_hours = -1")
    ticks.now = 5
    live.current()
    edit(folder, "damping_hours = -1", "damping_hours = 6")
    ticks.now = 10

    assert live.current().scoring.damping_hours == 6
    assert live.problems == ()


def test_a_file_that_is_gone_is_a_mistake_like_any_other(folder, live, ticks):
    (folder / "segments.toml").unlink()
    ticks.now = 5

    assert live.current().segments
    assert "segments.toml" in live.problems[0]


def test_a_new_file_for_an_ats_is_a_change(folder, live, ticks):
    source = next((folder / "ats").glob("*.toml"))
    shutil.copy(source, folder / "ats" / "second.toml")
    ticks.now = 5

    assert "second" in live.current().ats


def test_what_is_written_while_it_is_read_waits(folder, ticks):
    def load(directory):
        found = loader.load(directory)
        if ticks.now == 5:
            edit(folder, "damping_hours = 12", "damping_hours = 6")
        return found

    live = LiveMappings(folder, load, every=5, ticks=ticks)
    edit(folder, "damping_hours = 24", "damping_hours = 12")

    ticks.now = 5
    assert live.current().scoring.damping_hours == 24
    ticks.now = 10
    assert live.current().scoring.damping_hours == 6


def test_touching_a_file_changes_nothing(folder, live, ticks):
    before = live.current()
    os.utime(folder / "scoring.toml")
    ticks.now = 5

    with capture_logs() as logs:
        assert live.current() is before
    assert logs == []


def test_a_folder_wrong_from_the_start_is_refused(folder):
    (folder / "scoring.toml").write_text("")

    with pytest.raises(Misconfigured):
        LiveMappings(folder, loader.load)


@dataclass(kw_only=True)
class Holder:
    first: int
    mappings: Current = Current()  # noqa: RUF009 -- a descriptor is no default
    last: int


def test_a_field_holds_mappings_or_asks_for_them():
    other = replace(shipped(), version="other")
    answers: list[Mappings] = [shipped(), other]

    fixed = Holder(first=1, mappings=shipped(), last=2)
    asking = Holder(first=1, mappings=lambda: answers.pop(0), last=2)

    assert fixed.mappings is fixed.mappings is shipped()
    assert [asking.mappings, asking.mappings] == [shipped(), other]
    asking.mappings = other
    assert asking.mappings is other


def test_a_field_must_be_given():
    with pytest.raises(TypeError, match="mappings"):
        Holder(first=1, last=2)
