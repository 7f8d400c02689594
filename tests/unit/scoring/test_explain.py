"""Items that add up, in two languages."""

import json

import pytest

from plugin.phases.decide import decide
from plugin.phases.model import Cause
from plugin.scoring.explain import explain
from plugin.scoring.words import _WORDS, LANGUAGES, Words
from tests.golden.build import History, day, shipped
from webhooks.events import EventType


def explained(history, number, lang="nl", **profile):
    person = history.person(**profile)
    decision = decide(person, shipped(), history.catalogue, as_of=day(number))
    return explain(decision, person, shipped(), history.catalogue, lang)


@pytest.fixture
def history():
    told = History()
    told.add(1, "visits", "Podcast", category="see-security")
    told.add(3, "clicks", "hackathon", by="Doe mee", category="think-security")
    told.add(5, "downloads", "Whitepaper", category="think-security")
    return told


def test_the_text_as_a_recruiter_reads_it(history):
    told = explained(history, 6, first_name="Sanne", last_name="de Vries")

    assert told.as_text() == (
        "Sanne de Vries is in Think sinds 6 januari, score 12.\n"
        "Waarom: klikte door op Whitepaper.\n"
        "    5,71  Think, site  1× iets gedownload (Whitepaper), laatst 6 januari\n"
        "    4,31  Think, mail  1× doorgeklikt uit een e-mail (Doe mee), "
        "laatst 4 januari\n"
        "    2,34  See, site    1× een pagina bezocht (Podcast), laatst 2 januari\n"
        "   -0,36               afronding op hele punten\n"
        "   12     = score\n"
        "Interesses: Security (100%).\n"
        "Als er niets gebeurt: valt op 5 februari terug naar See."
    )


def test_the_same_in_english(history):
    text = explained(history, 6, "en").as_text()

    assert text.startswith("Contact 1 is in Think since 6 January, score 12.\n")
    assert "    5.71  Think, site  downloaded 1× (Whitepaper)" in text
    assert text.endswith("If nothing happens: falls back to See on 5 February.")


def test_json_has_it_all(history):
    told = json.loads(json.dumps(explained(history, 6).as_json()))

    assert sum(item["centipoints"] for item in told["items"]) == 1200
    assert told["mapping_version"] == shipped().version
    assert told["since"] == "2026-01-06T09:00:00+00:00"


def test_who_did_nothing():
    told = explained(History(), 1)

    assert [item.centipoints for item in told.items] == [100]
    assert "niet onder 1" in told.items[0].text


def test_above_a_hundred_a_line_says_so():
    told = History()
    for number in range(30):
        for category in ("see", "think", "do"):
            told.add(1, "visits", f"{category} {number}", category=category)
            told.add(1, "downloads", f"{category} {number}", category=category)
    items = explained(told, 1).items

    assert sum(item.centipoints for item in items) == 10_000
    assert items[-1].text == "de getoonde score gaat niet boven 100"


def test_what_was_left_out_is_told():
    told = History()
    told.add(1, "visits", "Over ons")
    told.add(1, "visits", "Blog", category="see", agent="AhrefsBot/7.0")

    assert explained(told, 2).left_out == (
        "Niet meegeteld: 1 keer een machine (mailscanner of robot), "
        "1 keer op inhoud zonder fase."
    )


def test_a_year_is_told_where_it_is_another():
    assert Words("nl").date(day(0), day(0)) == "1 januari"
    assert Words("en").date(day(0), day(400)) == "1 January 2026"


def test_an_unknown_language_is_english():
    assert Words("de").lang == "en"


def test_languages_have_the_same_words():
    assert len({frozenset(_WORDS[lang]) for lang in LANGUAGES}) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_its_words(lang, cause):
    assert Words(lang).cause(cause, "") != Words(lang).say("score")
    assert "{" not in Words(lang).cause(cause, "iets")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_scored_event_has_its_words(lang):
    for rule in shipped().scoring.rules:
        assert f"rule.{EventType(rule.event).value}" in Words(lang)
