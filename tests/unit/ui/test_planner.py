"""The planner's page answers what is asked, and says what it cannot answer."""

from datetime import date

import pytest

from plugin.ui.charts import HEIGHT, fan


def test_it_answers_for_everybody_at_once(looker):
    page = looker.get("/planner?hires=3&by=2027-11-30&lang=en").text

    assert "3 hires by 30 November 2027" in page
    assert "everybody" in page
    assert '<svg class="fan"' in page


def test_an_audience_brings_its_market(looker):
    page = looker.get(
        "/planner?hires=24&by=2027-06-30&audience=it-security&lang=en"
    ).text

    assert "11,600" in page
    assert "headfirst.group" in page
    assert 'value="it-security" selected' in page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?hires=x&by=yesterday&audience=nobody&certainty=lots",
        "?hires=-3&certainty=400",
        "?hires=99999999999999999999&by=9999-12-31",
        "?by=2027-01-01&audience=%00",
    ],
)
def test_nothing_that_is_asked_breaks_it(looker, query):
    assert looker.get(f"/planner{query}").status_code == 200


def test_a_day_that_has_passed_is_said_at_the_field(looker):
    page = looker.get("/planner?by=2020-01-01&lang=en").text

    assert "That day has passed." in page
    assert 'aria-invalid="true"' in page


def test_dutch_is_spoken_too(looker):
    assert "aannames" in looker.get("/planner?lang=nl").text


def test_a_fan_is_drawn_within_its_canvas():
    days = [date(2026, 11, 23), date(2026, 12, 23), date(2027, 1, 22)]
    drawn = fan([(day, n, n + 2, n + 5) for n, day in enumerate(days)], goal=4)

    assert drawn.most == 7
    assert drawn.goal == pytest.approx(HEIGHT * 3 / 7)
    assert drawn.middle == "M0.00 35.71L50.00 28.57L100.00 21.43"
    assert drawn.band.startswith("M0.00 14.29L50.00 7.14L100.00 0.00L100.00 35.71")


def test_one_day_is_no_line():
    assert fan([(date(2026, 11, 23), 0, 0, 0)], goal=4) is None
