"""Take over what somebody else made in Mautic, by putting our mark on it."""

from collections.abc import Mapping

from plugin.errors import Rejected
from plugin.mautic.client import Mautic
from plugin.provision.plan import FIXED, AttributeChange, differing, is_ours
from plugin.provision.read import endpoint, existing, mark_of, names_of, read
from plugin.provision.resources import Existing, Key, Kind, Owned, Resource, mark

#: Kinds whose description carries our mark.
DESCRIBED = frozenset(
    {
        Kind.TAG,
        Kind.STAGE,
        Kind.CATEGORY,
        Kind.SEGMENT,
        Kind.CAMPAIGN,
        Kind.REPORT,
        Kind.HOOK,
    }
)

#: Kinds that go by a name nobody can change, or should.
NAMED = frozenset({Kind.FIELD, Kind.TAG, Kind.CATEGORY})


def candidate(
    client: Mautic,
    wanted: Mapping[Key, Resource],
    owned: Owned,
    key: Key,
    remote_id: int | None = None,
) -> Existing:
    """Find what is to be taken over: what has our name, or the one with this id.

    Raises Rejected where there is none, or where it is something of ours already.
    """
    there = read(client, wanted, owned)
    have = there.get(key)
    if remote_id is not None and (have is None or have.remote_id != remote_id):
        ids = {one: found.remote_id for one, found in there.items()}
        have = _by_id(client, wanted, ids, key, remote_id)
    if have is None:
        raise Rejected(f"{key}: Mautic has nothing of that name; name it with --id")
    known = {Key(Kind(one.kind), one.key): one for one in owned.list()}
    if key in there and is_ours(there[key], known):
        raise Rejected(f"{key}: is ours already (id {there[key].remote_id})")
    _refuse_misfit(wanted[key], have)
    return have


def adopt(client: Mautic, have: Existing, owned: Owned) -> None:
    """Mark it as ours and remember it; the next plan may change it."""
    kind, name = have.key
    if kind in DESCRIBED and not have.marked:
        text = mark(str(have.raw.get("description") or ""), name)
        endpoint(client, kind).change(have.remote_id, {"description": text})
    owned.put(kind.value, name, have.remote_id, "")


def would_change(want: Resource, have: Existing) -> tuple[AttributeChange, ...]:
    """List what the next apply would change in it; our mark alone does not count."""
    return tuple(one for one in differing(want, have) if one.name != "description")


def _by_id(
    client: Mautic,
    wanted: Mapping[Key, Resource],
    ids: Mapping[Key, int],
    key: Key,
    remote_id: int,
) -> Existing | None:
    raw = endpoint(client, key.kind).read(remote_id)
    if raw is None:
        raise Rejected(f"Mautic has no {key.kind} with id {remote_id}")
    other = mark_of(key.kind, raw)
    if other not in (None, key.name):
        raise Rejected(f"id {remote_id} is ours already, as {key.kind} {other}")
    return existing(key, raw, names_of(ids, wanted.values()))


def _refuse_misfit(want: Resource, have: Existing) -> None:
    kind = want.key.kind
    called = have.raw.get("tag" if kind is Kind.TAG else "alias")
    if kind in NAMED and called != want.key.name:
        raise Rejected(
            f"{want.key}: Mautic's is called {called!r}, and that cannot change; "
            "write that name into mappings/ instead"
        )
    fixed = FIXED.get(kind, frozenset())
    for one in differing(want, have):
        if one.name in fixed:
            raise Rejected(
                f"{want.key}: its {one.name} is {one.before} in Mautic, the mappings "
                f"want {one.after}, and Mautic cannot change that"
            )
