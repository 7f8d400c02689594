"""Whether e-mails still do what they did: verdicts and causes."""

from random import Random

import pytest

from plugin.content.causes import Cause, causes, clock
from plugin.content.health import STAYS, Verdict, health
from tests.support.newsletters import drawn, mailing, week


def judged(rows, category_of=lambda _: None):
    return {one.content: one for one in health(rows, category_of)}


def steady(weeks=12, **given):
    return [mailing(number, 200, **given) for number in range(weeks)]


def fallen(at=12, weeks=3, clicked=120, **given):
    return [mailing(at + number, clicked, **given) for number in range(weeks)]


def only(rows):
    (one,) = judged(rows).values()
    return one


def test_what_is_as_it_was_is_well():
    one = only(steady())

    assert one.verdict is Verdict.WELL
    assert one.usual.share == one.since.share == 0.1
    assert one.causes == ()
    assert one.fell_on is None


def test_what_fell_is_found_with_the_week_in_which_it_did():
    one = only([*steady(), *fallen()])

    assert one.verdict is Verdict.ALARM
    assert one.fell_on == week(12)
    assert one.change == pytest.approx(-0.4)
    assert one.causes[0].cause is Cause.UNKNOWN


@pytest.mark.parametrize("rows", [steady(1), steady(3, sent=40)[:1], fallen(0, 2)])
def test_without_a_history_nothing_can_be_told(rows):
    assert only(rows).verdict is Verdict.TOO_LITTLE


def test_a_fall_by_a_fifth_is_never_called_well():
    rng = Random(5)
    verdicts = []
    for _ in range(60):
        rows = [mailing(number, drawn(rng, 500, 0.1), sent=500) for number in range(8)]
        rows += [mailing(8 + n, drawn(rng, 500, 0.08), sent=500) for n in range(3)]
        verdicts.append(only(rows).verdict)

    assert verdicts.count(Verdict.WELL) <= 3
    assert Verdict.TOO_LITTLE in verdicts


def test_who_looks_every_week_is_hardly_ever_alarmed_by_chance():
    rng = Random(6)
    alarmed = 0
    for _ in range(40):
        rows = [mailing(number, drawn(rng, 300, 0.1), sent=300) for number in range(20)]
        looks = (only(rows[:upto]).verdict for upto in range(2, 21))
        alarmed += Verdict.ALARM in looks

    assert alarmed <= 2 + 2  # 5 % of 40, and what chance adds


def test_one_audience_that_falls_is_named():
    rows = [
        mailing(number, clicked, sent=1000, audience=audience)
        for number in range(15)
        for audience, clicked in (
            ("it", 100),
            ("law", 100 if number < 12 else 40),
            ("finance", 100),
        )
    ]
    one = only(rows)

    assert (one.verdict, one.audience) == (Verdict.ALARM, "law")
    assert set(one.audiences) == {"it", "law", "finance"}


def test_after_a_while_it_is_what_is_usual():
    late = only([*steady(), *fallen(weeks=STAYS)])
    later = only([*steady(), *fallen(weeks=STAYS + 12)])

    assert late.verdict is Verdict.ALARM
    assert later.verdict is Verdict.WELL
    assert later.usual.share == pytest.approx(0.06, abs=0.04)


def test_a_second_fall_is_found_too():
    one = only([*steady(), *fallen(weeks=14), *fallen(26, clicked=60)])

    assert (one.verdict, one.fell_on) == (Verdict.ALARM, week(26))


def test_a_new_mail_is_compared_with_its_category():
    rows = [
        *(mailing(n, 200, content=f"email:{n}") for n in range(8)),
        mailing(9, 100, content="email:99"),
        mailing(9, 100, content="email:100"),
    ]
    category = {f"email:{n}": "think-cloud" for n in (*range(8), 99)}
    found = judged(rows, category.get)

    assert found["email:99"].verdict is Verdict.ALARM
    assert found["email:99"].compared_with == "think-cloud"
    assert found["email:100"].verdict is Verdict.TOO_LITTLE
    assert found["email:100"].compared_with == ""


def test_alarms_come_first():
    rows = [
        *steady(content="email:1"),
        *steady(content="email:2"),
        *fallen(content="email:2"),
        mailing(1, 5, content="email:3"),
    ]

    assert [one.content for one in health(rows, lambda _: None)] == [
        "email:2",
        "email:1",
        "email:3",
    ]


def names(before, since):
    return [one.cause for one in causes(before, since)]


FEW_OPENS = {"opened": 800}
CASES = {
    Cause.DELIVERABILITY: ({"bounced": 10}, {"bounced": 120}),
    Cause.SCANNER: ({"machines": 20}, {"machines": 400}),
    Cause.MOMENT: ({"hour": 34}, {"hour": 5 * 24 + 22}),
    Cause.SUBJECT: ({"opened": 800}, {"opened": 450}),
    Cause.CONTENT: ({"opened": 800}, {"opened": 790}),
}


@pytest.mark.parametrize("cause", CASES)
def test_what_else_changed_is_named(cause):
    before, since = CASES[cause]
    found = names(
        [mailing(n, 200, **before) for n in range(6)],
        [mailing(n, 110, **since) for n in range(6, 9)],
    )

    assert found[0] is cause


def test_a_mix_that_changed_is_not_the_content():
    """Simpson: each audience clicks as before, but it goes to others."""

    def sent_to(number, it, law):
        return [
            mailing(number, it // 5, sent=it, audience="it"),
            mailing(number, law // 50, sent=law, audience="law"),
        ]

    found = causes(sent_to(1, 1500, 500), sent_to(2, 300, 1700))

    assert found[0].cause is Cause.AUDIENCE
    assert found[0].since == pytest.approx((60 + 34) / 2000)


def test_a_cause_is_told_with_its_figures_in_both_languages():
    before, since = CASES[Cause.SUBJECT]
    (found, *_) = causes([mailing(1, 200, **before)], [mailing(2, 110, **since)])

    assert found.sentence("en").startswith("Subject line: 22.5% open it, 40.0% before")
    assert "22,5% opent hem, eerder 40,0%" in found.sentence("nl")


@pytest.mark.parametrize(
    ("hour", "told"), [(0, "Mon 00:00"), (34, "Tue 10:00"), (167, "Sun 23:00")]
)
def test_hours_of_the_week_have_names(hour, told):
    assert clock(hour) == told
