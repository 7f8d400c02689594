"""`stdc what-if` says who would move, over a real store, and changes nothing."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from plugin.mappings import loader
from plugin.pipeline.what_if import CHUNK, Trial
from plugin.store import OutboxWrite
from tests.unit.cli.test_contact import Seen
from webhooks.events import ContentKind, ContentRef, Event, EventType

SITE = "https://www.example.org"


def visit(contact_id, page, days_ago, now):
    return Event(
        key=f"hit:{contact_id}:{page}",
        type=EventType.PAGE_VISITED,
        contact_id=contact_id,
        occurred_at=now - timedelta(days=days_ago),
        content=ContentRef(kind=ContentKind.URL, url=f"{SITE}/{page}"),
    )


@pytest.fixture
def people(parts):
    """Six people: four with two hackathon pages, one with blogs, one silent."""
    now = parts.clock()
    events = [
        visit(contact_id, f"hackathon/{page}", page, now)
        for contact_id in (1, 2, 3, 4)
        for page in (1, 2)
    ]
    events += [visit(5, f"blog/{page}", page, now) for page in (1, 2)]
    with parts.store.unit() as unit:
        unit.history.append(events, now)
        for contact_id in range(1, 7):
            unit.people.see_profile(Seen(contact_id, f"p{contact_id}@example.org"))
    return parts


@pytest.fixture
def easier(installed):
    """The mappings in use, but Think begins at three points."""
    folder = installed.folder / "try"
    shutil.copytree(installed.folder / "mappings", folder)
    text = (folder / "phases.toml").read_text()
    begin = text.index("[think]")
    think = text[begin:].replace("enter = 10", "enter = 3", 1)
    think = think.replace("leave = 5", "leave = 2", 1)
    (folder / "phases.toml").write_text(text[:begin] + think)
    return folder


@pytest.mark.usefixtures("people")
def test_who_would_move_and_why(installed, easier):
    result = installed.stdc("what-if", "--mappings", easier, "--lang", "en")

    assert result.exit_code == 0, result.output
    assert "4 of 5 people would move, 0 scores would change." in result.stdout
    assert "See -> Think: 4" in result.stdout
    assert "1  Anna Bakker\n  now     6  See since" in result.stdout
    assert "  then    6  Think since" in result.stdout


@pytest.mark.usefixtures("people")
def test_a_script_can_read_it(installed, easier):
    result = installed.stdc(
        "what-if", "--mappings", easier, "--json", "--examples", "2"
    )

    found = json.loads(result.stdout)
    assert found["edges"] == [{"before": "see", "after": "think", "people": 4}]
    assert found["people"] == 5
    assert found["phases"][1] == {"phase": "think", "before": 0, "after": 4}
    assert [one["contact_id"] for one in found["examples"]] == [1, 2]
    assert found["mappings"]["before"] != found["mappings"]["after"]


def test_nothing_is_written(people, installed, easier):
    with people.store.unit() as unit:
        unit.outbox.put(
            OutboxWrite(destination="mautic", kind="note", payload={}, key="k")
        )
    before = people.store.dump_state()

    result = installed.stdc("what-if", "--mappings", easier)

    assert result.exit_code == 0
    assert people.store.dump_state() == before


@pytest.mark.usefixtures("people")
def test_the_same_mappings_move_nobody(installed):
    result = installed.stdc("what-if", "--mappings", installed.folder / "mappings")

    assert "0 of 5 people would move" in result.stdout


@pytest.mark.usefixtures("people")
def test_every_mistake_in_the_folder_is_named(installed, easier):
    (easier / "scoring.toml").write_text("rules = 3")

    result = installed.stdc("what-if", "--mappings", easier)

    assert result.exit_code == 1
    assert "scoring.toml:1:1" in result.stderr


def test_everybody_is_seen_once_whatever_the_pieces(parts):
    many = 2 * CHUNK + 3
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with parts.store.unit() as unit:
        unit.history.append([visit(n, "blog", 1, now) for n in range(1, many + 1)], now)
        unit.people.persons_of(range(1, many + 1), now)
    done = []
    trial = Trial(before=parts.mappings, after=parts.mappings, as_of=now, lang="nl")

    found = trial.run(parts.store, done.append)

    assert found.people == sum(done) == many
    assert len(done) == 3


def test_examples_are_no_more_than_asked_for(people, easier):
    trial = Trial(
        before=loader.load(easier),
        after=people.mappings,
        as_of=people.clock(),
        lang="en",
        examples=3,
    )
    found = trial.run(people.store)

    assert [one.contact_id for one in found.examples(9)] == [1, 2, 3]
    assert found.moved == 4
