from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.store.units import undone
from webhooks.sources.base import ProfileSeen

AT = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)
WHOLE = {
    "email": "ada@example.org",
    "first_name": "Ada",
    "last_name": "Byron",
    "owner_id": 3,
    "fields": {"city": "Utrecht", "stdc_phase": "do"},
    "tags": ("vip",),
    "do_not_contact": frozenset({"email"}),
    "complete": True,
}


def seen(contact_id=1, at=AT, key="k", **more):
    return ProfileSeen(contact_id=contact_id, seen_at=at, key=key, **more)


@pytest.fixture
def unit(store):
    with store.unit() as unit:
        yield unit


def profile(unit, person_id=1):
    return unit.people.load(person_id).profile


def test_a_profile_is_kept_without_what_we_write_ourselves(unit):
    assert unit.people.see_profile(seen(**WHOLE))

    found = profile(unit)
    assert (found.email, found.name, found.owner_id) == (
        "ada@example.org",
        "Ada Byron",
        3,
    )
    assert found.fields == {"city": "Utrecht"}
    assert found.do_not_contact == {"email"}
    assert unit.people.tags_of(1) == ["vip"]


def test_our_echo_changes_nothing_that_decides(unit):
    unit.people.see_profile(seen(**WHOLE))
    echo = {
        **WHOLE,
        "fields": {"city": "Utrecht", "stdc_phase": "care", "stdc_score": "9"},
        "tags": ("stdc-care", "vip"),
    }

    assert not unit.people.see_profile(seen(at=AT + timedelta(seconds=1), **echo))
    assert unit.people.tags_of(1) == ["stdc-care", "vip"]


def test_an_older_profile_changes_nothing(unit):
    unit.people.see_profile(seen(**WHOLE))
    older = {**WHOLE, "email": "old@example.org"}

    assert not unit.people.see_profile(seen(at=AT - timedelta(seconds=1), **older))
    assert profile(unit).email == "ada@example.org"


def test_of_two_at_the_same_second_the_key_decides(unit):
    unit.people.see_profile(seen(key="b", **WHOLE))

    assert not unit.people.see_profile(seen(key="a", **{**WHOLE, "email": "a@x.org"}))
    assert unit.people.see_profile(seen(key="c", **{**WHOLE, "email": "c@x.org"}))
    assert profile(unit).email == "c@x.org"


def test_what_rides_along_with_an_event_never_outranks_a_whole_contact(unit):
    """A form's payload carries the fields from before it was submitted."""
    unit.people.see_profile(seen(email="first@example.org"))
    assert profile(unit).email == "first@example.org"
    unit.people.see_profile(seen(**WHOLE))

    assert not unit.people.see_profile(seen(at=AT + timedelta(days=1), fields={}))
    assert profile(unit).email == "ada@example.org"


def test_many_profiles_go_in_at_once(unit):
    first = [seen(contact_id=n, email=f"{n}@example.org") for n in range(1, 1500)]

    assert unit.people.see_profiles(first) == set(range(1, 1500))
    assert unit.people.see_profiles(first) == set()
    assert profile(unit, 1499).email == "1499@example.org"


def test_a_merged_person_fills_blanks_from_who_was_merged_into_them(unit):
    unit.people.see_profile(seen(1, **WHOLE))
    unit.people.see_profile(
        seen(2, first_name="Augusta", fields={"phone": "1"}, complete=True)
    )
    unit.people.merge(1, 2, AT + timedelta(hours=1), "why")

    found = profile(unit, 2)
    assert (found.email, found.first_name, found.owner_id) == (
        "ada@example.org",
        "Augusta",
        3,
    )
    assert found.fields == {"city": "Utrecht", "phone": "1"}


@pytest.mark.parametrize("later", [0, 1], ids=["as the merge", "later"])
def test_a_field_cleared_after_a_merge_is_blank(unit, later):
    """A consent that was taken back is taken back, whatever a loser once said."""
    unit.people.see_profile(seen(1, **WHOLE))
    unit.people.see_profile(seen(2, fields={"consent": "1"}, complete=True))
    unit.people.merge(1, 2, AT + timedelta(hours=1), "why")
    at = AT + timedelta(hours=1, minutes=later)
    unit.people.see_profile(seen(2, at=at, email="ada@new.example", complete=True))

    found = profile(unit, 2)
    assert (found.email, found.first_name, found.owner_id) == (
        "ada@new.example",
        None,
        None,
    )
    assert found.fields == {}
    assert found.tags == frozenset()


def test_what_rides_along_after_a_merge_clears_nothing(unit):
    unit.people.see_profile(seen(1, **WHOLE))
    unit.people.merge(1, 2, AT + timedelta(hours=1), "why")
    unit.people.see_profile(seen(2, at=AT + timedelta(hours=2)))

    assert profile(unit, 2).email == "ada@example.org"


def test_a_loser_who_unsubscribed_stays_so_until_the_winner_says_otherwise(unit):
    unit.people.see_profile(seen(1, **WHOLE))
    unit.people.see_profile(seen(2, at=AT + timedelta(minutes=1), complete=True))
    unit.people.merge(1, 2, AT + timedelta(hours=1), "why")
    assert profile(unit, 2).do_not_contact == {"email"}

    unit.people.see_profile(seen(2, at=AT + timedelta(hours=2), complete=True))
    assert profile(unit, 2).do_not_contact == set()


HOUR = timedelta(hours=1)
MAIL = "ada@example.org"


def lives(unit, *stays):
    """Tell of contacts with an address: (contact id, came, left), in hours."""
    for contact_id, came, left in stays:
        picture = seen(contact_id, AT + came * HOUR, email=MAIL.upper(), complete=True)
        unit.people.see_profile(picture)
        if left is not None:
            unit.people.delete(contact_id, AT + left * HOUR)


def persons(unit, *contact_ids):
    return list(unit.people.persons_of(contact_ids, AT).values())


def test_who_was_deleted_and_made_anew_twice_is_one(unit):
    lives(unit, (1, 0, 1), (5, 2, 3), (9, 4, None))

    assert persons(unit, 1, 5, 9) == [9, 9, 9]


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([(1, 0, None), (5, 2, None)], [1, 5]),
        ([(1, 0, 3), (5, 2, None)], [1, 5]),
        ([(1, 0, 2), (5, 1, 2), (9, 4, None)], [1, 5, 9]),
    ],
    ids=["both live", "was there before", "either may be it"],
)
def test_who_only_shares_an_address_is_somebody_else(unit, stays, expected):
    lives(unit, *stays)

    assert persons(unit, *(one for one, _, _ in stays)) == expected


def test_of_who_is_made_anew_mautic_says_what_they_are_now(unit):
    """Their old consent is none: nobody gave it to the new contact."""
    unit.people.see_profile(seen(1, **WHOLE))
    unit.people.delete(1, AT + HOUR)
    unit.people.see_profile(seen(5, AT + 2 * HOUR, email=MAIL))

    found = profile(unit, 5)
    assert persons(unit, 1, 5) == [5, 5]
    assert (found.email, found.first_name, found.fields) == (MAIL, None, {})
    assert found.do_not_contact == {"email"}


def test_an_address_that_changes_parts_nobody_and_takes_nobody_over(unit):
    lives(unit, (1, 0, 1), (5, 2, None), (7, 2, None))
    unit.people.see_profile(seen(5, AT + 3 * HOUR, email="new@example.org"))
    unit.people.see_profile(seen(7, AT + 3 * HOUR, email=MAIL))

    assert persons(unit, 1, 5, 7) == [5, 5, 7]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["seen", "deleted"]),
        st.integers(1, 4),
        st.integers(0, 5),
        st.sampled_from([MAIL, "b@example.org"]),
    ),
    max_size=8,
    unique_by=lambda one: one[:3],
)


@given(STEPS, st.randoms(use_true_random=False))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_who_was_made_anew_does_not_depend_on_who_is_told_of_first(store, steps, rng):
    outcomes = []
    for order in (steps, rng.sample(steps, len(steps)) + steps):
        with undone(store) as unit:
            for what, who, hour, email in order:
                at = AT + hour * HOUR
                if what == "seen":
                    unit.people.see_profile(seen(who, at, email=email, complete=True))
                else:
                    unit.people.delete(who, at)
            outcomes.append(
                [(one.id, one.profile) for one in unit.people.load_many(range(1, 5))]
            )

    assert outcomes[0] == outcomes[1]


def test_a_profile_with_odd_characters_is_kept(unit):
    odd = {**WHOLE, "first_name": "A\0da\ud800", "fields": {"x": "\0\udfff"}}

    assert unit.people.see_profile(seen(**odd))
    assert profile(unit).first_name == "A\ufffdda?"


drawn = st.lists(
    st.builds(
        ProfileSeen,
        contact_id=st.integers(1, 2),
        seen_at=st.integers(0, 3).map(lambda n: AT + timedelta(seconds=n)),
        key=st.text(max_size=3),
        email=st.none() | st.emails(),
        owner_id=st.none() | st.integers(1, 3),
        fields=st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=2),
        do_not_contact=st.frozensets(st.sampled_from(["email", "sms"])),
        complete=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: (one.contact_id, one.complete, one.seen_at, one.key),
)


@given(drawn, st.randoms(use_true_random=False), st.integers(0, 8))
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_profiles_come_to_the_same_in_any_order(store, given, rng, cut):
    shuffled = rng.sample(given, len(given)) + given
    outcomes = []
    for order in (given, shuffled):
        with undone(store) as unit:
            unit.people.see_profiles(order[:cut])
            unit.people.see_profiles(order[cut:])
            outcomes.append(unit.people.load_many([1, 2]))

    assert outcomes[0] == outcomes[1]
