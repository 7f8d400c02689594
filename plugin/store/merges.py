"""Which contacts are one person, and under which id: pure, and without order."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One contact became another."""

    loser: int
    winner: int
    at: datetime


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
