"""Each score knows its mappings, and the store knows what they said."""

import json
import os

import pytest

from plugin import bootstrap
from plugin.errors import Misconfigured
from plugin.pipeline import heartbeat
from plugin.pipeline.refresh import refresh
from plugin.pipeline.takeover import Takeover
from tests.unit.cli.test_what_if import people

__all__ = ["people"]


def edit(installed, before="damping_hours = 24", after="damping_hours = 12"):
    path = installed.folder / "mappings" / "scoring.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    os.utime(path, (2_000_000_000, 2_000_000_000))


@pytest.fixture
def twice(people, installed):
    """Everybody judged by two versions, one after the other."""
    refresh(people)
    edit(installed)
    session = installed.session()
    refresh(session.parts)
    yield people.mappings.version, session.parts.mappings.version
    session.close()


def test_each_version_is_listed_with_when_who_and_what(twice, installed):
    first, second = twice

    found = json.loads(installed.stdc("mappings", "list", "--json").stdout)

    assert [one["version"] for one in found] == [second, first]
    assert found[0]["changed"] == ["scoring.toml"]
    assert "scoring.toml" in found[1]["changed"]
    assert found[0]["edited_at"] == "2033-05-18T03:33:20+00:00"
    assert found[0]["edited_by"]
    assert [one["people"] for one in found] == [5, 0]
    assert found[1]["first_used_at"] <= found[0]["first_used_at"]


@pytest.mark.usefixtures("twice")
def test_people_can_read_it(installed):
    lines = installed.stdc("mappings", "list").stdout.splitlines()

    assert lines[0].split()[:3] == ["version", "used", "since"]
    assert lines[1].endswith("scoring.toml")
    assert lines[2].endswith("the first")


def test_what_changed_can_be_read(twice, installed):
    first, second = twice

    found = installed.stdc("mappings", "diff", second[:6]).stdout
    back = installed.stdc("mappings", "diff", first, second).stdout

    assert "-damping_hours = 24" in found
    assert "+damping_hours = 12" in found
    assert "+damping_hours = 24" in back


@pytest.mark.usefixtures("twice")
def test_an_unknown_version_is_told(installed):
    result = installed.stdc("mappings", "diff", "zzz")

    assert result.exit_code == 1
    assert "stdc mappings list" in result.stderr


def test_a_version_is_kept_as_it_first_was(people):
    now, mappings = people.clock(), people.mappings
    with people.store.unit() as unit:
        assert unit.rules.note(mappings.version, mappings.origin, now)
        assert not unit.rules.note(mappings.version, mappings.origin, people.clock())
        (kept,) = unit.rules.all()

    assert kept.first_used_at == now
    assert kept.origin.texts["phases.toml"].startswith("#:schema")
    assert set(kept.origin.texts) == set(kept.changed)


def test_every_score_s_version_is_in_the_history(twice, people):
    with people.store.view() as unit:
        known = {one.version for one in unit.rules.all()}
        judged = set(unit.figures.mapping_versions())

    assert judged <= known == set(twice)


class Ticking:
    """An installation whose mappings are looked at whenever somebody asks."""

    def __init__(self, parts):
        self.rejudged = 0
        self.parts = parts
        self.takeover = Takeover(parts, self.count)

    def count(self):
        self.rejudged += 1

    def beat(self):
        with self.parts.store.view() as unit:
            return heartbeat.last_beat(unit)


@pytest.fixture
def ticking(installed):
    parts = bootstrap.build(installed.session().settings, look_seconds=0)
    found = Ticking(parts)
    assert found.takeover.look()
    assert found.beat().mappings == parts.mappings.version
    assert found.rejudged == 1
    found.rejudged = 0
    yield found
    parts.store.close()


def test_a_change_has_everybody_judged_again(ticking, installed):
    assert not ticking.takeover.look()
    edit(installed)

    assert ticking.takeover.look()
    assert ticking.rejudged == 1
    assert ticking.beat().mappings == ticking.parts.mappings.version
    assert not ticking.takeover.look()


def test_a_mistake_is_told_and_nobody_is_judged(ticking, installed):
    good = ticking.parts.mappings.version
    edit(installed, after="damping_hours = -1")

    assert ticking.takeover.look()
    assert ticking.rejudged == 0
    assert ticking.beat().mappings == good
    assert "damping_hours" in ticking.beat().refused[0]

    edit(installed, "damping_hours = -1", "damping_hours = 6")
    assert ticking.takeover.look()
    assert ticking.rejudged == 1
    assert ticking.beat().refused == ()


def test_doctor_says_which_version_goes_on(ticking, installed):
    good = ticking.parts.mappings.version
    edit(installed, after="damping_hours = -1")
    ticking.takeover.look()

    result = installed.stdc("doctor", "--json")

    checks = json.loads(result.stdout)["checks"]
    (found,) = [one for one in checks if one["name"] == "mappings"]
    assert f"the worker goes on with version {good}" in found["says"]
    assert "scoring.toml" in found["says"]


def test_a_connection_follows_its_mapping(installed):
    folder = installed.folder
    text = installed.config.read_text()
    installed.config.write_text(
        text + '\n[ats.odoo]\nkind = "odoo"\nurl = "http://127.0.0.1:9"\n'
        'secret = "file:secrets/client_secret"\ndatabase = "d"\nlogin = "l"\n'
    )
    parts = bootstrap.build(installed.session().settings, look_seconds=0)
    before = parts.connectors["odoo"]
    assert parts.connectors["odoo"] is before
    path = folder / "mappings" / "ats" / "odoo.toml"
    path.write_text(
        path.read_text().replace("hired_stages = []", 'hired_stages = ["Placed"]')
    )

    after = parts.connectors["odoo"]

    assert after is not before
    assert parts.connectors["odoo"] is after
    assert parts.mappings.ats["odoo"].hired_stages == {"Placed"}
    assert (list(parts.connectors), len(parts.connectors)) == (["odoo"], 1)
    parts.store.close()


def test_a_broken_folder_is_refused_at_the_start(installed):
    edit(installed, after="damping_hours = -1")

    with pytest.raises(Misconfigured):
        _ = installed.session().parts
