"""Bring a plan about in Mautic: in order, each step remembered as it is done.

Stopping anywhere is safe. What was made carries our mark, so the next plan
finds it, even when Mautic made it and we never heard the answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.mautic.client import Mautic
from plugin.provision import campaigns, codec, emails, segments
from plugin.provision.plan import (
    Action,
    Change,
    Limit,
    Plan,
    differing,
    shared_fingerprint,
)
from plugin.provision.read import endpoint, existing, names_of
from plugin.provision.resources import Existing, Key, Kind, Owned

#: What PATCH can never take away: triggers are only added.
ADDITIVE = {Kind.HOOK: "triggers"}


class Outcome(StrEnum):
    """How one change went."""

    DONE = "done"
    FAILED = "failed"
    #: Not tried: what it needs failed, or Mautic cannot be reached.
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class ApplyResult:
    """What became of one change."""

    change: Change
    outcome: Outcome
    #: Why, when it was not done.
    message: str = ""


class StalePlan(Rejected):
    """The plan is not the one that was seen; look at the new one first."""


def apply(
    plan: Plan,
    client: Mautic,
    owned: Owned,
    *,
    checksum: str | None = None,
    limit: Limit | None = None,
) -> Iterator[ApplyResult]:
    """Do what the plan says and yield the result of each change.

    With a `checksum`, only the plan that a person saw under it is done; with a
    `limit`, only one that changes no more than that. Raises `NotOurs`,
    `TooMuchChange` or `StalePlan` before anything is sent; after that failures
    are results, and a second run goes on where this one ended.
    """
    plan.refuse_problems()
    if limit is not None:
        plan.refuse_too_much(limit)
    if checksum is not None and checksum != plan.checksum:
        raise StalePlan(
            f"the plan changed since it was shown: it is now {plan.checksum}, "
            f"not {checksum}"
        )
    return _applied(plan, _Applier(plan, client, owned))


def _applied(plan: Plan, applier: "_Applier") -> Iterator[ApplyResult]:
    applier.recover()
    failed: set[Key] = set()
    unreachable = ""
    for change in plan.changes:
        missing = sorted(change.desired.references & failed)
        if unreachable or missing:
            message = unreachable or f"needs {missing[0]}, which failed"
            failed.add(change.key)
            yield ApplyResult(change=change, outcome=Outcome.SKIPPED, message=message)
            continue
        try:
            applier.bring_about(change)
        except (Rejected, Retryable, Misconfigured) as error:
            failed.add(change.key)
            unreachable = (
                ""
                if isinstance(error, Rejected)
                else "not tried after the failure before"
            )
            yield ApplyResult(change=change, outcome=Outcome.FAILED, message=str(error))
        else:
            yield ApplyResult(change=change, outcome=Outcome.DONE)


class _Applier:
    """One run: the ids grow as things are made."""

    def __init__(self, plan: Plan, client: Mautic, owned: Owned) -> None:
        self._plan = plan
        self._client = client
        self._owned = owned
        self._ids = dict(plan.ids)

    def recover(self) -> None:
        """Remember again what is ours by its mark."""
        for one in self._plan.recovered:
            self._owned.put(one.kind, one.key, one.remote_id, one.fingerprint)

    def bring_about(self, change: Change) -> None:
        """Make or change one thing, remember it, and check that Mautic kept it."""
        made = change.action is Action.CREATE
        remote_id = self._create(change) if made else self._update(change)
        self._ids[change.key] = remote_id
        have = self._look(change, remote_id)
        self._owned.put(
            change.key.kind.value,
            change.key.name,
            remote_id,
            shared_fingerprint(change.desired, have),
        )
        if left := differing(change.desired, have):
            names = ", ".join(one.name for one in left)
            raise Rejected(f"Mautic took it and kept another value for: {names}")

    def _create(self, change: Change) -> int:
        part = endpoint(self._client, change.key.kind)
        body = self._body(change)
        if change.key.kind is Kind.HOOK:
            # A hook never edited is switched off by its first failed delivery;
            # publishing it apart is the edit that gives it two days of grace.
            body["isPublished"] = False
        raw = part.make(body)
        remote_id = int(raw["id"])
        self._refuse_other_alias(change, raw)
        if change.key.kind is Kind.HOOK:
            part.change(remote_id, {"isPublished": True})
        return remote_id

    def _update(self, change: Change) -> int:
        have = change.existing
        if have is None:
            raise Rejected(f"{change.key}: nothing to update")
        part = endpoint(self._client, change.key.kind)
        names = [one.name for one in change.attributes]
        if _needs_all(change, names):
            raw = part.read(have.remote_id)
            if raw is None:
                # A PUT would make a new one, under an id we do not know.
                raise Rejected("was deleted since the plan was made: plan again")
            part.replace(have.remote_id, self._body(change, raw))
        else:
            body = self._body(change)
            keys = codec.BODY_KEYS[change.key.kind]
            part.change(
                have.remote_id, {keys[name]: body[keys[name]] for name in names}
            )
        return have.remote_id

    def _body(
        self, change: Change, raw: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        want = change.desired.attributes
        if change.key.kind is Kind.CAMPAIGN:
            return campaigns.to_campaign(want, self._ids, raw)
        if change.key.kind is Kind.EMAIL:
            return emails.to_email(want, self._ids)
        if change.key.kind is Kind.SEGMENT:
            return segments.to_segment(want, self._ids)
        return codec.TO[change.key.kind](want, change.key.name)

    def _look(self, change: Change, remote_id: int) -> Existing:
        raw = endpoint(self._client, change.key.kind).read(remote_id)
        if raw is None:
            raise Rejected(f"Mautic does not find what it just made (id {remote_id})")
        return existing(change.key, raw, names_of(self._ids, [change.desired]))

    def _refuse_other_alias(self, change: Change, raw: Mapping[str, Any]) -> None:
        """Take back what Mautic gave another alias than ours: nobody would find it."""
        if change.key.kind not in {Kind.FIELD, Kind.SEGMENT}:
            return
        alias = raw.get("alias")
        if alias != change.key.name:
            endpoint(self._client, change.key.kind).remove(int(raw["id"]))
            raise Rejected(
                f"Mautic would call it {alias!r}: {change.key.name!r} is taken or "
                "reserved there; choose another alias in mappings/"
            )


def _needs_all(change: Change, names: list[str]) -> bool:
    """Whether only a PUT, which repeats everything, can do this update."""
    if change.key.kind is Kind.CAMPAIGN:
        return not campaigns.PLAIN.issuperset(names)
    return _takes_away(change)


def _takes_away(change: Change) -> bool:
    name = ADDITIVE.get(change.key.kind)
    return any(
        one.name == name and not set(one.before) <= set(one.after)
        for one in change.attributes
    )
