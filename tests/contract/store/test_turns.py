"""Counting whose turn it is when, and how people came."""

from datetime import UTC, date, datetime, timedelta

import pytest

from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.planning.mix import Came
from plugin.planning.turns import Waiting
from plugin.store import PersonState, Which
from webhooks.events import Event, EventType

AT = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)
MONDAY = AT.date()
DAY = timedelta(days=1)


def state(phase=Phase.SEE, **more):
    told = {
        "due_on": MONDAY,
        "due_why": "rhythm",
        "sunset": "awake",
        "rhythm": "legal",
        "audiences": "legal,security,",
        "came_on": MONDAY - 30 * DAY,
        "came_by": "social",
    } | more
    return PersonState(
        phase=phase, since=AT, cause=Cause.SCORE, centipoints=100, **told
    )


@pytest.fixture
def unit(store):
    with store.unit() as unit:
        unit.people.persons_of(range(1, 8), AT)
        unit.people.save_states(
            {
                1: state(),
                2: state(),
                3: state(due_on=MONDAY + DAY, due_why="gap", audiences="", rhythm=""),
                4: state(Phase.DO, due_on=None, due_why="no-rhythm", rhythm=None),
                5: state(came_by=None),
                # decided about by a version that knew no rhythm
                6: state(due_why=None, due_on=None, came_on=None),
            }
        )
        unit.people.delete(5, AT)
        yield unit


def test_those_who_are_there_are_counted_by_day_and_reason(unit):
    found = {
        (one.on, one.rhythm, one.phase, one.why): one.people
        for one in unit.turns.waiting()
    }

    assert found == {
        (MONDAY, "legal", Phase.SEE, "rhythm"): 2,
        (MONDAY + DAY, "", Phase.SEE, "gap"): 1,
        (None, None, Phase.DO, "no-rhythm"): 1,
    }
    assert isinstance(unit.turns.waiting()[0], Waiting)


@pytest.mark.parametrize(
    ("which", "who"),
    [
        (Which(), [1, 2, 3, 4]),
        (Which(last=MONDAY), [1, 2]),
        (Which(first=MONDAY + DAY, last=MONDAY + DAY), [3]),
        (Which(never=True), [4]),
        (Which(why="gap"), [3]),
        (Which(rhythm="legal"), [1, 2]),
        (Which(phase=Phase.DO), [4]),
        (Which(sunset="slow"), []),
        (Which(but=frozenset({"gap", "rhythm"})), [4]),
    ],
)
def test_they_are_listed_by_what_is_asked(unit, which, who):
    listed = unit.turns.listed(which, 10, 0, tuple(Phase))

    assert sorted(one.person_id for one, _ in listed) == who


def test_a_list_has_pages_and_keeps_to_the_phases_one_may_see(unit):
    first = unit.turns.listed(Which(last=MONDAY), 1, 0, tuple(Phase))
    second = unit.turns.listed(Which(last=MONDAY), 1, 1, tuple(Phase))

    assert [(one.person_id, on) for one, on in first + second] == [
        (1, MONDAY),
        (2, MONDAY),
    ]
    assert [
        one.person_id
        for one, _ in unit.turns.listed(Which(), 9, 0, [Phase.DO, Phase.CARE])
    ] == [4]


def test_mails_are_counted_between_moments(unit):
    events = [
        Event(
            key=f"sent:{number}",
            type=EventType.EMAIL_SENT if number else EventType.EMAIL_OPENED,
            contact_id=1,
            occurred_at=AT + timedelta(hours=8 * number),
        )
        for number in range(4)
    ]
    unit.history.append(events, AT)

    assert unit.turns.sent([AT, AT + DAY, AT + 2 * DAY, AT + 3 * DAY]) == [2, 1, 0]
    assert unit.turns.sent([]) == []


def test_they_are_counted_by_how_they_came(unit):
    found = sorted(unit.turns.came(), key=lambda one: (one.phase, one.audiences))

    assert found == [
        Came(
            on=date(2025, 10, 4),
            audiences=("legal", "security"),
            phase=Phase.DO,
            channel="social",
            people=1,
        ),
        Came(
            on=date(2025, 10, 4),
            audiences=(),
            phase=Phase.SEE,
            channel="social",
            people=1,
        ),
        Came(
            on=date(2025, 10, 4),
            audiences=("legal", "security"),
            phase=Phase.SEE,
            channel="social",
            people=2,
        ),
    ]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_counting_reads_an_index_alone(unit):
    """A hundred thousand people are rows of a kilobyte each; the index is small.

    PostgreSQL plans by the size of the table, and this one is empty.
    """
    connection = unit.turns._connection
    for count, index in (("waiting", "ix_people_due"), ("came", "ix_people_came")):
        told = []
        asked = connection.execute

        def note(query, told=told, asked=asked):
            text = query.compile(compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
            told += [row[-1] for row in plan]
            return asked(query)

        connection.execute = note
        getattr(unit.turns, count)()
        connection.execute = asked
        assert f"USING COVERING INDEX {index}" in told[0]
