from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.errors import Rejected
from tests.contract.store.strategies import events
from webhooks.events import ContentKind, ContentRef, Event, EventType

AT = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)


def hit(key, contact_id=1, at=AT, **more):
    return Event(
        key=key,
        type=EventType.PAGE_VISITED,
        contact_id=contact_id,
        occurred_at=at,
        **more,
    )


def append(store, given, at=AT):
    with store.unit() as unit:
        touched = unit.history.append(given, at)
        unit.people.persons_of(touched, at)
    return touched


def history(store, person_id):
    with store.view() as view:
        return view.history.of([person_id]).get(person_id, ())


def test_an_event_is_kept_whole(store):
    whole = Event(
        key="hit:7",
        type=EventType.EMAIL_CLICKED,
        contact_id=3,
        occurred_at=AT.replace(microsecond=42),
        content=ContentRef(kind=ContentKind.URL, url="https://example.org/é?a=1"),
        via=ContentRef(kind=ContentKind.EMAIL, id="4", name="Podcast 'één' 🎧"),
        referrer="https://example.org",
        utm={"source": "linkedin"},
        user_agent="Mozilla/5.0",
        tracking_id="abc",
        data={"nested": {"list": [1, 2.5, None, "x"]}},
    )

    append(store, [whole])

    assert history(store, 3) == (whole,)


FORM = ContentRef(kind=ContentKind.FORM, id="3")


def test_a_later_report_adds_only_what_the_first_one_lacked(store):
    poor = hit("form:1", content=FORM, data={"results": {}, "n": 0})
    rich = hit(
        "form:1",
        content=ContentRef(kind=ContentKind.FORM, id="3", name="Sign up"),
        via=ContentRef(kind=ContentKind.PAGE, id="9"),
        data={"results": {"available_from": "2027-03"}, "n": 5},
    )
    append(store, [poor])

    touched = append(store, [rich])
    again = append(store, [poor, rich])

    (kept,) = history(store, 1)
    assert kept.content.name == "Sign up"
    assert kept.data == {"results": {"available_from": "2027-03"}, "n": 0}
    assert (touched, again) == ({1}, set())
    with store.view() as view:
        assert view.history.people_of_content(ContentKind.PAGE, ["9"]) == [1]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_which_order_reports_come_does_not_matter(store, order, together):
    reports = [
        hit("form:1", content=FORM),
        hit("form:1", referrer="https://example.org", data={"results": {"a": "1"}}),
        hit("form:1", content=FORM, data={"results": {"a": "1", "b": "2"}}),
    ]

    for some in [order] if together else [[one] for one in order]:
        append(store, [reports[one] for one in some])

    whole = replace(reports[2], referrer="https://example.org")
    assert history(store, 1) == (whole,)


def test_what_happened_at_another_time_under_the_same_key_is_not_mixed_in(store):
    """Mautic was restored from a backup and numbers anew."""
    append(store, [hit("hit:1")])

    append(store, [hit("hit:1", at=AT + timedelta(hours=2), referrer="other")])

    assert history(store, 1)[0].referrer is None


def test_another_content_under_the_same_key_is_not_mixed_in(store):
    append(store, [hit("hit:1", content=FORM)])
    append(
        store,
        [hit("hit:1", content=ContentRef(kind=ContentKind.FORM, id="4", name="X"))],
    )

    assert history(store, 1)[0].content == FORM


def test_an_event_is_kept_once_and_the_first_report_wins(store):
    first = append(store, [hit("hit:1", referrer="first")])
    again = append(store, [hit("hit:1", referrer="again"), hit("hit:2", contact_id=2)])

    assert (first, again) == ({1}, {2})
    assert [event.referrer for event in history(store, 1)] == ["first"]


def test_a_report_under_another_contact_is_still_the_same_event(store):
    append(store, [hit("hit:1", contact_id=1)])

    assert append(store, [hit("hit:1", contact_id=2)]) == set()


def test_an_event_of_nobody_is_kept_and_touches_nobody(store):
    assert append(store, [hit("company:1", contact_id=None)]) == set()

    with store.view() as view:
        assert view.history.count() == 1
        assert view.history.has(["company:1", "company:2"]) == {"company:1"}


def test_nothing_appended_is_nothing(store):
    assert append(store, []) == set()


def test_late_events_go_to_their_own_place_in_time(store):
    append(store, [hit("hit:2", at=AT + timedelta(hours=2))])
    append(store, [hit("hit:3", at=AT), hit("hit:1", at=AT)])

    assert [event.key for event in history(store, 1)] == ["hit:1", "hit:3", "hit:2"]


def test_what_no_database_takes_does_not_lose_the_event(store):
    odd = hit("hit:\0\ud800", user_agent="a\0b\udfff", data={"\0": "\ud83d"})

    append(store, [odd, hit("hit:2")])

    kept = history(store, 1)
    assert [event.key for event in kept] == ["hit:2", "hit:\ufffd?"]
    assert kept[1].user_agent == "a\0b\udfff"
    assert append(store, [odd]) == set()


def test_a_number_no_database_takes_is_refused_not_retried(store):
    with pytest.raises(Rejected, match="cannot be stored"):
        append(store, [hit("hit:1", contact_id=2**70)])


def test_thousands_of_events_go_in_at_once(store):
    many = [hit(f"hit:{n}", contact_id=n % 700) for n in range(3000)]

    assert append(store, many) == set(range(700))
    assert append(store, many) == set()
    with store.view() as view:
        assert view.history.count() == 3000


def test_people_are_found_by_the_content_they_met(store):
    page = ContentRef(kind=ContentKind.PAGE, id="12")
    mail = ContentRef(kind=ContentKind.EMAIL, id="12")
    append(store, [hit("hit:1", 1, content=page), hit("hit:2", 2, via=mail)])
    append(store, [hit("hit:3", 3, content=mail), hit("hit:4", 4)])

    with store.view() as view:
        of = view.history.people_of_content
        assert of(ContentKind.PAGE, ["12", "13"]) == [1]
        assert of(ContentKind.EMAIL, ["12"]) == [2, 3]
        assert of(ContentKind.FORM, ["12"]) == []
        assert of(ContentKind.PAGE, []) == []


@given(st.data())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_order_repetition_and_split_gives_the_same_history(store, data):
    """One report per key here: which of two wins depends on who comes first."""
    given = data.draw(st.lists(events, max_size=12, unique_by=lambda event: event.key))
    prefix = f"{uuid4()}:"  # not drawn: an example may be played again
    given = [
        Event.from_json({**event.to_json(), "key": prefix + event.key})
        for event in given
    ]
    repeated = data.draw(st.permutations(given + given))
    cut = data.draw(st.integers(0, len(repeated)))

    touched = append(store, repeated[:cut]) | append(store, repeated[cut:])

    assert touched == {event.contact_id for event in given} - {None}
    for contact_id in touched:
        mine = [event for event in given if event.contact_id == contact_id]
        mine.sort(key=lambda event: (event.occurred_at, event.key))
        kept = [one for one in history(store, contact_id) if one.key.startswith(prefix)]
        assert kept == mine


def recall(store, given):
    with store.unit() as unit:
        new = unit.history.recall(given)
        unit.people.persons_of({one.contact_id for one in given}, AT)
    return new


def loaded(store, person_id):
    with store.view() as view:
        return view.people.load(person_id)


def test_what_is_recalled_is_kept_once_and_known_as_that(store):
    append(store, [hit("hit:1")])

    first = recall(store, [hit("hit:1"), hit("hit:2"), hit("hit:3", contact_id=2)])
    again = recall(store, [hit("hit:2"), hit("hit:3", contact_id=2)])

    assert (first, again) == ({"page.visited": 2}, {})
    one, two = loaded(store, 1), loaded(store, 2)
    assert [event.key for event in one.events] == ["hit:1", "hit:2"]
    assert (one.recalled, two.recalled) == ({"hit:2"}, {"hit:3"})
    with store.view() as view:
        assert view.history.has(["hit:1", "hit:2"]) == {"hit:1"}


def test_hearing_what_was_recalled_counts_once_and_is_new(store):
    recall(store, [hit("hit:1"), hit("hit:2", contact_id=2)])

    heard = append(store, [hit("hit:1"), hit("hit:9", contact_id=3)])
    again = append(store, [hit("hit:1")])

    assert (heard, again) == ({1, 3}, set())
    assert loaded(store, 1).recalled == frozenset()
    assert loaded(store, 2).recalled == {"hit:2"}
    with store.view() as view:
        assert view.history.count() == 3
        assert view.history.received([1]) == {"hit:1": AT}
