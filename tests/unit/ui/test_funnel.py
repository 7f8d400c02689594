"""The funnel counts, finds, and tells what is stuck; it never writes."""

import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.ui import funnel

JORIS = ((60, "hears", "Zero trust"), (55, "visits", "Een"), (54, "visits", "Twee"))


class Table(HTMLParser):
    """Reads the body rows of one table, cell by cell."""

    def __init__(self, text, which):
        super().__init__()
        self.rows = []
        self._in = False
        start = text.index(f'<table class="{which}"')
        self.feed(text[start : text.index("</table>", start)])

    def handle_starttag(self, tag, _attrs):
        if tag == "tbody":
            self._in = True
        elif tag == "tr" and self._in:
            self.rows.append([])
        elif tag in ("td", "th") and self._in:
            self.rows[-1].append("")

    def handle_data(self, data):
        if self._in and self.rows and self.rows[-1]:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


def people(client, query=""):
    text = client.get(f"/{query}").text
    return [] if 'class="people"' not in text else Table(text, "people").rows


def names(client, query=""):
    return [row[0].split(" ")[0] for row in people(client, query)]


def test_it_counts_the_people_of_each_phase(looker):
    rows = Table(looker.get("/").text, "funnel").rows

    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("See", "25", "71%"),
        ("Think", "8", "23%"),
        ("Do", "1", "3%"),
        ("Care", "1", "3%"),
    ]


def test_without_anybody_it_says_so(admin):
    text = admin.get("/").text

    assert "Er is nog niemand" in text
    assert "Er zit niets vast" in text
    assert [row[2] for row in Table(text, "funnel").rows] == ["0"] * 4


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=sanne", ["Sanne"]),
        ("?q=SANNE+vries", ["Sanne"]),
        ("?q=joris.bakker@example", ["Joris"]),
        ("?q=12", ["Lezer"]),
        ("?phase=do", ["Fatima"]),
        ("?phase=do&q=sanne", []),
        ("?phase=nonsense&q=anna", ["Anna"]),
        ("?q=%25", []),
        ("?q=%00anna", ["Anna"]),
        ("?q=anna&page=2", []),
        ("?q=anna&page=-5", ["Anna"]),
        ("?q=anna&page=x", ["Anna"]),
        ("?q=anna&page=99999999999999999999999", []),
    ],
)
def test_it_finds_people(looker, query, found):
    assert names(looker, query) == found
    if not found:
        assert "Niemand gevonden" in looker.get(f"/{query}").text


def test_people_without_name_and_address_can_be_left_out(looker):
    assert "contact" in names(looker, "?phase=see&q=5")
    assert "contact" not in names(looker, "?phase=see&q=5&known=1")


def test_who_did_nothing_yet_is_listed_without_a_score(looker):
    (row,) = people(looker, "?q=niets")

    assert row[1:] == ["nog geen score", "", ""]


@pytest.mark.parametrize(
    ("query", "count"), [("?known=1", 35), ("?q=example&known=1", 35), ("?", 36)]
)
def test_leafing_shows_everybody_once_and_keeps_the_question(looker, query, count):
    address, seen = f"/{query}", []
    while address:
        text = looker.get(address).text
        seen += [row[0] for row in Table(text, "people").rows]
        later = re.search(r'href="([^"#]+)#people" rel="next"', text)
        address = unescape(later[1]) if later else None
        assert address is None or query.strip("?") in address.replace("page=2&", "")

    assert len(seen) == len(set(seen)) == count


def test_a_full_page_tells_how_many_there_are(looker):
    assert "1 tot en met 25 van 36" in looker.get("/").text
    assert "26 tot en met 36 van 36" in looker.get("/?page=2").text


def test_the_latest_moves_are_told_without_everybodys_start(here, admin):
    here.settle(2, "Joris Bakker", *JORIS, (53, "downloads", "Data"))
    here.settle(3, "Nieuw Hier", (1, "reads", "Iets"))
    here.now -= timedelta(days=45)

    text = admin.get("/").text
    moved = text[text.index("Onlangs bewogen") : text.index('id="part-people"')]

    assert "Joris Bakker" in moved
    assert "Nieuw Hier" not in moved
    assert "klikte door op Data" in moved


def test_moves_of_long_ago_are_not_lately(here, admin):
    here.settle(2, "Joris Bakker", *JORIS)

    assert "bewoog niemand" in admin.get("/").text


def test_what_needs_a_person_is_named_with_what_to_do(looker):
    text = looker.get("/").text

    assert "stdc inbox list" in text
    assert "the address is that of two applicants" in text
    assert re.search(r"stdc outbox retry \d+", text)
    assert "overdracht" in text


def test_looking_at_the_funnel_writes_nothing(town_of_many, looker):
    before = town_of_many.parts.store.dump_state()
    looker.get("/")
    looker.get("/?q=anna&phase=think&known=1&page=2")

    assert town_of_many.parts.store.dump_state() == before


def test_the_number_of_queries_does_not_grow_with_the_people(here, admin, statements):
    def asked():
        statements.clear()
        admin.get("/")
        return len(statements)

    for number in range(1, 4):
        settle_mover(here, number)
    few = asked()
    for number in range(4, 24):
        settle_mover(here, number)

    assert asked() == few
    assert few <= 18


def settle_mover(here, number):
    acts = [(3, "visits", "Een"), (2, "visits", "Twee"), (1, "downloads", "Drie")]
    here.settle(number, f"Denker {number}", *acts)
    assert here.phase(number) is Phase.THINK


def test_a_move_up_is_told_from_a_move_down(here):
    here.settle(2, "Joris Bakker", *JORIS, (53, "downloads", "Data"))
    with here.parts.store.view() as unit:
        moves = [one for one in unit.people.moves(2) if one.cause is not Cause.STARTED]

    assert [(one.after, mover(one).is_up) for one in moves] == [
        (Phase.THINK, True),
        (Phase.SEE, False),
    ]


def mover(move):
    return funnel.Moved(person_id=2, name="", move=move)


def test_it_is_narrowed_to_an_interest_and_keeps_that(looker):
    everybody = len(people(looker))
    text = looker.get("/?interest=cloud").text
    found = people(looker, "?interest=cloud")

    assert 0 <= len(found) < everybody
    assert 'name="interest" value="cloud"' in text
    assert "interest=cloud" in text.split('<table class="funnel"')[1]
    assert 'href="/"' in text


@pytest.mark.parametrize(
    "query", ["?owner=x", "?owner=-1", "?audience=%00", "?owner=9"]
)
def test_what_narrows_to_nothing_is_no_mistake(looker, query):
    assert looker.get(f"/{query}").status_code == 200


def test_who_went_where_is_drawn_and_told(looker):
    text = looker.get("/?lang=en").text
    start = text.index('id="part-flows"')
    section = unescape(text[start : text.index("</section>", start)])

    assert section.count("<path") == section.count("<tr><td>") > 2
    assert "new" in section


def test_how_they_came_adds_up_to_who_came_in_four_weeks(looker, town_of_many):
    text = looker.get("/?lang=en").text
    start = text.index('id="part-inflow"')
    section = text[start : text.index("</section>", start)]
    counts = re.findall(r'<td class="number">(\d+)</td>', section)
    with town_of_many.parts.store.view() as unit:
        since = (town_of_many.now - funnel.LATELY).date()
        came = sum(one.people for one in unit.turns.came(since))

    assert sum(map(int, counts)) == came > 0


def test_who_begins_to_move_is_told_with_why(here, admin):
    days = (96, 66, 36, *(day + 0.1 for day in range(9)))
    acts = [(day, "reads", f"Stuk {number}") for number, day in enumerate(days)]
    here.settle(1, "Anna Smit", *acts)
    text = unescape(admin.get("/?lang=en").text)
    start = text.index('id="part-rising"')
    section = text[start : text.index("</section>", start)]

    assert "Anna Smit" in section
    assert "usually 1 in 4 weeks" in section
