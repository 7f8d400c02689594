"""Each of Mautic's 14 triggers, from its recording to exactly our event."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support import recordings
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.mautic import MauticSource
from webhooks.sources.mautic_events import TRIGGERS

SOURCE = MauticSource([recordings.SECRET])
RECEIVED = datetime(2026, 11, 30, tzinfo=UTC)
START = datetime(2026, 11, 22, 23, 25, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
)
WELCOME = ContentRef(kind=ContentKind.EMAIL, id="1", name="Welcome")
LANDING = (
    "http://127.0.0.1:8800/landing-1?utm_source=google&utm_medium=cpc"
    "&utm_campaign=brand&utm_term=t&utm_content=c"
)
CONTACT_PAGE = (
    "https://www.example.com/contact?utm_source=formsrc&utm_campaign=formcamp"
)


def at(minutes: int, seconds: int) -> datetime:
    """Say the time of the recording, which began at 23:25."""
    return START + timedelta(minutes=minutes, seconds=seconds)


EXPECTED = {
    "company_post_delete": Event(
        key="company.deleted:05d71b447205abb3bbc540c39c17a232",
        type=EventType.COMPANY_DELETED,
        contact_id=None,
        occurred_at=at(4, 10),
        data={"company": 2, "name": "Acme s.r.o."},
    ),
    "company_post_save": Event(
        key="company.saved:1a4f85677e199a84a37ef3474d530808",
        type=EventType.COMPANY_SAVED,
        contact_id=None,
        occurred_at=at(0, 29),
        data={"company": 2, "name": "Acme s.r.o."},
    ),
    "email_on_open": Event(
        key="open:1:1",
        type=EventType.EMAIL_OPENED,
        contact_id=1,
        occurred_at=at(2, 18),
        content=WELCOME,
        data={
            "tracking_hash": "6b037a27215fd168765866",
            "sent_at": "2026-11-22T23:26:31+00:00",
        },
    ),
    "email_on_send": Event(
        key="sent:6b037a27215fd168765866",
        type=EventType.EMAIL_SENT,
        contact_id=1,
        occurred_at=at(1, 31),
        content=WELCOME,
        data={"tracking_hash": "6b037a27215fd168765866"},
    ),
    "form_on_submit": Event(
        key="form:1",
        type=EventType.FORM_SUBMITTED,
        contact_id=10,
        occurred_at=at(2, 20),
        content=ContentRef(kind=ContentKind.FORM, id="1", name="Contact us"),
        referrer=CONTACT_PAGE,
        utm={"source": "formsrc", "campaign": "formcamp"},
        tracking_id="vxljatayxlhac08di392d3k",
        data={
            "results": {
                "email": "formlead@example.com",
                "f_firstname": "Fay",
                "message": "hello world",
            }
        },
    ),
    "lead_channel_subscription_changed": Event(
        key="dnc:1:manual",
        type=EventType.SUBSCRIPTION_CHANGED,
        contact_id=1,
        occurred_at=at(0, 19),
        data={"channel": "email", "new": "manual"},
    ),
    "lead_company_change": Event(
        key="contact.company-changed:5bc587858ddcc1d88c941efc16c3929c",
        type=EventType.CONTACT_COMPANY_CHANGED,
        contact_id=1,
        occurred_at=at(0, 30),
        data={"company": 1, "name": "Navy", "action": "removed"},
    ),
    "lead_list_change": Event(
        key="contact.segment-changed:f3fbe4b22468af9c90c8f0cb8908a818",
        type=EventType.SEGMENT_CHANGED,
        contact_id=1,
        occurred_at=at(0, 22),
        data={"segment": 1, "alias": "static-seg", "action": "added"},
    ),
    "lead_points_change": Event(
        key="contact.points-changed:7184bae2dc57d1494ec92c7f6b415b4a",
        type=EventType.POINTS_CHANGED,
        contact_id=1,
        occurred_at=at(0, 18),
        data={"old": 11, "new": 16},
    ),
    "lead_post_delete": Event(
        key="deleted:5:2026-11-22T23:29:09+00:00",
        type=EventType.CONTACT_DELETED,
        contact_id=5,
        occurred_at=at(4, 9),
        data={"id": 5},
    ),
    "lead_post_save_new": Event(
        key="identified:1",
        type=EventType.CONTACT_IDENTIFIED,
        contact_id=1,
        occurred_at=at(0, 5),
    ),
    "lead_post_save_update": None,
    "page_on_hit": Event(
        key="hit:2",
        type=EventType.PAGE_VISITED,
        contact_id=1,
        occurred_at=at(2, 19),
        content=ContentRef(
            kind=ContentKind.PAGE, id="1", name="Landing 1", url=LANDING
        ),
        referrer="https://www.google.com/",
        utm={
            "source": "google",
            "medium": "cpc",
            "campaign": "brand",
            "term": "t",
            "content": "c",
        },
        user_agent=CHROME,
        tracking_id="k0t1ek5wqzhmrjx9q3iwbqg",
    ),
    "sms_on_send": Event(
        key="sms.sent:ff2412b4ed855637c882a5541f2335e8",
        type=EventType.SMS_SENT,
        contact_id=14,
        occurred_at=at(15, 21),
        content=ContentRef(kind=ContentKind.SMS, id="1"),
    ),
}


def test_every_trigger_is_recorded_known_and_expected():
    names = recordings.trigger_names()

    assert len(names) == 14
    assert names == sorted(EXPECTED)
    assert [f"mautic.{name}" for name in names] == sorted(TRIGGERS)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_trigger_becomes_exactly_this_event(name):
    parsed = SOURCE.parse(recordings.trigger(name).body, RECEIVED)

    assert parsed.events == ((EXPECTED[name],) if EXPECTED[name] else ())
    assert (parsed.unreadable, parsed.unknown, parsed.is_test) == ((), {}, False)


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name]])
def test_an_event_survives_being_stored_as_json(name):
    (event,) = SOURCE.parse(recordings.trigger(name).body, RECEIVED).events

    assert Event.from_json(event.to_json()) == event


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_all_but_companies_and_deletes_show_the_contact(name):
    parsed = SOURCE.parse(recordings.trigger(name).body, RECEIVED)

    shown = not name.startswith("company_") and name != "lead_post_delete"
    assert len(parsed.profiles) == shown


def test_a_click_in_an_email_is_a_click_on_the_address_it_led_to():
    (event,) = SOURCE.parse(recordings.numbered(195).body, RECEIVED).events

    assert event == Event(
        key="hit:2014",
        type=EventType.EMAIL_CLICKED,
        contact_id=4024,
        occurred_at=datetime(2026, 11, 23, 0, 26, 24, tzinfo=UTC),
        content=ContentRef(
            kind=ContentKind.URL,
            url="http://werk.example/podcast?utm_source=mautic&utm_medium=email&utm_campaign=see",
        ),
        via=ContentRef(kind=ContentKind.EMAIL, id="3", name="Podcast ethisch hacken"),
        utm={"source": "mautic", "medium": "email", "campaign": "see"},
        user_agent=FIREFOX,
        tracking_id="r1xfx15dyeqreux52k8rum2",
        data={"tracking_hash": "6b03882dee17d639402948"},
    )


def test_the_landing_after_a_click_is_a_visit_that_the_email_brought():
    (click,) = SOURCE.parse(recordings.numbered(199).body, RECEIVED).events
    (landing,) = SOURCE.parse(recordings.numbered(203).body, RECEIVED).events

    assert (click.type, click.key) == (EventType.EMAIL_CLICKED, "hit:2017")
    assert (landing.type, landing.key) == (EventType.PAGE_VISITED, "hit:2018")
    assert click.via == landing.via
    assert landing.content == ContentRef(
        kind=ContentKind.PAGE,
        id="2",
        name="Hackathon 24 uur",
        url="http://127.0.0.1:8800/hackathon",  # without the ct of this one person
    )


def test_utm_tags_of_an_email_are_found_although_its_address_has_none():
    (event,) = SOURCE.parse(recordings.numbered(49).body, RECEIVED).events

    assert event.content is not None
    assert event.content.url == "https://example.com/landing?x=1"
    assert event.utm == {
        "source": "news",
        "medium": "email",
        "campaign": "c1",
        "content": "x",
    }


def test_each_opening_of_one_email_has_its_own_key_and_time():
    opened = [
        SOURCE.parse(recordings.numbered(number).body, RECEIVED).events[0]
        for number in (44, 45, 46, 70)
    ]

    assert [event.key for event in opened] == [f"open:1:{n}" for n in (1, 2, 3, 4)]
    assert opened[0].occurred_at == at(2, 18)
    assert opened[3].occurred_at == at(3, 54)  # dateRead is still that of the first


def test_a_page_that_was_not_found_says_so():
    (event,) = SOURCE.parse(recordings.numbered(55).body, RECEIVED).events

    assert event.data == {"code": 404}


def test_a_points_change_that_changes_nothing_is_no_event_but_shows_the_contact():
    parsed = SOURCE.parse(recordings.numbered(210).body, RECEIVED)

    assert parsed.events == ()
    assert [seen.contact_id for seen in parsed.profiles] == [4027]
