"""Carerix's traps, each set in the look-alike: none of them catches us."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from plugin.ats.base import (
    GONE,
    AuthBroken,
    Confidence,
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
from plugin.ats.carerix import CarerixConnector
from plugin.ats.carerix_api import Api
from plugin.ats.handover import hand_over
from plugin.bootstrap import now
from plugin.sandbox.carerix.server import PLACED, TALKING
from tests.contract.ats.conftest import CarerixAts, open_ats


@pytest.fixture
def ats() -> Iterator[CarerixAts]:
    with open_ats("carerix") as opened:
        assert isinstance(opened, CarerixAts)
        yield opened


def connector(ats: CarerixAts, secret: str = "", **how: Any) -> CarerixConnector:
    client = (ats.vendor.client, secret or ats.vendor.secret)
    api = Api(ats.vendor.url, ats.vendor.token_url, client, clock=how.pop("clock", now))
    return CarerixConnector(api, marker_field=ats.vendor.marker_field, clock=now, **how)


def made(ats: CarerixAts, draft: Any, kind: TargetKind = TargetKind.JOB) -> Ref:
    done = hand_over(
        ats.connector, draft, ats.intent(kind), link_ref=None, op_id=draft.marker
    )
    assert done.failure is None
    assert done.ref is not None
    return done.ref


def stands(ats: CarerixAts, ref: str) -> StageKind:
    (found,) = ats.connector.fetch([ref]).value
    kind: StageKind = found.stage_kind
    return kind


@pytest.mark.parametrize(
    "email",
    [
        "x' or emailAddress like '*",
        "x\\' or lastName != 'x",
        "*@example.nl",
        "?????@*",
        "o'brien@example.nl",
        "new\nline' or '1'='1",
    ],
)
def test_nothing_in_an_address_gets_out_of_its_quotes(
    ats: CarerixAts, email: str
) -> None:
    ats.vendor.state.create({"emailAddress": "someone@example.nl"}, dedupe=False)

    found = ats.connector.find(MatchKeys(marker="none'x", email=email))

    assert isinstance(found, Ok), found
    assert found.value.matches == ()


def test_an_address_with_an_apostrophe_is_found(ats: CarerixAts) -> None:
    theirs = ats.vendor.state.create(
        {"emailAddressBusiness": "Pat.O'Brien@Example.NL"}, dedupe=False
    )

    found = ats.connector.find(MatchKeys(marker="m", email="pat.o'brien@example.nl"))

    assert [(one.ref.id, one.confidence) for one in found.value.matches] == [
        (theirs["_id"], Confidence.EXACT)
    ]


def test_who_their_own_dedupe_finds_gets_the_marker_and_keeps_the_rest(
    ats: CarerixAts,
) -> None:
    """Made by somebody else between our look and our create."""
    draft = ats.draft()
    theirs = ats.vendor.state.create(
        {"emailAddress": draft.email, "lastName": "Kept"}, dedupe=False
    )

    created = ats.connector.create(draft, TargetIntent(), op_id="x")

    assert created == Ok(Ref(id=theirs["_id"]))
    assert theirs["lastName"] == "Kept"
    assert ats.people(draft) == [theirs["_id"]]


def test_the_score_is_a_number_and_numbers_are_additional_fields(
    ats: CarerixAts,
) -> None:
    fields = {"firstName": "Sanne", "engagementScore": "74", "10200": "mei 2027"}

    ref = made(ats, ats.draft(fields=fields))

    there = ats.vendor.state.employees[ref.id]
    assert (there["firstName"], there["engagementScore"]) == ("Sanne", 74)
    assert ats.info(ref.id)["_10200"] == "mei 2027"
    assert ats.vendor.state.mails == []


def test_what_a_recruiter_filled_in_stays(ats: CarerixAts) -> None:
    ref = made(ats, ats.draft(fields={"city": "Ede", "10200": "mei"}))
    changed = ats.draft(
        fields={"city": "Arnhem", "10200": "juni", "engagementScore": "80"},
        only_if_empty=frozenset({"city", "10200"}),
    )

    assert isinstance(ats.connector.update(ref, changed, op_id="2"), Ok)

    there = ats.vendor.state.employees[ref.id]
    assert (there["city"], there["engagementScore"]) == ("Ede", 80)
    assert ats.info(ref.id)["_10200"] == "mei"


def test_a_field_that_is_none_is_the_mapping_s_fault(ats: CarerixAts) -> None:
    strange = ats.connector.create(
        ats.draft(fields={"a b {": "x"}), TargetIntent(), op_id="x"
    )
    unknown = ats.connector.create(
        ats.draft(fields={"favouriteColour": "x"}), TargetIntent(), op_id="x"
    )

    assert isinstance(strange, Permanent)
    assert "mend the mapping" in strange.message
    assert isinstance(unknown, Permanent)
    assert "favouriteColour" in unknown.message


def test_placements_refusals_ends_and_deletions_are_read(ats: CarerixAts) -> None:
    ref = made(ats, ats.draft()).id
    assert stands(ats, ref) is StageKind.NEW
    for act, kind in (
        (ats.vendor.hire, StageKind.HIRED),
        (ats.vendor.unhire, StageKind.ACTIVE),
        (ats.vendor.refuse, StageKind.REJECTED),
        (ats.vendor.hire, StageKind.HIRED),
        (ats.vendor.end, StageKind.ENDED),
    ):
        act(ref)
        assert stands(ats, ref) is kind

    ats.vendor.delete(ref)

    assert ats.connector.fetch([ref]).value[0].is_deleted
    refused = ats.connector.update(Ref(id=ref), ats.draft(), op_id="3")
    assert isinstance(refused, Permanent)
    assert refused.code == GONE


def test_a_status_that_the_mapping_names_is_a_hire(ats: CarerixAts) -> None:
    ref = made(ats, ats.draft()).id
    ats.vendor.state.match(ats.vendor.state.employees[ref], TALKING)
    ours = connector(ats, hired_stages=frozenset({TALKING, PLACED}))

    (found,) = ours.fetch([ref]).value  # type: ignore[union-attr]

    assert (found.stage_kind, found.stage) == (StageKind.HIRED, TALKING)


@pytest.mark.parametrize("entity", ["crmatch", "crjob"])
def test_a_hint_of_a_match_or_a_job_leads_to_its_employee(
    ats: CarerixAts, entity: str
) -> None:
    ref = made(ats, ats.draft()).id
    ats.vendor.hire(ref)
    what = {"crmatch": "matches", "crjob": "jobs"}[entity]
    number = ats.vendor.state.employees[ref][what][0]["_id"]

    (found,) = ats.connector.fetch([f"{entity}:{number}"]).value

    assert (found.ref.id, found.stage_kind) == (ref, StageKind.HIRED)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (403, "", AuthBroken),
        (429, "", Throttled),
        (500, "", Retry),
        (502, "", Unknown),
        (200, "<html>", Unknown),
        (200, '{"errors":[{"message":"x"}]}', Permanent),
        (
            200,
            '{"errors":[{"message":"x","extensions":{"classification":"FORBIDDEN"}}]}',
            AuthBroken,
        ),
        (
            200,
            '{"errors":[{"extensions":{"classification":"INTERNAL_ERROR"}}]}',
            Unknown,
        ),
    ],
)
def test_refusals_are_sorted_by_what_to_do(
    ats: CarerixAts, status: int, body: str, outcome: type
) -> None:
    assert isinstance(ats.connector.check(), Ok)  # signed in
    ats.vendor.faults.answer(status, {"Retry-After": "7"}, body)

    refused = ats.connector.create(ats.draft(), TargetIntent(), op_id="x")

    assert type(refused) is outcome


def test_what_was_only_read_cannot_have_been_done(ats: CarerixAts) -> None:
    assert isinstance(ats.connector.check(), Ok)
    ats.vendor.faults.answer(502)

    assert type(ats.connector.find(MatchKeys(marker="m"))) is Retry


def test_a_wrong_secret_and_a_token_that_ended_are_told_apart(ats: CarerixAts) -> None:
    stranger = connector(ats, secret="guessed")
    assert isinstance(stranger.check(), AuthBroken)

    assert isinstance(ats.connector.check(), Ok)
    ats.vendor.faults.answer(401)  # the realm ended our token
    assert isinstance(ats.connector.check(), Ok)


def test_a_token_is_asked_for_again_before_it_ends(ats: CarerixAts) -> None:
    moments = iter([now(), now(), now() + timedelta(hours=1)])
    ours = connector(ats, clock=lambda: next(moments))
    before = ats.vendor.faults.calls

    assert isinstance(ours.check(), Ok)
    assert isinstance(ours.check(), Ok)
    assert ats.vendor.faults.calls - before == 3  # token, and two questions
    assert isinstance(ours.check(), Ok)
    assert ats.vendor.faults.calls - before == 5
