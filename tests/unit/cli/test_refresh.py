"""Edited mappings: everybody is decided about again, in pieces, without a restart."""

import pytest

from plugin.mappings.model import Phase
from plugin.pipeline.refresh import CHUNK, notice, refresh
from tests.unit.cli.test_what_if import visit


@pytest.fixture
def people(parts):
    """More people than one piece holds, each with two hackathon pages."""
    now = parts.clock()
    many = range(1, CHUNK + 4)
    with parts.store.unit() as unit:
        for contact_id in many:
            pages = [visit(contact_id, f"hackathon/{one}", one, now) for one in (1, 2)]
            unit.history.append(pages, now)
        unit.people.persons_of(many, now)
    refresh(parts)
    return many


def phases(parts):
    with parts.store.view() as unit:
        return {phase: n for phase, n in unit.people.counts_by_phase().items() if n}


def easier(parts):
    path = parts.settings.mappings / "phases.toml"
    text = path.read_text().replace("enter = 10", "enter = 3", 1)
    path.write_text(text.replace("leave = 5", "leave = 2", 1))


def test_an_edit_moves_everybody_whom_it_concerns(installed, parts, people):
    assert phases(parts) == {Phase.SEE: len(people)}
    easier(parts)
    with_edit = installed.session().parts

    assert refresh(with_edit) == len(people)
    assert phases(parts) == {Phase.THINK: len(people)}
    with parts.store.view() as unit:
        versions = {one.mapping_version for one in unit.people.states(people).values()}
    assert versions == {with_edit.mappings.version}


@pytest.mark.usefixtures("people")
def test_once_done_nobody_is_touched_again(parts):
    assert refresh(parts) == 0
    assert not notice(parts)


def test_a_pass_takes_no_more_than_it_may_and_the_next_goes_on(installed, people):
    easier(installed.session().parts)
    parts = installed.session().parts

    assert refresh(parts, limit=CHUNK + 1) == CHUNK + 1
    assert refresh(parts) == 2
    assert phases(parts) == {Phase.THINK: len(people)}


def test_a_pass_ends_when_the_process_is_to_end(parts, people):
    with parts.store.unit() as unit:
        unit.people.mark_all_dirty()
    parts.stopping = lambda: True

    assert refresh(parts) == 0


def test_who_has_done_nothing_is_not_decided_about_for_ever(parts):
    with parts.store.unit() as unit:
        unit.people.persons_of([5], parts.clock())

    assert refresh(parts) == 1
    assert refresh(parts) == 0
