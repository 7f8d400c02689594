"""What every connector promises, whichever ATS is behind it."""

from typing import Any

from plugin.ats.base import (
    Changes,
    Confidence,
    Erases,
    MatchKeys,
    Ok,
    Permanent,
    RightsNotice,
    StageKind,
    TargetIntent,
    TargetKind,
    TellsRights,
)
from plugin.ats.handover import hand_over


def test_a_connection_says_that_it_works(ats: Any) -> None:
    result = ats.connector.check()

    assert isinstance(result, Ok), result
    assert result.value.system


def test_nobody_is_found_who_is_not_there(ats: Any) -> None:
    draft = ats.draft()

    found = ats.connector.find(MatchKeys(marker=draft.marker, email=draft.email))

    assert isinstance(found, Ok)
    assert found.value.matches == ()


def test_a_candidate_is_handed_over_with_all_that_a_recruiter_needs(ats: Any) -> None:
    draft = ats.draft()

    result = hand_over(
        ats.connector,
        draft,
        ats.intent(TargetKind.JOB),
        link_ref=None,
        op_id=f"{ats.run}-1",
    )

    assert result.failure is None
    assert result.was_created
    assert ats.people(draft) == [result.ref.id]
    assert ats.tags(result.ref.id) == ["STDC", "security"]
    assert ats.jobs(result.ref.id) == [ats.intent(TargetKind.JOB).ref]
    (note,) = ats.notes(result.ref.id)
    assert "Do sinds vandaag." in note
    assert (result.ref.url or "").startswith("http") is ats.has_pages


def test_the_same_wish_twice_is_done_once(ats: Any) -> None:
    draft = ats.draft()

    results = [
        hand_over(ats.connector, draft, TargetIntent(), link_ref=None, op_id=ats.run)
        for _ in range(2)
    ]

    assert [one.failure for one in results] == [None, None]
    assert results[0].ref == results[1].ref
    assert len(ats.people(draft)) == 1
    assert len(ats.notes(results[0].ref.id)) == 1


def test_a_second_wish_updates_the_first_ones_candidate(ats: Any) -> None:
    draft = ats.draft()
    first = hand_over(
        ats.connector, draft, TargetIntent(), link_ref=None, op_id=f"{ats.run}-1"
    )

    second = hand_over(
        ats.connector, draft, TargetIntent(), link_ref=first.ref, op_id=f"{ats.run}-2"
    )

    assert second.failure is None
    assert not second.was_created
    assert second.ref == first.ref
    assert ats.people(draft) == [first.ref.id]
    assert len(ats.notes(first.ref.id)) == 2


def test_who_was_created_is_found_by_our_marker_alone(ats: Any) -> None:
    draft = ats.draft()
    created = ats.connector.create(draft, TargetIntent(), op_id=ats.run)

    found = ats.connector.find(MatchKeys(marker=draft.marker))

    matches = found.value.matches
    if ats.connector.capabilities().finds:
        assert [one.confidence for one in matches] == [Confidence.OURS]
        assert matches[0].ref == created.value
    else:
        assert matches == ()


def test_news_come_by_poll_or_not_at_all(ats: Any) -> None:
    start = ats.connector.changes(None).value
    created = ats.connector.create(ats.draft(), ats.intent(TargetKind.JOB), op_id="x")
    ats.connector.attach(
        created.value, ats.draft(), ats.intent(TargetKind.JOB), op_id="x"
    )
    ats.work()

    page = ats.connector.changes(start.cursor).value

    told = {one.ref.id: one.stage_kind for one in page.snapshots}
    if ats.connector.capabilities().changes is not Changes.POLL:
        assert told == {}
    else:
        assert told[created.value.id] is StageKind.NEW
        again = ats.connector.changes(page.cursor).value
        assert created.value.id not in {one.ref.id for one in again.snapshots}


def test_an_erasure_does_what_the_connection_says_it_does(ats: Any) -> None:
    draft = ats.draft()
    made = ats.connector.create(draft, TargetIntent(), op_id=f"{ats.run}-1").value
    ats.work()

    done = [
        ats.connector.erase(made, draft.marker, op_id=f"{ats.run}-2") for _ in range(2)
    ]

    erases = ats.connector.capabilities().erases
    if erases is Erases.BY_HAND:
        assert all(isinstance(one, Permanent) for one in done)
        assert ats.people(draft) == [made.id]
    else:
        assert done == [Ok(None), Ok(None)]
    if erases is Erases.DELETES:
        (stands,) = ats.connector.fetch([made.id]).value
        assert stands.is_deleted


def test_a_change_of_rights_is_taken_as_such_or_by_a_note(ats: Any) -> None:
    draft = ats.draft()
    made = ats.connector.create(draft, TargetIntent(), op_id=f"{ats.run}-1").value
    notice = RightsNotice(
        consent=None, do_not_contact=frozenset({"email"}), text="niet benaderen"
    )

    if isinstance(ats.connector, TellsRights):
        done = ats.connector.tell_rights(
            made, draft.marker, notice, op_id=f"{ats.run}-2"
        )
    else:
        done = ats.connector.add_note(made, notice.text, op_id=f"{ats.run}-2")
        assert sum(notice.text in one for one in ats.notes(made.id)) == 1

    assert done == Ok(None)
