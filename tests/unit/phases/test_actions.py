"""What Mautic shows of a person."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from plugin.mappings.model import FIELD_VALUES, Phase
from plugin.phases.actions import _VALUES, AtsState, NextTouch, note_text, project
from plugin.phases.decide import decide
from plugin.phases.undo import undo
from tests.golden.build import History, day, shipped


@pytest.fixture
def history():
    told = History()
    told.add(1, "visits", "Podcast", category="see-security", utm={"medium": "social"})
    told.add(2, "visits", "Hackathon", category="think-security")
    told.add(3, "submits", "Aanmelden", category="do-aanmelden")
    return told


def projected(history, as_of=None, mappings=None, **more):
    rules = mappings or shipped()
    person = history.person()
    decision = decide(person, rules, history.catalogue, as_of=as_of or day(4))
    values = {"ats": None, "link": None, "lang": "nl"} | more
    return project(decision, person, rules, **values)


def test_every_value_can_be_shown():
    assert set(_VALUES) == set(FIELD_VALUES)


def test_fields_tags_and_stage(history):
    found = projected(history, link="https://stdc.example/contacts/1")

    assert found.stage is Phase.DO
    assert found.tags == {"stdc-do", "interest-security"}
    assert found.fields == {
        "stdc_phase": "do",
        "stdc_phase_since": "2026-01-04 09:00:00",
        "stdc_score": 30,
        "stdc_score_see": 3,
        "stdc_score_think": 3,
        "stdc_score_do": 24,
        "stdc_momentum": "steady",
        "stdc_interests": "Security",
        "stdc_available_from": None,
        "stdc_next_touch_on": None,
        "stdc_next_touch_why": None,
        "stdc_sunset": None,
        "stdc_next_content": None,
        "stdc_next_content_url": None,
        "stdc_channels": "site, social",
        "stdc_reason": (
            "Do sinds 4 januari: heeft zichzelf aangemeld via Aanmelden. 1× zelf "
            "aangemeld (Aanmelden), laatst 4 januari; 1× een pagina bezocht "
            "(Hackathon), laatst 3 januari."
        ),
        "stdc_ats_status": None,
        "stdc_ats_date": None,
        "stdc_ats_link": None,
        "stdc_link": "https://stdc.example/contacts/1",
    }


def test_the_day_they_are_due_is_shown(history):
    due = NextTouch(on=date(2026, 12, 14), why="Every 21 days.", step="slow")

    shown = projected(history, next_touch=due).fields

    assert shown["stdc_next_touch_on"] == "2026-12-14"
    assert shown["stdc_next_touch_why"] == "Every 21 days."
    assert shown["stdc_sunset"] == "slow"


def test_a_score_is_never_written_as_zero():
    fields = projected(History()).fields

    scores = {value for alias, value in fields.items() if "score" in alias}
    assert scores == {1}


def test_the_ats_is_shown(history):
    ats = AtsState(
        connection="odoo",
        status="hired",
        url="https://odoo.example/9",
        changed_at=day(3),
    )

    fields = projected(history, ats=ats).fields

    assert fields["stdc_ats_status"] == "hired"
    assert fields["stdc_ats_date"] == "2026-01-04"
    assert fields["stdc_ats_link"] == "https://odoo.example/9"


def shortened(length):
    changed = tuple(
        replace(one, length=length) if one.value in ("reason", "link") else one
        for one in shipped().fields.fields
    )
    return replace(shipped(), fields=replace(shipped().fields, fields=changed))


def test_a_long_reason_ends_at_a_word(history):
    fields = projected(history, mappings=shortened(30)).fields

    assert fields["stdc_reason"] == "Do sinds 4 januari: heeft…"


def test_half_an_address_is_none(history):
    fields = projected(history, mappings=shortened(20), link="https://e.example/123")

    assert fields.fields["stdc_link"] is None


def test_interests_fit_a_multiselect(history):
    changed = tuple(
        replace(one, type="multiselect") if one.value == "interests" else one
        for one in shipped().fields.fields
    )
    rules = replace(shipped(), fields=replace(shipped().fields, fields=changed))

    assert projected(history, mappings=rules).fields["stdc_interests"] == "security"


def notes(history, lang):
    person = history.person()
    decision = decide(person, shipped(), history.catalogue, as_of=day(4))
    return [
        note_text(
            move,
            decision,
            shipped(),
            lang,
            tipped=partial(undo, decision, person, shipped(), history.catalogue),
        )
        for move in decision.moves
    ]


def test_a_note_for_each_move(history):
    first, second = notes(history, "nl")

    assert first == "STDC: See op 2 januari: kwam in beeld."
    assert second.splitlines()[0] == (
        "STDC: See → Do op 4 januari: heeft zichzelf aangemeld via Aanmelden. Score 30."
    )


def test_notes_speak_english_too(history):
    assert notes(history, "en")[1].startswith("STDC: See → Do on 4 January: signed up")


def test_the_last_note_tells_the_reasons(history):
    assert "1× zelf aangemeld (Aanmelden)" in notes(history, "nl")[1]
