"""Automation webhooks: unsigned, one try, one second, as recorded.

18 sends inside the transaction: a reader still sees the old stage, and a hire that is
rolled back has been announced. 19 sends after the commit.
"""

import contextlib
import json
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

import requests

from plugin.sandbox.odoo import reading
from plugin.sandbox.odoo.model import APPLICANT, STAGE, Record
from plugin.sandbox.odoo.state import Automation, State, Transaction

#: Seconds Odoo waits for an answer; it does not look at it.
PATIENCE = 1


def written(
    state: State, transaction: Transaction, model: str, before: Record, after: Record
) -> None:
    """Tell of a hire or an archiving, if that is what a write was."""
    if model != APPLICANT:
        return
    if _is_hired(transaction, after) and not _is_hired(transaction, before):
        _tell(state, transaction, "hired", after)
    if before.get("active") and not after["active"]:
        _tell(state, transaction, "archived", after)


def deleted(state: State, transaction: Transaction, model: str, record: Record) -> None:
    """Tell of a deletion, with the last values."""
    if model == APPLICANT:
        _tell(state, transaction, "deleted", record)


def _is_hired(transaction: Transaction, record: Record) -> bool:
    stage = transaction.get(STAGE, record.get("stage_id"))
    return bool(stage and stage["hired_stage"])


def _tell(state: State, transaction: Transaction, trigger: str, record: Record) -> None:
    for automation in state.automations:
        if automation.trigger == trigger:
            act = _send(state, automation, dict(record))
            if state.version == 18:  # noqa: PLR2004 -- a version
                act()
            else:
                transaction.after_commit.append(act)


def _send(state: State, automation: Automation, record: Record) -> Callable[[], None]:
    payload = {
        "_action": f"Send Webhook Notification(#{automation.number})",
        "_id": record["id"],
        "_model": APPLICANT,
        **{
            name: _raw(reading.value_of(state, APPLICANT, record, name))
            for name in automation.fields
        },
    }
    return partial(_post, automation.url, json.dumps(payload, sort_keys=True))


def _post(url: str, body: str) -> None:
    # a name and password in the address become an Authorization header in here
    with contextlib.suppress(requests.RequestException):
        requests.post(
            url,
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE,
        ).close()


def _raw(value: Any) -> Any:
    """Write a value as a webhook does: ids are numbers, times have microseconds."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else value
