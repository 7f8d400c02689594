"""A contact's page tells all of it, adds up, and every look is on record."""

import re
from dataclasses import replace
from html import unescape

import pytest

from webhooks.sources.base import ProfileSeen

SANNE, JORIS, ANNA, FATIMA, VISITOR, SCRIPT, UNSCORED = range(1, 8)


def section(text, name):
    start = text.index(f'id="part-{name}"')
    return unescape(text[start : text.index("</section>", start)])


def cents(text):
    return round(float(text.replace(",", ".").replace("−", "-")) * 100)


@pytest.mark.parametrize("contact", [SANNE, JORIS, ANNA, FATIMA, UNSCORED])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_reasons_add_up_to_the_score(looker, contact, language):
    why = section(looker.get(f"/contacts/{contact}?lang={language}").text, "why")
    points = re.findall(r'<td class="number">(.+?)</td>', why)
    score = points.pop()

    assert sum(map(cents, points)) == cents(score)


def test_the_points_by_phase_and_by_channel_are_the_same_points(looker):
    sources = section(looker.get(f"/contacts/{SANNE}").text, "sources")
    phases, channels = sources.split("</table>")[:2]

    def total(text):
        return sum(map(cents, re.findall(r'<td class="number">(.+?)</td>', text)))

    assert total(phases) == total(channels) > 0


def test_it_tells_phase_journey_and_what_comes(looker):
    text = unescape(looker.get(f"/contacts/{ANNA}").text)

    assert "klikte door op Data op orde" in text
    assert "Als er niets gebeurt: valt op" in text
    assert section(text, "journey").count("<li>") == 2
    assert "gestippeld" in text


def test_it_leads_to_mautic_and_the_ats(looker):
    text = looker.get(f"/contacts/{SANNE}").text

    assert 'href="https://mautic.example.org/s/contacts/view/1"' in text
    assert 'href="https://odoo.example.org/odoo/applicants/7"' in text
    assert "odoo: aangenomen" in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", None])
def test_only_a_web_address_becomes_a_link(here, admin, url):
    here.settle(1, "Sanne", (1, "reads", "Iets"))
    here.link(1, "hired", url)
    text = admin.get("/contacts/1").text

    assert "odoo: aangenomen" in text
    assert "javascript:" not in text
    assert "data:text" not in text


def test_a_status_without_a_word_is_shown_as_it_came(here, admin):
    here.settle(1, "Sanne", (1, "reads", "Iets"))
    here.link(1, "third interview", None)

    assert "odoo: third interview" in admin.get("/contacts/1").text


def test_a_hand_over_on_its_way_is_told(here, admin):
    here.settle(4, "Fatima", (2, "signs up", "Aanmelden"))

    assert "onderweg naar het ATS" in admin.get("/contacts/4").text


def test_a_hand_over_that_is_stuck_is_told_with_its_reason(looker):
    text = looker.get(f"/contacts/{FATIMA}").text

    assert "iemand moet ernaar kijken" in text
    assert "the address is that of two applicants" in text


def test_a_missing_consent_is_told(here, admin):
    mappings = here.parts.mappings
    consent = replace(mappings.fields.consent, handover_field="gdpr_ok")
    fields = replace(mappings.fields, consent=consent)
    here.parts.mappings = replace(mappings, fields=fields)
    here.settle(4, "Fatima", (2, "signs up", "Aanmelden"))

    assert "de toestemming ontbreekt" in admin.get("/contacts/4").text


def test_names_and_titles_are_only_text(looker):
    text = looker.get(f"/contacts/{SCRIPT}").text

    assert "<script>" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; O&#39;Brien" in text
    assert "&lt;img src=x onerror=alert(2)&gt;" in text
    assert "<b>x</b>" not in text


def test_who_did_nothing_yet_has_a_page(looker):
    text = looker.get(f"/contacts/{UNSCORED}").text

    assert "Niets Gedaan" in text
    assert "Nog niets." in text
    assert "Niets dat punten geeft." in text


def test_a_visitor_without_a_name_is_called_by_their_number(looker):
    assert "contact 5" in looker.get(f"/contacts/{VISITOR}").text


def test_content_that_nobody_classified_shows_no_phase(looker):
    history = section(looker.get(f"/contacts/{ANNA}").text, "history")
    row = next(one for one in history.split("</tr>") if "Elders" in one)

    assert "chip" not in row


def test_a_long_history_is_leafed_through(here, admin):
    acts = [(number / 10, "reads", f"Stuk {number}") for number in range(1, 61)]
    here.settle(1, "Sanne", *acts)
    first, second = (admin.get(f"/contacts/1?page={page}").text for page in (1, 2))

    assert section(first, "history").count("</tr>") - 1 == 50
    assert section(second, "history").count("</tr>") - 1 == 11
    assert "51 tot en met 61 van 61" in second  # with a move
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert "Stuk 1<" in first
    assert "Stuk 60<" in second
    assert "Nog niets." in admin.get("/contacts/1?page=99").text


def test_every_look_is_on_record_and_names_nobody(here, admin):
    here.settle(1, "Sanne de Vries", (1, "reads", "Iets"), email="s@example.com")
    assert here.audited() == []
    admin.get("/contacts/1")
    admin.get("/contacts/1")
    admin.get("/contacts/2")
    admin.get("/")

    assert here.audited() == [("contact.viewed", "contact:1")] * 2


def test_a_stranger_sees_nothing_and_leaves_no_record(here, stranger):
    here.settle(1, "Sanne de Vries", (1, "reads", "Iets"))
    answer = stranger.get("/contacts/1")

    assert "Sanne" not in answer.text
    assert here.audited() == []


def test_who_was_merged_is_shown_as_their_winner(here, admin):
    here.settle(1, "Sanne", (1, "reads", "Iets"))
    here.settle(2, "Sanne", (2, "reads", "Anders"))
    with here.parts.store.unit() as unit:
        unit.people.merge(1, 2, here.now, "same address")

    assert admin.get("/contacts/1").location == "/contacts/2"
    assert here.audited() == []
    assert "Iets" in admin.get("/contacts/2").text


def test_do_not_contact_stands_out(here, admin):
    here.settle(1, "Sanne", (1, "reads", "Iets"))
    told = ProfileSeen(
        contact_id=1,
        seen_at=here.now,
        key="z",
        first_name="Sanne",
        do_not_contact=frozenset({"email"}),
        complete=True,
    )
    with here.parts.store.unit() as unit:
        unit.people.see_profiles([told])

    assert "Niet benaderen via" in admin.get("/contacts/1").text


def test_the_number_of_queries_does_not_grow_with_the_history(here, admin, statements):
    def asked(contact):
        statements.clear()
        assert admin.get(f"/contacts/{contact}").status_code == 200
        return len(statements)

    here.settle(1, "Sanne", (1, "reads", "Iets"))
    acts = [(number / 10, "reads", f"Stuk {number}") for number in range(1, 61)]
    here.settle(2, "Joris", *acts)

    assert asked(1) == asked(2) <= 17


def test_several_links_are_all_shown(here, admin):
    here.settle(1, "Sanne", (1, "reads", "Iets"))
    here.link(1, "active", None)
    with here.parts.store.unit() as unit:
        link = unit.links.of_person(1)[0]
        unit.links.put(replace(link, connection="other", status="rejected"))
    text = admin.get("/contacts/1").text

    assert "odoo: in gesprek" in text
    assert "other: afgewezen" in text
