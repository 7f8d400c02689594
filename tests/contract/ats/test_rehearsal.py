"""A rehearsed hand-over: the calls a real one makes, and nothing is changed there."""

import json
from contextlib import ExitStack
from typing import Any

import pytest

from plugin.ats import registry
from plugin.ats.base import Ref, TargetIntent, TargetKind
from plugin.ats.handover import hand_over
from plugin.ats.rehearsal import MASK, Call
from plugin.bootstrap import now
from plugin.config import AtsSettings
from plugin.config.model import Secret
from plugin.mappings.ats import AtsMapping
from tests.contract.ats.acts import create
from tests.contract.ats.conftest import open_ats

KINDS = ["webhook", "csv-folder", "recruitee", "carerix", "odoo-18", "odoo-19"]
#: Odoo 18 has no pools.
CASES = [
    (kind, target)
    for kind in KINDS
    for target in (TargetKind.NONE, TargetKind.JOB, TargetKind.TALENT_POOL)
    if (kind, target) != ("odoo-18", TargetKind.TALENT_POOL)
]


def settings(kind: str, ats: Any) -> AtsSettings:
    """Say what config.toml would of this look-alike."""
    vendor = kind.partition("-")[0]
    given: dict[str, Any] = {}
    match vendor:
        case "webhook":
            url, secret = ats.receiver.url, ats.receiver.secret
        case "csv":
            url, secret = f"file:{ats.root}", "unused-secret"
        case "recruitee":
            url, secret = ats.vendor.url, ats.vendor.token
            given = {"company": ats.vendor.company}
        case "carerix":
            url, secret = ats.vendor.url, ats.vendor.secret
            given = {
                "client_id": ats.vendor.client,
                "token_url": ats.vendor.token_url,
                "marker_field": ats.vendor.marker_field,
                "tags_field": ats.vendor.tags_field,
            }
        case _:
            url, secret = ats.sandbox.url, ats.sandbox.api_key
            given = {"database": ats.sandbox.database, "login": ats.sandbox.login}
    return AtsSettings(
        name="x",
        kind=vendor,
        url=url,
        secret=Secret(secret),
        options=given,
        allow_private=True,
    )


def rehearsed(
    kind: str, ats: Any, draft: Any, intent: TargetIntent, link: Ref | None = None
) -> tuple[Any, list[Call]]:
    given = settings(kind, ats)
    connector, rehearsal = registry.rehearse(
        given, AtsMapping(connection="x"), clock=now
    )
    result = hand_over(connector, draft, intent, link_ref=link, op_id=ats.run)
    told = json.dumps([(one.url, one.body, one.headers) for one in rehearsal.calls])
    assert given.secret.reveal() not in told
    return result, rehearsal.calls


def writes(calls: list[Call]) -> list[Call]:
    return [one for one in calls if not one.was_sent]


@pytest.mark.parametrize(("kind", "target"), CASES)
def test_a_rehearsal_changes_nothing_and_comes_to_its_end(
    kind: str, target: TargetKind
) -> None:
    with ExitStack() as stack:
        ats: Any = stack.enter_context(open_ats(kind))
        draft, intent = ats.draft(), ats.intent(target)

        result, calls = rehearsed(kind, ats, draft, intent)

        assert result.failure is None
        assert result.was_created
        assert ats.people(draft) == []
        assert len(writes(calls)) >= (1 if kind in ("webhook", "csv-folder") else 3)
        assert any(draft.marker in json.dumps(one.body) for one in writes(calls))


@pytest.mark.parametrize("kind", ["recruitee", "carerix", "odoo-18", "odoo-19"])
def test_who_is_there_would_be_updated_and_stays_as_they_were(kind: str) -> None:
    with open_ats(kind) as opened:
        ats: Any = opened
        draft = ats.draft()
        ref = create(ats, draft, TargetKind.NONE)
        notes = ats.notes(ref)

        result, calls = rehearsed(kind, ats, draft, TargetIntent())

        assert result.failure is None
        assert not result.was_created
        assert result.ref.id == ref
        assert ats.notes(ref) == notes
        assert all(not _makes_somebody(one) for one in writes(calls))


def _makes_somebody(call: Call) -> bool:
    told = json.dumps(call.body)
    return (
        call.url.endswith(("hr.applicant/create", "/candidates"))
        or "crEmployeeCreate" in told
        or '"hr.candidate", "create"' in told
    )


@pytest.mark.parametrize("kind", ["webhook", "recruitee", "carerix", "odoo-19"])
def test_the_request_that_makes_somebody_is_the_one_that_is_sent(kind: str) -> None:
    """Compared with what the look-alike then holds."""
    with open_ats(kind) as opened:
        ats: Any = opened
        draft = ats.draft()
        _, calls = rehearsed(kind, ats, draft, TargetIntent())
        (first,) = [one for one in writes(calls) if draft.name in json.dumps(one.body)][
            :1
        ]

        create(ats, draft, TargetKind.NONE)

        assert ats.people(draft)
        assert first.method == "POST"
        assert str(draft.email).lower() in json.dumps(first.body).lower()


@pytest.mark.parametrize("kind", ["webhook", "recruitee", "carerix", "odoo-19"])
def test_headers_that_are_secrets_are_masked(kind: str) -> None:
    with open_ats(kind) as opened:
        ats: Any = opened
        _, calls = rehearsed(kind, ats, ats.draft(), TargetIntent())

        masked = {
            name.lower()
            for one in calls
            for name, value in one.headers.items()
            if value == MASK
        }
        assert masked & {"authorization", "webhook-signature"}
