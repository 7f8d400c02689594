"""Drafts: whole copies that nobody takes for the policy until they are published."""

import shutil

import pytest

from plugin.errors import Misconfigured
from plugin.mappings import loader
from plugin.mappings.drafts import begin, drafts, find, publish
from tests.golden.build import MAPPINGS


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(MAPPINGS, tmp_path / "mappings")


def edit(folder, before="damping_hours = 24", after="damping_hours = 12"):
    path = folder / "scoring.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def one(folder, name="try"):
    return find(folder, name, language="nl")


def test_a_new_draft_says_what_is_in_use_and_changes_nothing(folder):
    before = loader.load(folder)

    copy = begin(folder, "try")

    assert loader.load(copy) == before
    assert loader.load(folder) == before
    assert one(folder).mappings == before
    assert [draft.name for draft in drafts(folder, language="nl")] == ["try"]
    edit(copy)
    assert loader.load(folder) == before


def test_a_published_draft_is_in_use_as_a_whole(folder):
    edit(begin(folder, "try"))
    added = one(folder).folder / "ats" / "another.toml"
    shutil.copyfile(next((folder / "ats").glob("*.toml")), added)
    wanted = loader.load(one(folder).folder)

    changed = publish(folder, one(folder))

    assert changed == ("ats/another.toml", "scoring.toml")
    assert loader.load(folder).version == wanted.version
    assert publish(folder, one(folder)) == ()
    assert not list(folder.glob(".*"))


def test_what_a_draft_leaves_out_is_gone_when_it_is_published(folder):
    begin(folder, "try")
    (one(folder).folder / "lint.toml").unlink()

    assert publish(folder, one(folder)) == ("lint.toml",)
    assert not (folder / "lint.toml").exists()


def test_with_a_mistake_nothing_changes_and_each_is_named(folder):
    copy = begin(folder, "try")
    before = loader.load(folder).version
    edit(copy, after='damping_hours = "long"')

    found = one(folder)

    assert found.mappings is None
    assert any("scoring.toml" in problem for problem in found.problems)
    with pytest.raises(Misconfigured, match="has mistakes") as refused:
        publish(folder, found)
    assert refused.value.problems == tuple(found.problems)
    assert loader.load(folder).version == before


@pytest.mark.parametrize("name", ["", "..", "a/b", "Übung", "-x", "x" * 42, ".hidden"])
def test_a_name_leads_nowhere_else(folder, name):
    with pytest.raises(Misconfigured, match="no name"):
        begin(folder, name)
    with pytest.raises(Misconfigured, match="no name"):
        one(folder, name)


def test_nobody_s_work_is_overwritten(folder):
    edit(begin(folder, "try"))

    with pytest.raises(Misconfigured, match="already"):
        begin(folder, "try")

    assert "damping_hours = 12" in (folder / "drafts/try/scoring.toml").read_text()


def test_who_asks_for_one_that_is_not_there_hears_which_are(folder):
    begin(folder, "try")

    with pytest.raises(Misconfigured, match="no draft 'other'") as refused:
        one(folder, "other")

    assert refused.value.problems == ("there are: try",)
