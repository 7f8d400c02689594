"""What must change in Mautic for it to match the mappings. Pure.

A plan is a value: it can be printed, hashed and reviewed before anything is
sent. Applying it is `apply`'s job.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from plugin.errors import Misconfigured
from plugin.provision.available import Missing
from plugin.provision.keep import as_kept
from plugin.provision.resources import (
    Existing,
    Key,
    Kind,
    Owned,
    OwnedItem,
    Remembered,
    Resource,
    Secret,
    fingerprint,
)

#: What Mautic never changes after the making.
FIXED: Mapping[Kind, frozenset[str]] = {Kind.FIELD: frozenset({"type"})}

#: Kinds that are the marketer's once they are there: what they became says nothing.
THEIRS = frozenset({Kind.EMAIL})

#: Kinds that are only names: one that is there already serves as well as ours.
SHARED = frozenset({Kind.TAG, Kind.CATEGORY})


class NotOurs(Misconfigured):
    """Something in the way was not made by us, so we do not touch it."""


class TooMuchChange(Misconfigured):
    """More would be changed than is likely to be meant."""


class Action(StrEnum):
    """What to do with one thing."""

    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class AttributeChange:
    """One attribute that differs; `before` is None where nothing is there yet."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing to make or to change."""

    action: Action
    key: Key
    #: Why, as a sentence's end: "not in Mautic yet".
    reason: str
    attributes: tuple[AttributeChange, ...]
    desired: Resource
    existing: Existing | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What stands in the way, and what a person can do about it."""

    key: Key
    message: str
    #: Whether taking the existing thing over would solve it.
    adopt: bool = False


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What differs and stays so, as it is the marketer's."""

    key: Key
    attributes: tuple[AttributeChange, ...]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much of what is there one plan may change, as octodns has it."""

    #: Share of what is there, 0..1.
    share: float = 0.3
    #: Fewer changes than this are never too many.
    least: int = 10


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All changes in the order they must be made in; may be empty."""

    changes: tuple[Change, ...]
    problems: tuple[Problem, ...] = ()
    #: Ours by their mark, though our store has forgotten them.
    recovered: tuple[Remembered, ...] = ()
    #: Made by us earlier and no longer in the mappings: left alone.
    leftovers: tuple[Key, ...] = ()
    #: Mautic's ids of everything that exists.
    ids: Mapping[Key, int]
    #: Where Mautic differs and the mappings leave that to the marketer.
    kept: tuple[Kept, ...] = ()
    #: What this Mautic cannot have, and what a person can do instead.
    missing: tuple[Missing, ...] = ()
    #: How many of the things that are wanted are there already.
    standing: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether Mautic is as the mappings want it."""
        return not self.changes and not self.problems

    @property
    def updates(self) -> int:
        """How many things that are there would be changed."""
        return sum(one.action is Action.UPDATE for one in self.changes)

    @property
    def checksum(self) -> str:
        """Hash what would be done: equal plans, equal checksums."""
        content = json.dumps(self.as_json(), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        """Write as plain JSON values, without any secret and without checksum."""
        return {
            "changes": [_change_json(one) for one in self.changes],
            "problems": [_problem_json(one) for one in self.problems],
            "leftovers": [_key_json(one) for one in self.leftovers],
            "missing": [
                {**_key_json(one.key), "message": one.message} for one in self.missing
            ],
            "kept": [
                {
                    **_key_json(one.key),
                    "attributes": [_attribute_json(each) for each in one.attributes],
                }
                for one in self.kept
            ],
        }

    def refuse_problems(self) -> None:
        """Raise `NotOurs` with every problem, if there is one."""
        if self.problems:
            raise NotOurs(
                "nothing was changed in Mautic: the plan has problems",
                tuple(f"{one.key}: {one.message}" for one in self.problems),
            )

    def refuse_too_much(self, limit: Limit) -> None:
        """Raise `TooMuchChange` when more would be changed than the limit allows."""
        most = limit.share * self.standing
        if self.updates < limit.least or self.updates <= most:
            return
        raise TooMuchChange(
            f"nothing was changed in Mautic: the plan changes {self.updates} of the "
            f"{self.standing} things that are there, more than {limit.share:.0%}",
            (
                "look whether these are the right mappings, and this the right Mautic",
                "if so: stdc apply --force",
            ),
        )


def plan(
    desired: Mapping[Key, Resource],
    existing: Mapping[Key, Existing],
    owned: Owned,
    missing: tuple[Missing, ...] = (),
) -> Plan:
    """Compare what should be there with what is; touch only what is ours.

    `missing` is what this Mautic cannot have: it is only told.
    """
    known = {Key(Kind(one.kind), one.key): one for one in owned.list()}
    whole, desired = desired, _as_kept(desired, existing)
    wanted = sorted(desired.values(), key=lambda one: one.key.kind.rank)
    changes = (_change(one, existing.get(one.key), known) for one in wanted)
    return Plan(
        changes=tuple(one for one in changes if one is not None),
        problems=tuple(_problems(desired, existing, known)),
        recovered=tuple(
            _remember(desired[key], have)
            for key, have in existing.items()
            if key in desired and have.marked and _forgotten(have, known)
        ),
        leftovers=tuple(
            sorted(
                (
                    key
                    for key in known
                    if key not in desired and key not in {one.key for one in missing}
                ),
                key=_place,
            )
        ),
        ids={key: have.remote_id for key, have in existing.items()},
        standing=sum(key in existing for key in desired),
        kept=tuple(_kept(whole, desired, existing)),
        missing=missing,
    )


def _as_kept(
    desired: Mapping[Key, Resource], existing: Mapping[Key, Existing]
) -> dict[Key, Resource]:
    return {
        key: as_kept(one, existing[key]) if key in existing else one
        for key, one in desired.items()
    }


def _kept(
    whole: Mapping[Key, Resource],
    desired: Mapping[Key, Resource],
    existing: Mapping[Key, Existing],
) -> Iterator[Kept]:
    """List what would have been changed but for the marketer's right to it."""
    for key, want in whole.items():
        if key in existing and want.keep and key.kind not in THEIRS:
            left = {one.name for one in differing(desired[key], existing[key])}
            whole_change = differing(want, existing[key])
            attributes = tuple(one for one in whole_change if one.name not in left)
            if attributes:
                yield Kept(key=key, attributes=attributes)


def _place(key: Key) -> tuple[int, str]:
    return (key.kind.rank, key.name)


def differing(want: Resource, have: Existing) -> tuple[AttributeChange, ...]:
    """List the attributes that differ; one that Mautic does not answer cannot."""
    return tuple(
        AttributeChange(name=name, before=have.attributes[name], after=value)
        for name, value in want.attributes.items()
        if name in have.attributes and have.attributes[name] != value
    )


def is_ours(have: Existing, known: Mapping[Key, OwnedItem]) -> bool:
    """Whether we made it: it carries our mark, or we remember making it."""
    remembered = known.get(have.key)
    same = remembered is not None and remembered.remote_id == have.remote_id
    return have.marked or same


def shared_fingerprint(want: Resource, have: Existing) -> str:
    """Hash what is there of the attributes that are ours to set."""
    return fingerprint(
        {name: have.attributes[name] for name in _comparable(want, have)}
    )


def _change(
    want: Resource, have: Existing | None, known: Mapping[Key, OwnedItem]
) -> Change | None:
    if have is None:
        return _creation(want, known)
    attributes = differing(want, have)
    if not attributes or _obstacle(want, have, known):
        return None
    return Change(
        action=Action.UPDATE,
        key=want.key,
        reason=_reason(want, have, known.get(want.key)),
        attributes=attributes,
        desired=want,
        existing=have,
    )


def _creation(want: Resource, known: Mapping[Key, OwnedItem]) -> Change:
    gone = want.key in known
    return Change(
        action=Action.CREATE,
        key=want.key,
        reason="was deleted in Mautic" if gone else "not in Mautic yet",
        attributes=tuple(
            AttributeChange(name=name, before=None, after=value)
            for name, value in want.attributes.items()
        ),
        desired=want,
    )


def _reason(want: Resource, have: Existing, remembered: OwnedItem | None) -> str:
    if remembered is None:
        return "differs from the mappings"
    names = _comparable(want, have)
    if remembered.fingerprint == fingerprint({n: want.attributes[n] for n in names}):
        return "was changed by hand in Mautic"
    if remembered.fingerprint == fingerprint({n: have.attributes[n] for n in names}):
        return "the mappings changed"
    return "differs from the mappings"


def _comparable(want: Resource, have: Existing) -> list[str]:
    return sorted(set(want.attributes) & set(have.attributes))


def _problems(
    desired: Mapping[Key, Resource],
    existing: Mapping[Key, Existing],
    known: Mapping[Key, OwnedItem],
) -> Iterator[Problem]:
    for want in desired.values():
        have = existing.get(want.key)
        if have is not None and (problem := _obstacle(want, have, known)):
            yield problem
        for key in sorted(want.references):
            if key not in desired and key not in existing:
                yield Problem(
                    key=want.key,
                    message=f"refers to {key}, which is not in Mautic; make it there "
                    "or change the mappings",
                )


def _obstacle(
    want: Resource, have: Existing, known: Mapping[Key, OwnedItem]
) -> Problem | None:
    fixed = FIXED.get(want.key.kind, frozenset())
    for one in differing(want, have):
        if one.name in fixed:
            return Problem(
                key=want.key,
                message=f"its {one.name} is {one.before} in Mautic, the mappings want "
                f"{one.after}, and Mautic cannot change that: choose another name",
            )
    if want.key.kind in SHARED or is_ours(have, known):
        return None
    return Problem(
        key=want.key,
        message="exists in Mautic (id "
        f"{have.remote_id}) but was not made by STDC; rename it in mappings/ or "
        f"there, or take it over: stdc adopt {want.key.kind} {want.key.name}",
        adopt=True,
    )


def _forgotten(have: Existing, known: Mapping[Key, OwnedItem]) -> bool:
    remembered = known.get(have.key)
    return remembered is None or remembered.remote_id != have.remote_id


def _remember(want: Resource, have: Existing) -> Remembered:
    return Remembered(
        kind=have.key.kind.value,
        key=have.key.name,
        remote_id=have.remote_id,
        fingerprint=shared_fingerprint(want, have),
    )


def _change_json(one: Change) -> dict[str, Any]:
    return {
        "action": one.action.value,
        **_key_json(one.key),
        "reason": one.reason,
        "id": one.existing.remote_id if one.existing else None,
        "attributes": [_attribute_json(attribute) for attribute in one.attributes],
    }


def _attribute_json(one: AttributeChange) -> dict[str, Any]:
    if isinstance(one.after, Secret):
        is_new = one.before is None
        after = "(secret)" if is_new else "(secret differs)"
        before = None if is_new else "(secret)"
        return {"name": one.name, "before": before, "after": after}
    return {"name": one.name, "before": one.before, "after": one.after}


def _problem_json(one: Problem) -> dict[str, Any]:
    return {**_key_json(one.key), "message": one.message, "adopt": one.adopt}


def _key_json(key: Key) -> dict[str, str]:
    return {"kind": key.kind.value, "key": key.name}
