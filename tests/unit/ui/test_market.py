"""The market's page: own people beside the market, and how they come."""

import re
from dataclasses import replace

import pytest

from plugin.mappings.audiences import Market
from plugin.mappings.model import Phase
from plugin.planning.mix import Group, markets
from plugin.ui.market import _pieces
from tests.support.people import NOW, TOKEN, town
from tests.support.readership import settle_readers


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    with town(tmp_path_factory.mktemp("town")) as here:
        settle_readers(here)
        here.settle(1, "Vandaag Gekomen", (0.1, "reads", "Data mesh"))
        yield here


@pytest.fixture(scope="module")
def page_of(crowd):
    client = crowd.app().test_client()
    client.post("/sign-in", data={"token": TOKEN})
    return lambda path: client.get(path).text


@pytest.fixture(scope="module")
def counted(crowd):
    with crowd.parts.store.view() as unit:
        return markets(unit.turns.came(), crowd.parts.mappings.audiences, NOW.date())


def cells(page, part, label):
    """The numbers of a table's row, found by what its head says."""
    section = page[page.index(f'id="part-{part}"') :]
    row = re.search(rf"<tr[^>]*>\s*<th[^>]*>[^\n]*?{label}.*?</tr>", section, re.DOTALL)
    return [
        re.sub(r"<[^>]+>", "", one).strip()
        for one in re.findall(r"<td[^>]*>(.*?)</td>", row[0], re.DOTALL)
    ]


def test_it_sets_own_people_beside_the_market(page_of, counted):
    page = page_of("/market?lang=en")
    it, _ = counted.audiences

    assert 'aria-current="page">Market</a>' in page
    assert cells(page, "overview", "IT security, Randstad")[:2] == [
        str(it.people),
        "6,646",
    ]
    assert it.people > 0
    assert cells(page, "it-security", "latent")[2] == "5,858"
    assert cells(page, "it-security", "active")[2] == "788"
    assert cells(page, "it-security", "See")[1] == str(it.phases[Phase.SEE])
    assert 'href="https://headfirst.group/' in page
    assert "measured more than a year ago" in page


def test_where_no_market_is_filled_in_it_says_where(page_of):
    page = page_of("/market?lang=en&audience=legal")

    assert "Fill in [audiences.market] for legal in mappings/audiences.toml." in page
    assert "measured more than a year ago" not in page


def test_newcomers_stand_by_the_week_with_the_running_one_marked(page_of, counted):
    page = page_of("/market?lang=en")
    it, _ = counted.audiences

    for week in it.weeks:
        row = cells(page, "it-security", f'datetime="{week.begins}"')
        assert row == [str(one) for one in week.channels.values()] + [str(week.people)]
    assert page.count("(not complete yet)") == 3
    assert {one for one, people in it.by_channel.items() if people} == {
        "site",
        "magazine",
        "social",
    }


def test_a_channel_that_is_named_and_brings_nobody_is_told(page_of):
    page = page_of("/market?lang=en")

    assert "Brought nobody in these weeks: mail, event." in re.sub(r"\s+", " ", page)


def test_people_of_no_audience_are_shown(page_of, counted):
    page = page_of("/market?lang=nl")

    people = counted.outside.people
    assert people > 0
    assert f"Geen van hun interesses hoort al bij een doelgroep: {people} " in page
    assert "In geen doelgroep" in page


def test_one_audience_shows_itself_alone(page_of):
    page = page_of("/market?lang=en&audience=legal")

    assert 'value="legal" selected' in page
    assert 'id="part-legal"' in page
    assert 'id="part-it-security"' not in page
    assert 'id="part-none"' not in page


@pytest.mark.parametrize("query", ["?audience=nobody", "?audience=%00", "?audience="])
def test_nothing_that_is_asked_breaks_it(page_of, query):
    assert "In één oogopslag" in page_of(f"/market{query}&lang=nl")


def test_where_nobody_lives_it_says_so(admin):
    page = admin.get("/market?lang=en").text

    assert "Nobody came in these twelve weeks." in page
    assert '<svg class="turns"' not in page


def test_without_audiences_it_says_where_to_name_them(here):
    here.parts = replace(
        here.parts, mappings=replace(here.parts.mappings, audiences={})
    )
    client = here.app().test_client()
    client.post("/sign-in", data={"token": TOKEN})

    assert "No audience is named yet" in client.get("/market?lang=en").text


def test_a_market_that_is_too_small_or_unsaid_is_told(here):
    settle_readers(here)
    audiences = dict(here.parts.mappings.audiences)
    tiny = Market(size=2, latent=0.5, active=0.5, source="<b>counted</b> by hand")
    audiences["legal"] = replace(audiences["legal"], market=tiny, channels=())
    here.parts = replace(
        here.parts, mappings=replace(here.parts.mappings, audiences=audiences)
    )
    client = here.app().test_client()
    client.post("/sign-in", data={"token": TOKEN})
    page = client.get("/market?lang=en&audience=legal").text

    assert "There are more people of your own than the market has" in page
    assert "&lt;b&gt;counted&lt;/b&gt; by hand" in page
    assert "when it was measured is not said" in page
    assert "audiences.toml names no channels for this audience." in page


def test_a_bar_that_lies_down_is_as_wide_as_its_shares():
    pieces = _pieces([(Group.LATENT, 0.25), (Group.ACTIVE, 0.75)])

    assert [(one.x, one.width) for one in pieces] == [(0, 25), (25, 75)]
    assert _pieces([(Group.LATENT, None), (Group.ACTIVE, 0.0)]) == []
