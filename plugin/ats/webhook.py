"""Any ATS that takes our signed webhook: Standard Webhooks, one message per wish.

https://github.com/standard-webhooks/standard-webhooks: `webhook-id` is the same
over all attempts at one wish, so the receiver can drop a repeat; the signature
is over id, time of the attempt and body. News come back by its own webhook.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

import requests
from standardwebhooks import Webhook

from plugin.ats.base import (
    Account,
    CandidateDraft,
    Capabilities,
    ChangePage,
    Changes,
    Consent,
    Erases,
    Failure,
    FindResult,
    MatchKeys,
    Ok,
    Permanent,
    Ref,
    Result,
    RightsNotice,
    Snapshot,
    TargetIntent,
)
from plugin.ats.http import GONE, OK_UNTIL, CallFailed, failure_of, send

HANDED_OVER, UPDATED, PING = "candidate.handed_over", "candidate.updated", "ping"
ERASE, RIGHTS = "candidate.erase", "candidate.rights_changed"
#: Characters of a receiver's own id that are kept.
LONGEST = 200


class WebhookConnector:
    """Sends candidates to one address."""

    kind: ClassVar[str] = "webhook"

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        clock: Callable[[], datetime],
        session: requests.Session | None = None,
    ) -> None:
        """Take the address and its `whsec_` secret; ValueError if it is none."""
        self._url = url
        self._webhook = Webhook(secret)
        self._clock = clock
        self._session = session or requests.Session()

    def capabilities(self) -> Capabilities:
        """Say that everything goes in one message, and nothing can be looked up."""
        return Capabilities(
            finds=False,
            whole_in_one=True,
            pools=True,
            jobless_candidate=True,
            owners=True,
            stage_move_may_email=False,
            changes=Changes.NONE,
            webhook_is_authoritative=True,
            erases=Erases.TOLD,
        )

    def check(self) -> Result[Account]:
        """Send a signed ping; the receiver has to take it like any message."""
        sent = self._send(PING, {}, f"ping-{self._clock():%Y%m%d%H%M%S%f}")
        if isinstance(sent, Failure):
            return sent
        return Ok(Account(system="webhook", user="takes our signed messages"))

    def find(self, keys: MatchKeys) -> Result[FindResult]:  # noqa: ARG002 -- the interface's
        """Find nobody: a webhook cannot be asked."""
        return Ok(FindResult())

    def create(
        self, draft: CandidateDraft, intent: TargetIntent, *, op_id: str
    ) -> Result[Ref]:
        """Send the candidate; the answer may name `ref` and `url`."""
        data = _data(draft) | {"target": {"kind": intent.kind, "ref": intent.ref}}
        return self._candidate(HANDED_OVER, data, Ref(id=draft.marker), op_id)

    def update(self, ref: Ref, draft: CandidateDraft, *, op_id: str) -> Result[Ref]:
        """Send the candidate again, as a change."""
        data = _data(draft) | {"ref": ref.id}
        return self._candidate(UPDATED, data, ref, op_id)

    def attach(
        self,
        ref: Ref,
        draft: CandidateDraft,  # noqa: ARG002 -- the interface's
        intent: TargetIntent,  # noqa: ARG002
        *,
        op_id: str,  # noqa: ARG002
    ) -> Result[Ref]:
        """Do nothing: the message says where the candidate goes."""
        return Ok(ref)

    def set_tags(self, ref: Ref, tags: Sequence[str], *, op_id: str) -> Result[None]:  # noqa: ARG002
        """Do nothing: the message has the tags."""
        return Ok(None)

    def add_note(self, ref: Ref, note: str, *, op_id: str) -> Result[None]:  # noqa: ARG002
        """Do nothing: the message has the note."""
        return Ok(None)

    def erase(self, ref: Ref, marker: str, *, op_id: str) -> Result[None]:
        """Tell the receiver to erase who has this ref or marker."""
        sent = self._send(ERASE, {"ref": ref.id, "marker": marker}, op_id)
        return sent if isinstance(sent, Failure) else Ok(None)

    def tell_rights(
        self, ref: Ref, marker: str, notice: RightsNotice, *, op_id: str
    ) -> Result[None]:
        """Tell the receiver what the candidate allows and refuses now."""
        data = {
            "ref": ref.id,
            "marker": marker,
            "consent": notice.consent and consent_data(notice.consent),
            "do_not_contact": sorted(notice.do_not_contact),
            "text": notice.text,
        }
        sent = self._send(RIGHTS, data, op_id)
        return sent if isinstance(sent, Failure) else Ok(None)

    def fetch(self, refs: Sequence[str]) -> Result[tuple[Snapshot, ...]]:  # noqa: ARG002
        """Read nothing: a webhook cannot be asked."""
        return Ok(())

    def changes(self, cursor: str | None) -> Result[ChangePage]:
        """Tell of nothing: news come by the receiver's own webhook."""
        return Ok(ChangePage(snapshots=(), cursor=cursor or ""))

    def _candidate(
        self, event: str, data: dict[str, Any], known: Ref, op_id: str
    ) -> Result[Ref]:
        sent = self._send(event, data, op_id)
        if isinstance(sent, Failure):
            return sent
        ref, url = sent.value.get("ref"), sent.value.get("url")
        is_named = isinstance(ref, str | int) and bool(ref)
        # shown as a link to people: what is no web address is left out
        is_address = isinstance(url, str) and url.startswith(("https://", "http://"))
        return Ok(
            Ref(
                id=str(ref)[:LONGEST] if is_named else known.id,
                url=url if is_address else known.url,
            )
        )

    def _send(
        self, event: str, data: dict[str, Any], op_id: str
    ) -> Result[dict[str, Any]]:
        at = self._clock()
        body = json.dumps(
            {"type": event, "timestamp": at.isoformat(), "data": data},
            ensure_ascii=False,
        )
        headers = {
            "Content-Type": "application/json",
            "webhook-id": op_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._webhook.sign(op_id, at, body),
        }
        try:
            answer = send(self._session, self._url, body=body.encode(), headers=headers)
        except CallFailed as error:
            return error.failure
        if answer.status_code == GONE:
            return Permanent("the receiver says it is gone for good (410)", "410")
        if answer.status_code >= OK_UNTIL:
            return failure_of(answer, f"POST {event}")
        return Ok(_object(answer))


def consent_data(consent: Consent) -> dict[str, Any]:
    """Write a consent; what is not known of it is left out."""
    told = {
        "field": consent.proof or None,
        "given": consent.is_given,
        "date": consent.given_on and consent.given_on.isoformat(),
        "text": consent.text or None,
        "reason": consent.reason or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _data(draft: CandidateDraft) -> dict[str, Any]:
    consent = draft.consent
    return {
        "marker": draft.marker,
        "contact_id": draft.contact_id,
        "name": draft.name,
        "email": draft.email,
        "fields": dict(draft.fields),
        "write": _rules(draft),
        "owner": draft.owner,
        "tags": list(draft.tags),
        "interests": list(draft.interests),
        "note": draft.note,
        "source": dict(draft.source),
        "consent": consent and consent_data(consent),
        "do_not_contact": sorted(draft.do_not_contact),
        "link": draft.link,
    }


def _rules(draft: CandidateDraft) -> dict[str, str]:
    """Say of which fields what is there counts more; of the others ours does."""
    ruled = dict.fromkeys(draft.only_if_empty & draft.fields.keys(), "if_empty")
    added = dict.fromkeys(draft.appended & draft.fields.keys(), "append")
    return dict(sorted({**ruled, **added}.items()))


def _object(answer: requests.Response) -> dict[str, Any]:
    """Read the answer's JSON object; an answer without one is fine too."""
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
