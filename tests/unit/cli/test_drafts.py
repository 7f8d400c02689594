"""Drafts from the command line, and what a worker finds when it tries one."""

import json

import pytest

from plugin.mappings import loader
from plugin.mappings.drafts import find
from plugin.mappings.model import Phase
from plugin.pipeline import trials
from plugin.pipeline.what_if import Trial
from tests.unit.cli.test_what_if import people

__all__ = ["people"]


@pytest.fixture
def easier(installed):
    """A draft in which Think begins at three points."""
    assert installed.stdc("mappings", "draft", "easier").exit_code == 0
    path = installed.folder / "mappings/drafts/easier/phases.toml"
    text = path.read_text()
    begin = text.index("[think]")
    think = text[begin:].replace("enter = 10", "enter = 3", 1)
    path.write_text(text[:begin] + think.replace("leave = 5", "leave = 2", 1))
    return path


@pytest.fixture
def draft(installed):
    def draft():
        return find(installed.folder / "mappings", "easier", language="nl")

    return draft


def asked(parts, draft):
    with parts.store.view() as unit:
        return trials.of(unit, draft())


def test_drafts_are_listed_with_what_they_change(installed, easier):
    (told,) = json.loads(installed.stdc("mappings", "drafts", "--json").stdout)
    assert (told["name"], told["changed"]) == ("easier", ["phases.toml"])

    easier.write_text(easier.read_text().replace("enter = 3", "enter = 1", 1))
    listed = installed.stdc("mappings", "drafts").stdout
    assert "easier/phases.toml:" in listed


def test_publishing_puts_it_to_use_and_the_audit_keeps_who_did(installed, easier):
    before = loader.load(installed.folder / "mappings").version

    told = installed.stdc("mappings", "publish", "easier").stdout

    after = loader.load(installed.folder / "mappings").version
    assert told == f"{before} -> {after}: phases.toml\n"
    audit = json.loads(installed.stdc("audit", "--json").stdout)
    assert audit[0]["action"] == "mappings.published"
    assert audit[0]["detail"]["files"] == ["phases.toml"]
    again = installed.stdc("mappings", "publish", "easier").stdout
    assert "the same as what is in use" in again
    assert easier.exists()


@pytest.mark.usefixtures("easier")
def test_nothing_is_tried_before_somebody_asks(people, draft):
    assert trials.go_on(people) == 0
    assert asked(people, draft) is None


@pytest.mark.usefixtures("easier")
def test_a_worker_finds_what_the_command_finds(people, draft, monkeypatch):
    monkeypatch.setattr(trials, "CHUNK", 2)
    assert trials.ask(people, draft())

    assert trials.go_on(people, limit=3) == 4  # a piece is ended
    half = asked(people, draft)
    assert half.ended_at is None
    assert half.share == pytest.approx(4 / 6)
    trials.go_on(people)

    whole = asked(people, draft)
    assert (whole.share, whole.done) == (1.0, 6)
    expected = Trial(
        before=people.mappings,
        after=draft().mappings,
        as_of=whole.asked_at,
        lang="nl",
        examples=0,
    ).run(people.store)
    assert whole.found == expected
    assert whole.found.edges == {(Phase.SEE, Phase.THINK): 4}
    assert trials.go_on(people) == 0


def test_it_begins_again_when_the_draft_changes_on_the_way(
    people, draft, easier, monkeypatch
):
    monkeypatch.setattr(trials, "CHUNK", 2)
    trials.ask(people, draft())
    trials.go_on(people, limit=1)
    easier.write_text(easier.read_text().replace("enter = 3", "enter = 9", 1))

    trials.go_on(people)

    whole = asked(people, draft)
    assert whole.found.people == 5
    assert whole.is_of(draft(), people.mappings.version)
    assert not whole.is_of(draft(), "another")


def test_a_draft_with_mistakes_is_not_tried(people, draft, easier):
    easier.write_text("think = 3")

    assert not trials.ask(people, draft())
    assert asked(people, draft) is None
    assert trials.go_on(people) == 0
