"""What came of each e-mail to one person."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.content.outcomes import outcomes
from plugin.history.model import Person
from tests.golden.build import BROWSER, shipped
from webhooks.events import ContentKind, ContentRef, Event, EventType

SENT = datetime(2026, 11, 3, 9, tzinfo=UTC)
NOW = SENT + timedelta(days=20)
SCANNER = "python-requests/2.31"
MAIL = ContentRef(kind=ContentKind.EMAIL, id="5", name="Nieuwsbrief")


def event(type_, hours, *, mail=True, number=0, **given):
    given.setdefault("content", MAIL if mail else None)
    return Event(
        key=f"{type_}:{hours}:{number}",
        type=type_,
        contact_id=7,
        occurred_at=SENT + timedelta(hours=hours),
        **given,
    )


def sent(days=0, mail=MAIL):
    return event(EventType.EMAIL_SENT, 24 * days, content=mail)


def click(hours, agent=BROWSER):
    page = ContentRef(kind=ContentKind.URL, url="https://www.example.org/blog/x")
    return event(
        EventType.EMAIL_CLICKED, hours, content=page, via=MAIL, user_agent=agent
    )


def opened(hours):
    return event(EventType.EMAIL_OPENED, hours)


def left(hours, new):
    data = {"channel": "email", "old": "contactable", "new": new}
    return event(EventType.SUBSCRIPTION_CHANGED, hours, mail=False, data=data)


def came(*events, as_of=NOW):
    ordered = tuple(sorted(events, key=lambda one: one.occurred_at))
    person = Person(id=7, contact_id=7, events=ordered)
    return list(outcomes(person, shipped(), as_of))


def test_a_click_of_a_person_counts():
    (one,) = came(sent(), opened(2), click(2.1))

    assert (one.content, one.name) == ("email:5", "Nieuwsbrief")
    assert (one.clicked, one.machine, one.opened, one.proxied) == (1, 0, 1, 0)


def test_a_click_of_a_machine_is_told_apart():
    (one,) = came(sent(), click(0.1, SCANNER))

    assert (one.clicked, one.machine) == (False, True)


def test_who_clicks_after_their_scanner_clicked():
    (one,) = came(sent(), click(0.01, SCANNER), click(5))

    assert (one.clicked, one.machine) == (True, False)


def test_only_what_comes_in_time_counts():
    (one,) = came(sent(), opened(73), click(73))

    assert not one.clicked
    assert not one.opened


def test_a_mailbox_that_opens_by_itself_tells_nothing():
    first, second = came(sent(), sent(7), opened(0.001), opened(7 * 24 + 5))

    assert (first.proxied, second.proxied) == (True, True)
    assert not second.opened


def test_what_was_sent_just_now_waits():
    assert came(sent(), as_of=SENT + timedelta(hours=71)) == []
    assert len(came(sent(), as_of=SENT + timedelta(hours=72))) == 1


@pytest.mark.parametrize("how", ["bounced", "unsubscribed", "complained"])
def test_leaving_is_laid_at_the_last_mail_before(how):
    first, second = came(sent(), sent(2), left(50, how))

    assert not getattr(first, how)
    assert getattr(second, how)


@pytest.mark.parametrize("hours", [-1, 7 * 24 + 1])
def test_nobody_leaves_for_a_mail_they_did_not_have_or_long_ago(hours):
    (one,) = came(sent(), left(hours, "unsubscribed"))

    assert not one.unsubscribed


def test_a_return_and_another_channel_are_no_leaving():
    sms = event(
        EventType.SUBSCRIPTION_CHANGED,
        3,
        mail=False,
        data={"channel": "sms", "new": "unsubscribed"},
    )
    (one,) = came(sent(), left(2, "contactable"), sms)

    assert not one.unsubscribed


def test_a_click_in_another_mail_is_none_in_this_one():
    other = ContentRef(kind=ContentKind.EMAIL, id="6", name="Andere")
    found = came(sent(), sent(0.01, other), click(3))

    assert {one.content: one.clicked for one in found} == {
        "email:5": True,
        "email:6": False,
    }


def test_who_was_sent_nothing_has_none():
    assert came(click(3)) == []
