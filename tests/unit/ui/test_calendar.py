"""The calendar's page: whose turn it is, and what holds back the others."""

import re

import pytest

from tests.support.people import TOKEN, town
from tests.support.readership import settle_readers


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    with town(tmp_path_factory.mktemp("town")) as here:
        settle_readers(here)
        client = here.app().test_client()
        client.post("/sign-in", data={"token": TOKEN})
        yield lambda path: client.get(path).text


def listed(page):
    return [int(one) for one in re.findall(r'href="/contacts/(\d+)"', page)]


def linked(page, label):
    """The address and the count behind a label of a table."""
    row = re.search(
        rf'{label}</th>.*?href="([^"]+)#people">([\d,]+)</a>', page, re.DOTALL
    )
    return row[1].replace("&amp;", "&"), int(row[2])


def test_it_says_who_is_due_and_what_holds_back_others(page_of):
    page = page_of("/calendar?lang=en")

    assert "Due today" in page
    assert '<svg class="turns"' in page
    assert "sunset: no sign of life" in page
    assert "IT security, Randstad" in page


@pytest.mark.parametrize(
    "label",
    [
        "rhythm",
        "wants no mail",
        "no e-mail address",
        "sunset: no sign of life",
        "awake",
    ],
)
def test_each_count_leads_to_as_many_people(page_of, label):
    address, count = linked(page_of("/calendar?lang=en"), label)

    found = [
        one for page in (1, 2, 3) for one in listed(page_of(f"{address}&page={page}"))
    ]

    assert len(found) == len(set(found)) == count


def test_the_day_that_is_asked_for_is_listed(page_of):
    page = page_of("/calendar?lang=en&day=now")

    assert "Due today." in page
    assert listed(page)


def test_one_audience_shows_its_own_rhythm(page_of):
    page = page_of("/calendar?lang=en&audience=legal")

    assert 'value="legal" selected' in page
    assert '<th scope="row">IT security' not in page


@pytest.mark.parametrize(
    "query",
    [
        "?day=yesterday&phase=x&why=y&step=z&audience=nobody",
        "?day=9999-12-31&page=99999",
        "?audience=%00&day=0001-01-01",
    ],
)
def test_nothing_that_is_asked_breaks_it(page_of, query):
    assert "Kalender" in page_of(f"/calendar{query}&lang=nl")


def test_where_nobody_lives_it_says_so(admin):
    page = admin.get("/calendar?lang=en").text

    assert "Nobody becomes due in these weeks." in page
    assert "None that Mautic reported." in page
