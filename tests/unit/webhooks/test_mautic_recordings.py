"""All 212 recorded requests: each is read whole, in any order, any number of times."""

import random
from collections.abc import Iterable

import pytest

from tests.support import recordings
from tests.support.recordings import Recorded
from webhooks.errors import Malformed
from webhooks.events import Event, EventType
from webhooks.sources.base import Parsed, ProfileSeen
from webhooks.sources.mautic import MauticSource

from .test_mautic_triggers import RECEIVED

SOURCE = MauticSource([recordings.SECRET])


def read(recorded: Iterable[Recorded]) -> list[Parsed]:
    return [SOURCE.parse(one.body, RECEIVED) for one in recorded]


def events(*numbers: int) -> list[Event]:
    parsed = read(recordings.numbered(number) for number in numbers)
    return [event for one in parsed for event in one.events]


def kept(deliveries: Iterable[Parsed]) -> dict[str, Event]:
    """Keep events as history does: at most once per key, the first one wins."""
    history: dict[str, Event] = {}
    for parsed in deliveries:
        for event in parsed.events:
            history.setdefault(event.key, event)
    return history


def latest(deliveries: Iterable[Parsed]) -> dict[tuple[int, bool], ProfileSeen]:
    """Keep the latest picture of each contact, whole ones and partial ones apart."""
    newest: dict[tuple[int, bool], ProfileSeen] = {}
    for seen in (seen for parsed in deliveries for seen in parsed.profiles):
        for register in {seen.complete, False}:
            have = newest.get((seen.contact_id, register))
            if have is None or (seen.seen_at, seen.key) > (have.seen_at, have.key):
                newest[seen.contact_id, register] = seen
    return newest


def test_there_are_212():
    assert len(recordings.sequence()) == 212
    assert len(recordings.of_the_hook()) == 210


@pytest.mark.parametrize("recorded", recordings.of_the_hook(), ids=lambda one: one.name)
def test_nothing_in_a_recording_is_unreadable_or_unknown(recorded):
    parsed = SOURCE.parse(recorded.body, RECEIVED)

    assert (parsed.unreadable, parsed.unknown, parsed.is_test) == ((), {}, False)
    assert parsed.events or parsed.profiles


@pytest.mark.parametrize("name", sorted(recordings.CAMPAIGN_ACTIONS))
def test_a_campaigns_own_webhook_is_no_delivery(name):
    with pytest.raises(Malformed, match="not JSON"):
        SOURCE.parse(recordings.numbered(int(name)).body, RECEIVED)


def test_the_same_key_always_tells_the_same():
    told: dict[str, set[str]] = {}
    for parsed in read(recordings.of_the_hook()):
        for event in parsed.events:
            told.setdefault(event.key, set()).add(str(event.to_json()))

    assert {key for key, versions in told.items() if len(versions) > 1} == set()


@pytest.mark.parametrize("seed", range(8))
def test_order_and_repetition_change_neither_events_nor_profiles(seed):
    in_order = recordings.of_the_hook()
    mixed = random.Random(seed).sample(in_order * 2, len(in_order) * 2)

    assert kept(read(mixed)) == kept(read(in_order))
    assert latest(read(mixed)) == latest(read(in_order))


def test_twice_in_order_is_once():
    once = read(recordings.of_the_hook())

    assert kept(once * 2) == kept(once)
    assert latest(once * 2) == latest(once)


def test_no_two_things_that_happened_share_a_key():
    count: dict[str, int] = {}
    for event in kept(read(recordings.of_the_hook())).values():
        count[event.type.value] = count.get(event.type.value, 0) + 1

    assert count["page.visited"] + count["email.clicked"] == 18
    assert count["email.opened"] == 5
    assert count["form.submitted"] == 6
    assert count["email.sent"] == 3


def test_a_batch_from_the_queue_is_read_item_by_item():
    (parsed,) = read([recordings.numbered(106)])

    assert [event.type for event in parsed.events] == [
        EventType.POINTS_CHANGED,
        EventType.CONTACT_IDENTIFIED,
    ]
    assert len(parsed.profiles) == 5


def test_a_candidates_story():
    story = events(*range(190, 215))

    assert [(one.contact_id, one.type.value) for one in story] == [
        (4024, "contact.identified"),
        (4024, "email.sent"),
        (4024, "email.opened"),
        (4024, "email.clicked"),  # the podcast, outside Mautic
        (4025, "page.visited"),  # the podcast itself, not yet known to be her
        (4026, "page.visited"),  # from LinkedIn
        (4024, "email.clicked"),  # the hackathon
        (4024, "contact.points-changed"),
        (4024, "page.visited"),
        (4027, "contact.points-changed"),
        (4027, "contact.identified"),  # she signs up, and has another id from now on
        (4024, "contact.deleted"),
        (4027, "form.submitted"),
    ]


def test_a_candidate_comes_from_social_media():
    (visit,) = events(197)

    assert visit.referrer == "https://www.linkedin.com/"
    assert visit.utm == {"source": "linkedin", "medium": "social", "campaign": "see"}


def test_a_sign_up_names_the_form_and_who_it_was():
    (sign_up,) = events(208)

    assert sign_up.content is not None
    assert (sign_up.content.id, sign_up.content.name) == ("2", "Aanmelden hackathon")
    assert sign_up.data["results"] == {
        "email": "sanne@kandidaat.example",
        "naam": "Sanne",
    }
    assert sign_up.referrer == "http://127.0.0.1:8800/hackathon"


def test_our_own_write_back_comes_back_as_a_profile_and_nothing_else():
    echo = read(recordings.numbered(number) for number in range(209, 215))

    assert [event for parsed in echo for event in parsed.events] == []
    last = latest(echo)[4027, True]
    assert last.modified_by == "test-client [1]"
    assert last.tags == ("interest-ethical-hacking", "stdc-think")
    assert last.email == "sanne@kandidaat.example"


def test_a_known_contact_merges_into_the_visitor_who_signs_up():
    numbers = [
        int(one.name)
        for one in recordings.sequence()
        if one.scenario.startswith("visitor-merge-3")
    ]
    merge = events(*numbers)

    assert [(one.contact_id, one.type) for one in merge] == [
        (21, EventType.CONTACT_IDENTIFIED),
        (17, EventType.CONTACT_DELETED),
        (21, EventType.POINTS_CHANGED),
        (21, EventType.FORM_SUBMITTED),
    ]
    assert merge[-1].data["results"]["email"] == "m1@example.com"


def test_the_fullest_of_the_pictures_of_one_second_wins():
    merge = [
        one
        for one in recordings.of_the_hook()
        if one.scenario.startswith("visitor-merge")
    ]
    seen = latest(read(reversed(merge)))[21, False]

    # Six of them are without the address: Mautic fills it in last.
    assert seen.email == "m1@example.com"
    assert 17 not in {contact_id for contact_id, _ in latest(read(merge[2:]))}
