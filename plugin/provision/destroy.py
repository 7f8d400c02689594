"""Take away what we made in Mautic, and nothing that others made or still use."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.mautic.client import Mautic
from plugin.provision.plan import differing
from plugin.provision.read import endpoint, existing, is_marked, mark_of
from plugin.provision.resources import Key, Kind, Owned, Resource
from plugin.provision.uses import Use, uses

Raw = Mapping[str, Any]

#: Names of Mautic's kinds that nothing of ours is of, and that may use what is ours.
OTHER_KINDS = ("page", "form", "asset", "focus item", "dynamic content")


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One thing in Mautic: ours when it has a key."""

    #: "segment", "campaign", "form": how a person calls it.
    kind: str
    name: str
    remote_id: int
    uses: frozenset[Use]
    key: Key | None = None
    #: Whether it is ours and a marketer has filled it: then it is their work.
    is_filled: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r} (id {self.remote_id})"


@dataclass(frozen=True, kw_only=True)
class Removal:
    """One thing of ours that is to go, or stays because of who uses it."""

    thing: Thing
    key: Key
    #: Who uses it.
    users: tuple[Thing, ...] = ()

    @property
    def goes(self) -> bool:
        """Whether it may go: nobody uses it, and nobody put work into it."""
        return not self.users and not self.thing.is_filled


@dataclass(frozen=True, kw_only=True)
class RemovalResult:
    """What became of one removal; without a message it is done."""

    removal: Removal
    message: str = ""


def survey(
    client: Mautic, wanted: Mapping[Key, Resource], owned: Owned
) -> tuple[Thing, ...]:
    """Read everything in Mautic that is ours, or that could use what is ours."""
    known = {
        (Kind(one.kind), one.remote_id): Key(Kind(one.kind), one.key)
        for one in owned.list()
    }
    of_our_kinds = (
        _ours(kind, raw, _key(kind, raw, wanted, known), wanted)
        for kind in Kind
        if kind is not Kind.REPORT or client.reports.is_there()
        for raw in endpoint(client, kind).everything()
    )
    others = (_thing(name, raw, None) for name, raw in _elsewhere(client))
    return (*of_our_kinds, *others)


def removals(
    things: Sequence[Thing], selected: Collection[Key] | None = None
) -> tuple[Removal, ...]:
    """Say of each thing of ours whether it may go; users stand before what they use.

    `selected` are the keys that are to go; None means all. What is used by others
    stays, and so does what that uses in turn.
    """
    going = {
        one.key: one
        for one in things
        if one.key is not None and (selected is None or one.key in selected)
    }
    chosen = sorted(going, key=lambda key: (-key.kind.rank, key.name))
    users: dict[Key, tuple[Thing, ...]] = {}
    while True:
        staying = [one for one in things if one.key not in going or one.key in users]
        found = {key: _users(going[key], staying) for key in chosen}
        held = {key: by for key, by in found.items() if by or going[key].is_filled}
        if held.keys() == users.keys():
            break
        users = held
    return tuple(
        Removal(thing=going[key], key=key, users=users.get(key, ())) for key in chosen
    )


def destroy(
    planned: Sequence[Removal], client: Mautic, owned: Owned
) -> Iterator[RemovalResult]:
    """Take away what may go, one by one; failures are results.

    After the first sign that Mautic is away nothing more is tried.
    """
    unreachable = ""
    for one in planned:
        if not one.goes:
            continue
        if unreachable:
            yield RemovalResult(removal=one, message=unreachable)
            continue
        try:
            endpoint(client, one.key.kind).remove(one.thing.remote_id)
        except Rejected as error:
            yield RemovalResult(removal=one, message=str(error))
        except (Retryable, Misconfigured) as error:
            unreachable = "not tried after the failure before"
            yield RemovalResult(removal=one, message=str(error))
        else:
            owned.delete(one.key.kind.value, one.key.name)
            yield RemovalResult(removal=one)


def _users(thing: Thing, staying: Sequence[Thing]) -> tuple[Thing, ...]:
    if thing.key is None:
        return ()
    kind = thing.key.kind
    called = {(kind, f"#{thing.remote_id}"), (kind, thing.key.name)}
    return tuple(one for one in staying if one is not thing and called & one.uses)


def _thing(kind: str, raw: Raw, key: Key | None) -> Thing:
    name = next(
        (str(raw[one]) for one in ("name", "title", "label", "tag") if raw.get(one)),
        "",
    )
    return Thing(
        kind=kind, name=name, remote_id=int(raw["id"]), uses=uses(raw), key=key
    )


def _ours(
    kind: Kind, raw: Raw, key: Key | None, wanted: Mapping[Key, Resource]
) -> Thing:
    thing = _thing(kind.value, raw, key)
    if kind is Kind.EMAIL and key is not None:
        want = wanted.get(key)
        is_filled = want is None or bool(differing(want, existing(key, raw)))
        return replace(thing, is_filled=is_filled)
    return thing


def _key(
    kind: Kind,
    raw: Raw,
    wanted: Mapping[Key, Resource],
    known: Mapping[tuple[Kind, int], Key],
) -> Key | None:
    """Give our key of a thing, or None when it is not ours.

    An id that we remember is not enough: a Mautic that was set up anew gives it
    to something else.
    """
    if marked := mark_of(kind, raw):
        return Key(kind, marked)
    remembered = known.get((kind, int(raw["id"])))
    if remembered is not None and _is_called(remembered, raw):
        return remembered
    if kind in {Kind.FIELD, Kind.EMAIL}:
        # Their marks are weaker: a copy of an e-mail has it too.
        named = (key for key in wanted if key.kind is kind and is_marked(key, raw))
        return next((key for key in named if _is_wanted(wanted[key], raw)), None)
    return None


def _is_called(key: Key, raw: Raw) -> bool:
    return key.name in (raw.get("alias"), raw.get("tag")) or is_marked(key, raw)


def _is_wanted(want: Resource, raw: Raw) -> bool:
    if want.key.kind is Kind.FIELD:
        return True
    return bool(raw.get("name") == want.attributes["name"])


def _elsewhere(client: Mautic) -> Iterator[tuple[str, Raw]]:
    parts = (
        client.pages,
        client.forms,
        client.assets,
        client.focus,
        client.dynamic_contents,
    )
    for name, part in zip(OTHER_KINDS, parts, strict=True):
        if part.is_there():
            for raw in part.everything():
                yield name, raw
