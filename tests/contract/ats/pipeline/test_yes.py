"""Who is in Do by score waits for a person's yes; who signs up does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.errors import Rejected
from plugin.mappings.ats import HandOver
from plugin.mappings.model import Phase
from plugin.pipeline import approvals, gating
from plugin.pipeline.rescore import rescore
from plugin.pipeline.sweep import sweep
from tests.contract.ats.pipeline.house import House
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.base import ProfileSeen

WHO = "anna"


def come_into_do(house: House, contact_id: int = 12) -> None:
    """Let somebody read so much about assignments that points lift them into Do."""
    start = house.clock() - timedelta(hours=40)
    events = [
        Event(
            key=f"hit:{contact_id}:{number}",
            type=EventType.PAGE_VISITED,
            contact_id=contact_id,
            occurred_at=start + timedelta(hours=number * 3),
            content=ContentRef(
                kind=ContentKind.PAGE,
                id=f"{number}",
                name=f"Opdracht {number}",
                url=f"https://www.example.nl/vacatures/{number}",
            ),
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
        )
        for number in range(12)
    ]
    house.offer(str(number) for number in range(12))
    with house.parts.store.unit() as unit:
        unit.history.append(events, house.clock())
    house.meet(contact_id)


def tag(house: House, *tags: str, contact_id: int = 12, **fields: str) -> None:
    """Hear from Mautic of a contact's tags, as the worker does."""
    house.clock.wait(seconds=5)
    seen = ProfileSeen(
        contact_id=contact_id,
        seen_at=house.clock(),
        key="2",
        email=f"sanne.{contact_id}@example.nl",
        first_name="Sanne",
        last_name="de Wit",
        tags=tags,
        fields=fields,
        complete=True,
    )
    spoken = house.parts.mappings.fields.hand_over.tags
    with house.parts.store.unit() as unit:
        told = unit.people.see_profiles([seen], spoken)
        rescore(house.parts, unit, told, as_of=house.clock())


def waiting(house: House) -> list[int]:
    found = gating.waiting(house.parts, as_of=house.clock())
    return [one.contact_id for one in found]


def rules(house: House, **values: object) -> None:
    mappings = house.parts.mappings
    fields = replace(mappings.fields, hand_over=HandOver(**values))  # type: ignore[arg-type]
    house.parts.mappings = replace(mappings, fields=fields)


def test_who_is_in_do_by_score_waits_and_is_told_of(odoo: House) -> None:
    come_into_do(odoo)
    odoo.work()

    assert odoo.phase() is Phase.DO
    assert odoo.candidates() == 0
    assert odoo.shown() == ("waits-for-yes", None)
    (one,) = gating.waiting(odoo.parts, as_of=odoo.clock())
    assert (one.contact_id, one.name) == (12, "Sanne de Wit")
    assert one.score > 0
    assert "Opdracht" in one.why


def test_a_yes_hands_over_and_says_whose_it_was(house: House) -> None:
    come_into_do(house)

    approvals.approve(house.parts, 12, WHO, house.clock())
    assert house.shown() == ("waiting", None)
    house.work()

    assert house.candidates() == 1
    assert house.shown()[0] == "new"
    assert waiting(house) == []
    with house.parts.store.view() as unit:
        (said,) = [
            one for one in unit.audit.list() if one.action == "handover.approved"
        ]
    assert (said.actor, said.subject) == (WHO, "person:12")
    assert said.detail["mappings"] == house.parts.mappings.version


def test_a_yes_is_about_who_is_in_do(partner: House) -> None:
    partner.sign_up()
    partner.clock.wait(days=400)

    with pytest.raises(Rejected, match="is in See: only who is in Do"):
        approvals.approve(partner.parts, 12, WHO, partner.clock())
    with pytest.raises(Rejected, match="no contact 99"):
        approvals.approve(partner.parts, 99, WHO, partner.clock())


def test_a_yes_holds_for_one_stay_in_do(partner: House) -> None:
    """Nobody is handed over by a yes to somebody they no longer are."""
    come_into_do(partner)
    rules(partner, yes_tag="")
    partner.ask_consent("mag_delen")
    approvals.approve(partner.parts, 12, WHO, partner.clock())
    assert partner.shown() == ("no-consent", None)
    partner.clock.wait(days=200)
    come_into_do_again(partner)
    tag(partner, mag_delen="1")

    assert partner.phase() is Phase.DO
    assert partner.shown() == ("waits-for-yes", None)


def come_into_do_again(house: House) -> None:
    with house.parts.store.unit() as unit:
        events = [
            replace(
                one,
                key=f"again:{one.key}",
                occurred_at=house.clock() - timedelta(hours=40 - 3 * number),
            )
            for number, one in enumerate(unit.people.load_many([12])[0].events)
        ]
        unit.history.append(events, house.clock())
        rescore(house.parts, unit, [12], as_of=house.clock())


@pytest.mark.parametrize("word", ["stdc-hand-over", "field"])
def test_a_tag_or_a_field_in_mautic_says_yes(partner: House, word: str) -> None:
    come_into_do(partner)
    rules(partner, yes_field="overdragen")
    if word == "field":
        tag(partner, overdragen="1")
    else:
        tag(partner, word, "stdc-do")
    partner.work()

    assert partner.candidates() == 1


def test_other_tags_ask_for_no_new_decision(partner: House) -> None:
    """Our own come back as an echo."""
    partner.meet()
    seen = ProfileSeen(
        contact_id=12,
        seen_at=partner.clock() + timedelta(seconds=5),
        key="3",
        email="sanne.12@example.nl",
        first_name="Sanne",
        last_name="de Wit",
        tags=("stdc-do", "interest-cloud"),
        complete=True,
    )
    with partner.parts.store.unit() as unit:
        assert unit.people.see_profiles([seen], {"stdc-hand-over"}) == set()
        spoken = replace(seen, tags=("stdc-hand-over",), key="4")
        assert unit.people.see_profiles([spoken], {"stdc-hand-over"}) == {12}


def test_a_no_holds_until_its_date_and_then_they_wait_again(partner: House) -> None:
    come_into_do(partner)
    until = partner.clock() + timedelta(days=3)

    approvals.decline(
        partner.parts, 12, WHO, partner.clock(), reason="no room", until=until
    )
    assert partner.shown() == ("not-now", None)
    assert waiting(partner) == []
    assert partner.audit("handover.declined")[0]["why"] == "no room"
    partner.clock.wait(days=3, minutes=1)
    sweep(partner.parts)

    assert partner.phase() is Phase.DO
    assert partner.shown() == ("waits-for-yes", None)
    assert waiting(partner) == [12]


def test_a_no_without_a_date_holds_as_long_as_the_mapping_says(partner: House) -> None:
    come_into_do(partner)
    now = partner.clock()

    end = approvals.decline(partner.parts, 12, WHO, now, reason="later")

    assert end - now == timedelta(days=90)
    with pytest.raises(Rejected, match="has passed"):
        approvals.decline(partner.parts, 12, WHO, now, reason="x", until=now)


def test_a_no_that_comes_before_the_hand_over_stops_it(partner: House) -> None:
    come_into_do(partner)
    approvals.approve(partner.parts, 12, WHO, partner.clock())
    assert len(partner.writes()) == 1
    partner.clock.wait(seconds=5)
    approvals.decline(partner.parts, 12, "bob", partner.clock(), reason="known here")

    partner.work()

    assert partner.candidates() == 0
    dropped = [one["why"] for one in partner.audit("handover.dropped")]
    assert dropped == ["a person said not now"]
    approvals.approve(partner.parts, 12, WHO, partner.clock())
    partner.work()
    assert partner.candidates() == 1


@pytest.mark.parametrize("word", ["tag", "answer"])
def test_signing_up_outweighs_a_no_given_before(partner: House, word: str) -> None:
    come_into_do(partner)
    if word == "tag":
        tag(partner, "stdc-not-now", "stdc-hand-over")
    else:
        approvals.decline(partner.parts, 12, WHO, partner.clock(), reason="later")
    assert partner.shown() == ("not-now", None)
    partner.clock.wait(minutes=2)
    partner.sign_up()
    partner.work()

    assert partner.candidates() == 1


def test_a_no_after_the_sign_up_holds(partner: House) -> None:
    partner.sign_up()
    partner.clock.wait(seconds=5)
    approvals.decline(partner.parts, 12, WHO, partner.clock(), reason="an employee")
    partner.work()

    assert partner.candidates() == 0
    assert partner.shown() == ("not-now", None)


def test_where_a_score_never_asks_only_a_given_yes_counts(partner: House) -> None:
    rules(partner, by_score="never")
    come_into_do(partner)
    assert partner.shown() == (None, None)
    assert waiting(partner) == []

    tag(partner, "stdc-hand-over")
    partner.work()

    assert partner.candidates() == 1


def test_an_answer_follows_a_merge(partner: House) -> None:
    come_into_do(partner)
    approvals.decline(partner.parts, 12, WHO, partner.clock(), reason="later")
    partner.meet(13)
    now = partner.clock()
    with partner.parts.store.unit() as unit:
        who = unit.people.merge(12, 13, now, "the same person")
        rescore(partner.parts, unit, [who], as_of=now)

    assert who == 13
    assert partner.shown(13) == ("not-now", None)
