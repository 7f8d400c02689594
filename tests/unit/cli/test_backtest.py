"""`stdc backtest` over a real store: it tells, and changes nothing."""

import json
from datetime import timedelta

import pytest

from tests.unit.cli.test_contact import Seen
from webhooks.events import ContentKind, ContentRef, Event, EventType

SITE = "https://www.example.org"
FORM = ContentRef(kind=ContentKind.FORM, id="1", name="Aanmelden")


def visit(contact_id, page, moment):
    return Event(
        key=f"hit:{contact_id}:{page}",
        type=EventType.PAGE_VISITED,
        contact_id=contact_id,
        occurred_at=moment,
        content=ContentRef(kind=ContentKind.URL, url=f"{SITE}/hackathon/{page}"),
    )


def sign_up(contact_id, moment):
    return Event(
        key=f"form:{contact_id}",
        type=EventType.FORM_SUBMITTED,
        contact_id=contact_id,
        occurred_at=moment,
        content=FORM,
    )


@pytest.fixture
def people(parts):
    """Eight people read a lot; the first four sign up three weeks later."""
    now = parts.clock()
    with parts.store.unit() as unit:
        for who in range(1, 9):
            begin = now - timedelta(days=200 + who)
            events = [visit(who, n, begin + timedelta(days=n)) for n in range(5)]
            if who <= 4:
                events.append(sign_up(who, begin + timedelta(days=25)))
            for event in events:
                came = now if who == 1 else event.occurred_at
                unit.history.append([event], came)
            unit.people.see_profile(Seen(who, f"p{who}@example.org"))
    return parts


@pytest.mark.usefixtures("people")
def test_it_says_who_was_found_how_early_and_at_what_price(installed):
    result = installed.stdc("backtest")

    assert result.exit_code == 0, result.output
    assert "8 people" in result.stdout
    assert "4 sign-ups or hires, 0 hired; of 4 anything was known" in result.stdout
    row = next(one for one in result.stdout.splitlines() if "think-or-do" in one)
    assert row.split()[1:4] == ["4/4", "100%", "(51%-100%)"]
    assert "Nothing is proposed below 50 sign-ups or hires, 46 more" in result.stdout
    assert "note: content and mappings are those of now" in result.stdout


@pytest.mark.usefixtures("people")
def test_a_script_can_read_it(installed):
    result = installed.stdc("backtest", "--json", "--horizon-days", "60")

    found = json.loads(result.stdout)
    by_signal = {one["signal"]: one for one in found["signals"]}
    assert found["outcomes"] == found["known_a_day_before"] == 4
    assert found["horizon_days"] == 60
    assert by_signal["think-or-do"]["recall"]["count"] == 4
    assert by_signal["think-or-do"]["precision"]["of"] == 8
    assert 15 < by_signal["think-or-do"]["lead_days"]["median"] < 25
    assert by_signal["think-or-do"]["called_days_before"]["7"]["count"] == 4
    assert by_signal["do"]["recall"]["count"] == 0
    assert found["enough_to_propose"] is False
    assert found["proposal"] is None


@pytest.mark.usefixtures("people")
def test_what_came_in_later_was_not_known(installed):
    result = installed.stdc("backtest", "--json", "--as-received")

    found = json.loads(result.stdout)
    assert found["outcomes"] == 4
    assert found["known_a_day_before"] == 3


@pytest.mark.usefixtures("people")
def test_other_mappings_are_judged_by_the_same_sign_ups(installed):
    folder = installed.folder / "mappings"
    other = installed.folder / "try"
    other.mkdir()
    for source in folder.rglob("*.toml"):
        target = other / source.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        text = source.read_text().replace("gate = true\n", "gate = false\n")
        target.write_text(text.replace("enter = 10\n", "enter = 14.5\n"))

    result = installed.stdc("backtest", "--json", "--mappings", other)

    found = json.loads(result.stdout)
    signals = {one["signal"] for one in found["signals"]}
    assert found["outcomes"] == 4
    assert "points >= 14.5" in signals


@pytest.mark.usefixtures("people")
def test_a_later_begin_leaves_out_what_was_before(people, installed):
    since = (people.clock() - timedelta(days=177)).date()

    result = installed.stdc("backtest", "--json", "--since", since)

    assert json.loads(result.stdout)["outcomes"] == 2


def test_nothing_is_written(people, installed):
    before = people.store.dump_state()

    assert installed.stdc("backtest").exit_code == 0
    assert people.store.dump_state() == before


@pytest.mark.usefixtures("parts")
def test_without_history_there_is_nothing_to_say(installed):
    result = installed.stdc("backtest")

    assert result.exit_code == 1
    assert "the store holds no history yet" in result.stderr


@pytest.mark.usefixtures("people")
def test_a_begin_in_the_future_is_wrong_usage(installed):
    result = installed.stdc("backtest", "--since", "2999-01-01")

    assert result.exit_code == 2
