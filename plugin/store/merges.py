"""Which contacts are one person, and under which id: pure, and without order."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One contact became another."""

    loser: int
    winner: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """With which address a contact came to Mautic and when, and with which it left."""

    contact_id: int
    address: str | None
    came_as: str | None
    came_at: datetime | None
    left_at: datetime | None


def recreated(stays: Collection[Stay]) -> list[Merge]:
    """Say which contacts were deleted and made anew: the loser is the deleted one.

    It is the first that came with the very address, after the other one had left.
    Where it may be either of several that left, it is none.
    """
    found = [
        Merge(loser=one.contact_id, winner=next_.contact_id, at=next_.came_at)
        for one in stays
        if (next_ := _successor(one, stays)) is not None and next_.came_at is not None
    ]
    claims = Counter(one.winner for one in found)
    return [one for one in found if claims[one.winner] == 1]


def _successor(gone: Stay, stays: Iterable[Stay]) -> Stay | None:
    later = [
        (one.came_at, one.contact_id, one)
        for one in stays
        if gone.left_at is not None
        and one.contact_id != gone.contact_id
        and one.came_at is not None
        and one.came_as == gone.address
        and one.came_at >= gone.left_at
    ]
    return min(later, key=lambda one: one[:2])[2] if later else None


def connected(contact_id: int, merges: Iterable[Merge]) -> set[int]:
    """Find everybody who is one with this contact, through whatever chain."""
    neighbours: dict[int, set[int]] = {}
    for merge in merges:
        neighbours.setdefault(merge.loser, set()).add(merge.winner)
        neighbours.setdefault(merge.winner, set()).add(merge.loser)
    found, to_visit = {contact_id}, [contact_id]
    while to_visit:
        new = neighbours.get(to_visit.pop(), set()) - found
        found |= new
        to_visit.extend(new)
    return found


def survivor(members: Collection[int], merges: Iterable[Merge]) -> int:
    """Say which of these contacts, all one person, is the one that is left.

    It is who won and never lost. Reports can contradict each other: of several
    the one that won last is taken, and in a circle the last winner. The answer
    depends on the set of merges only, never on the order they came in.
    """
    inside = [merge for merge in merges if merge.loser in members]
    if not inside:
        return min(members)
    losers = {merge.loser for merge in inside}
    left = [merge for merge in inside if merge.winner not in losers] or inside
    return max(left, key=lambda merge: (merge.at, merge.winner)).winner
