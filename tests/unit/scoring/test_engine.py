"""Points, worked out by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.mappings.model import Channel, Phase
from plugin.scoring.engine import score
from tests.golden.build import History, day, shipped


def scored(history, as_of, mappings=None, **profile):
    person = history.person(**profile)
    return score(person, mappings or shipped(), history.catalogue, as_of=as_of)


def visits(*rows, category="think-security"):
    history = History()
    for number, name in rows:
        history.add(number, "visits", name, category=category)
    return history


def test_a_fresh_visit_gives_its_points():
    found = scored(visits((1, "Hackathon")), day(1))

    assert (found.centipoints, found.by_phase) == (300, {Phase.THINK: 300})


def test_after_a_half_life_half_is_left():
    assert scored(visits((1, "Hackathon")), day(15)).centipoints == 150


def test_before_it_happened_it_gives_nothing():
    assert scored(visits((1, "Hackathon")), day(0.9)).centipoints == 0


def test_a_repeat_counts_half_and_then_a_quarter():
    once = timedelta(0)
    history = History()
    for seconds in (0, 60, 120):
        history.add(1, "visits", "Hackathon", category="think", seconds=seconds)

    found = scored(history, day(1) + timedelta(seconds=120) + once)

    assert found.centipoints == 525


def test_the_next_day_it_counts_in_full_again():
    found = scored(visits((1, "Hackathon"), (2, "Hackathon")), day(2))

    assert found.centipoints == round(300 * 2 ** (-1 / 14)) + 300


def test_a_rule_never_gives_more_than_its_cap_per_phase():
    rows = [(1, f"Pagina {number}") for number in range(20)]

    assert scored(visits(*rows), day(1)).centipoints == 2000


def test_a_cap_is_shared_by_the_channels():
    history = visits(*((1, f"Pagina {number}") for number in range(15)))
    for number in range(5):
        name = f"Bericht {number}"
        history.add(1, "visits", name, category="think", utm={"medium": "social"})

    found = scored(history, day(1))

    assert found.by_channel == {Channel.SITE: 1500, Channel.SOCIAL: 500}


@pytest.mark.parametrize(
    ("utm", "referrer", "channel"),
    [
        ({}, None, Channel.SITE),
        ({"medium": "CPC"}, None, Channel.SOCIAL),
        ({"medium": "qr"}, None, Channel.EVENT),
        ({"medium": "magazine"}, None, Channel.MAGAZINE),
        ({}, "https://www.linkedin.com/feed/", Channel.SOCIAL),
        ({}, "https://notlinkedin.example/feed/", Channel.SITE),
    ],
)
def test_channels(utm, referrer, channel):
    history = History()
    event = history.add(1, "visits", "Hackathon", category="think", utm=utm)
    history.events[-1] = replace(event, referrer=referrer)

    assert list(scored(history, day(1)).by_channel) == [channel]


def test_what_led_there_by_mail_is_mail():
    history = History()
    history.add(1, "visits", "Hackathon", category="think", by="Doe mee")

    assert list(scored(history, day(1)).by_channel) == [Channel.MAIL]


def test_what_nobody_classified_is_counted_as_left_out():
    found = scored(visits((1, "Over ons"), category=""), day(1))

    assert (found.centipoints, found.left_out) == (0, {"unclassified": 1})


def test_without_consent_nothing_counts():
    fields = shipped().fields
    asked = replace(
        shipped(),
        fields=replace(fields, consent=replace(fields.consent, profiling_field="ja")),
    )
    history = visits((1, "Hackathon"))

    assert scored(history, day(1), asked).left_out == {"no-consent": 1}
    assert scored(history, day(1), asked, fields={"ja": "0"}).centipoints == 0
    assert scored(history, day(1), asked, fields={"ja": "1"}).centipoints == 300


def test_interests_are_shares_of_ones_own_points():
    history = visits((1, "Een"), (1, "Twee"), (1, "Drie"))
    history.add(1, "visits", "Vier", category="think-cloud")

    found = scored(history, day(1))

    assert [(one.topic, one.affinity) for one in found.interests] == [
        ("security", 0.75),
        ("cloud", 0.25),
    ]


def test_an_interest_fades_away():
    assert scored(visits((1, "Een")), day(60)).interests == ()


def test_sessions_are_apart_by_a_pause():
    found = scored(visits((1, "Een"), (1.01, "Twee"), (2, "Drie")), day(3))

    assert found.sessions == 2


def test_a_visit_in_between_joins_two_sessions():
    minutes = 25 / (24 * 60)
    history = visits((1, "Een"), (1 + 2 * minutes, "Drie"), (1 + minutes, "Twee"))

    assert scored(history, day(3)).sessions == 1


def test_a_reason_names_the_newest_content():
    found = scored(visits(*((n, f"Pagina {n}") for n in (1, 2, 3, 4))), day(5))

    (reason,) = found.reasons
    assert (reason.count, reason.last_at) == (4, day(4))
    assert reason.content == ("Pagina 4", "Pagina 3", "Pagina 2")


def test_the_score_shown_is_never_zero_nor_above_a_hundred():
    history = History()
    assert scored(history, day(1)).shown == 1
    for number in range(60):
        for place, category in enumerate(("see", "think", "do")):
            history.add(1, "visits", f"{category} {number}", category=category)
            link = f"{category}/{number}"
            mail = f"Mail {category} {number}"
            seconds = 60 * number + 20 * place
            history.add(1, "clicks", link, by=mail, category=category, seconds=seconds)

    assert scored(history, day(2)).shown == 100
