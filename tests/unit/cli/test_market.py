"""`stdc market` sets the own database beside the market."""

import json
from datetime import timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.store import PersonState

WEEK = timedelta(days=7)


@pytest.fixture
def settled(parts):
    """Three of one audience, one of them of another too; one of none."""
    now = parts.clock()
    told = {
        1: (Phase.SEE, "it-security,", 2, "social"),
        2: (Phase.DO, "it-security,", 1, "site"),
        3: (Phase.CARE, "it-security,legal,", 1, None),
        4: (Phase.SEE, "", 0, "site"),
    }
    with parts.store.unit() as unit:
        unit.people.persons_of(told, now)
        unit.people.save_states(
            {
                who: PersonState(
                    phase=phase,
                    since=now,
                    cause=Cause.SCORE,
                    centipoints=100,
                    audiences=audiences,
                    came_on=now.date() - weeks * WEEK,
                    came_by=channel,
                )
                for who, (phase, audiences, weeks, channel) in told.items()
            }
        )


def lines_of(result):
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("settled")
def test_it_sets_own_people_beside_the_market(installed):
    result = installed.stdc("market")

    lines = lines_of(result)
    assert "Market: 11,600 people who fit; 50.5% latent, 6.8% active; " in result.stdout
    assert "6,646 within reach." in result.stdout
    assert "measured on 2022-09-30." in result.stdout
    assert "That is more than a year ago: count it anew." in result.stdout
    # 5858 latent and 788 active make 6646
    assert [
        "latent",
        "(See,",
        "Think)",
        "1",
        "50.0%",
        "5,858",
        "88.1%",
        "0.0%",
    ] in lines
    assert ["active", "(Do)", "1", "50.0%", "788", "11.9%", "0.1%"] in lines
    assert ["Care", "1", "33.3%"] in lines
    assert "Fill in [audiences.market] under" in result.stdout
    assert "Also in another audience: 1 person." in result.stdout
    assert "In no audience" in result.stdout
    assert "counted once: 4 people; in several audiences" in result.stdout


@pytest.mark.usefixtures("settled")
def test_it_says_how_people_came_and_which_channels_brought_nobody(installed):
    result = installed.stdc("market", "--audience", "it-security", "--weeks", 3)

    assert result.exit_code == 0, result.output
    rows = [line for line in result.stdout.splitlines() if line.startswith("20")]
    assert len(rows) == 3
    # site, mail, magazine, social, event, not known, together
    assert rows[0].split()[1:] == ["0", "0", "0", "1", "0", "0", "1"]
    assert rows[1].split()[1:] == ["1", "0", "0", "0", "0", "1", "2"]
    assert "(not complete)" in rows[2]
    assert "over the complete weeks: 1.5." in result.stdout
    assert "brought nobody in these weeks: mail, magazine." in result.stdout
    assert "Rhythm: See every 21 days; " in result.stdout
    assert "In no audience" not in result.stdout


def test_what_is_assumed_is_told_with_its_source(installed):
    result = installed.stdc("market", "--audience", "legal")

    lines = [" ".join(line) for line in lines_of(result)]
    own = "from Do to hire 10.0% 60 days audiences.toml: own estimate"
    assert any(line.startswith(own) for line in lines)
    published = "from See to Think 9.8% 60 days published: staffing outreach"
    assert any(line.startswith(published) for line in lines)


@pytest.mark.usefixtures("settled")
def test_scripts_get_json(installed):
    told = json.loads(installed.stdc("market", "--weeks", 2, "--json").stdout)

    assert (told["people"], told["shared"]) == (4, 1)
    it, legal = told["audiences"]
    assert (it["audience"], it["people"], it["market"]["size"]) == (
        "it-security",
        3,
        11600,
    )
    assert [one["people"] for one in it["weeks"]] == [2, 0]
    assert (legal["market"], legal["coverage"]) == (None, None)
    assert told["outside"]["people"] == 1


def test_more_people_than_the_market_has_are_told(installed, settled):
    del settled
    audiences = installed.folder / "mappings" / "audiences.toml"
    audiences.write_text(audiences.read_text().replace("size = 11_600", "size = 2"))

    result = installed.stdc("market", "--audience", "it-security")

    assert "There are more people of your own than the market has" in result.stdout


def test_without_audiences_it_says_so(installed):
    (installed.folder / "mappings" / "audiences.toml").write_text("")

    result = installed.stdc("market")

    assert result.exit_code == 0, result.output
    assert "audiences.toml names no audience." in result.stdout


def test_an_audience_that_is_not_there_is_named(installed):
    result = installed.stdc("market", "--audience", "leegal")

    assert result.exit_code == 1
    assert "did you mean 'legal'" in result.output
