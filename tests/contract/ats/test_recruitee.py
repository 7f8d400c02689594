"""Recruitee's traps, each set in the look-alike: none of them catches us."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from plugin.ats.base import (
    GONE,
    AuthBroken,
    Confidence,
    Conflict,
    MatchKeys,
    Ok,
    Permanent,
    Ref,
    Retry,
    StageKind,
    TargetIntent,
    TargetKind,
    Throttled,
    Unknown,
)
from plugin.ats.handover import hand_over
from plugin.ats.recruitee import RecruiteeConnector
from plugin.ats.recruitee_api import Api
from tests.contract.ats.conftest import RecruiteeAts, open_ats


@pytest.fixture
def ats() -> Iterator[RecruiteeAts]:
    with open_ats("recruitee") as opened:
        assert isinstance(opened, RecruiteeAts)
        yield opened


def made(ats: RecruiteeAts, draft: Any, kind: TargetKind = TargetKind.JOB) -> Ref:
    done = hand_over(
        ats.connector, draft, ats.intent(kind), link_ref=None, op_id=draft.marker
    )
    assert done.failure is None
    assert done.ref is not None
    return done.ref


def stands(ats: RecruiteeAts, ref: Ref) -> Any:
    (snapshot,) = ats.connector.fetch([ref.id]).value
    return snapshot


@pytest.mark.parametrize("kind", [TargetKind.JOB, TargetKind.TALENT_POOL])
def test_a_target_is_reached_although_nested_ids_are_ignored(
    ats: RecruiteeAts, kind: TargetKind
) -> None:
    ref = made(ats, ats.draft(), kind)

    placed = ats.vendor.state.candidates[int(ref.id)]["placements"]
    assert [str(one["offer_id"]) for one in placed] == [ats.intent(kind).ref]
    assert ats.vendor.state.mails == []


def test_the_careers_site_would_have_mailed(ats: RecruiteeAts) -> None:
    body = {"candidate": {"name": "S", "emails": ["s@example.nl"]}}
    url = f"{ats.vendor.url}/api/offers/se/candidates"

    assert requests.post(url, json=body, timeout=5).status_code == 201
    assert ats.vendor.state.mails == ["s@example.nl"]


def test_a_text_that_only_resembles_is_nobody(ats: RecruiteeAts) -> None:
    draft = ats.draft()
    ats.vendor.state.create(
        {"name": f"wrote to {draft.email}", "emails": [f"x{draft.email}"]}, []
    )

    found = ats.connector.find(MatchKeys(marker=draft.marker, email=draft.email))

    assert found.value.matches == ()


def test_the_same_address_in_other_case_is_the_one(ats: RecruiteeAts) -> None:
    draft = ats.draft()
    theirs = ats.vendor.state.create(
        {"name": "Sanne", "emails": [(draft.email or "").upper()]}, []
    )

    found = ats.connector.find(MatchKeys(marker=draft.marker, email=draft.email))

    assert [(one.ref.id, one.confidence) for one in found.value.matches] == [
        (str(theirs["id"]), Confidence.EXACT)
    ]


def test_a_search_that_gives_back_everybody_is_not_believed(ats: RecruiteeAts) -> None:
    draft = ats.draft(email="a@b.nl")
    for number in range(60):
        ats.vendor.state.create({"name": "x", "emails": [f"{number}a@b.nl"]}, [])

    done = hand_over(ats.connector, draft, TargetIntent(), link_ref=None, op_id=ats.run)

    assert isinstance(done.failure, Conflict)
    assert len(ats.vendor.state.candidates) == 60


def test_their_lists_are_added_to_and_filled_in_fields_stay(ats: RecruiteeAts) -> None:
    ref = made(ats, ats.draft(fields={"phones": "+31600000001", "City": "Ede"}))
    there = ats.vendor.state.candidates[int(ref.id)]
    there["sources"].append("LinkedIn recruiter")
    changed = ats.draft(
        fields={"phones": "+31600000002", "City": "Arnhem", "Level": "5"},
        only_if_empty=frozenset({"City", "Level"}),
    )

    assert isinstance(ats.connector.update(ref, changed, op_id="2"), Ok)

    assert there["phones"] == ["+31600000001", "+31600000002"]
    assert "LinkedIn recruiter" in there["sources"]
    held = {one["name"]: one["values"][0]["text"] for one in there["fields"]}
    assert held == {"City": "Ede", "Level": "5"}


def test_hires_disqualifications_and_deletions_are_read(ats: RecruiteeAts) -> None:
    ref = made(ats, ats.draft())
    assert stands(ats, ref).stage_kind is StageKind.NEW
    for act, kind in (
        (ats.vendor.hire, StageKind.HIRED),
        (ats.vendor.unhire, StageKind.ACTIVE),
        (ats.vendor.refuse, StageKind.REJECTED),
    ):
        act(ref.id)
        assert stands(ats, ref).stage_kind is kind

    ats.vendor.delete(ref.id)

    assert stands(ats, ref).is_deleted
    refused = ats.connector.update(ref, ats.draft(), op_id="3")
    assert isinstance(refused, Permanent)
    assert refused.code == GONE


def test_the_mapping_s_word_for_hired_comes_first(ats: RecruiteeAts) -> None:
    ref = made(ats, ats.draft())
    ats.vendor.unhire(ref.id)
    api = Api(ats.vendor.url, ats.vendor.company, ats.vendor.token)
    connector = RecruiteeConnector(api, hired_stages=frozenset({"Interview"}))

    assert connector.fetch([ref.id]).value[0].stage_kind is StageKind.HIRED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, AuthBroken),
        (403, AuthBroken),
        (422, Permanent),
        (429, Throttled),
        (500, Retry),
        (502, Unknown),
        (503, Retry),
        (504, Unknown),
    ],
)
def test_refusals_are_sorted_by_what_to_do(
    ats: RecruiteeAts, status: int, outcome: type
) -> None:
    ats.vendor.faults.answer(status, {"Retry-After": "7"}, '{"error":["no"]}')

    refused = ats.connector.create(ats.draft(), TargetIntent(), op_id="x")

    assert type(refused) is outcome
    if isinstance(refused, Throttled):
        assert refused.after_seconds == 7


def test_a_wrong_token_and_a_short_name_are_told(ats: RecruiteeAts) -> None:
    stranger = RecruiteeConnector(Api(ats.vendor.url, ats.vendor.company, "guessed"))
    short = RecruiteeConnector(Api(ats.vendor.url, ats.vendor.slug, ats.vendor.token))

    assert isinstance(stranger.check(), AuthBroken)
    refused = short.find(MatchKeys(marker="x"))
    assert isinstance(refused, Permanent)
    assert "Company is invalid" in refused.message


def test_a_target_that_is_no_number_is_the_mapping_s_fault(ats: RecruiteeAts) -> None:
    intent = TargetIntent(kind=TargetKind.JOB, ref="security-engineer")

    refused = ats.connector.create(ats.draft(), intent, op_id="x")

    assert isinstance(refused, Permanent)
    assert "mend the mapping" in refused.message
