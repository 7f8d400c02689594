"""Whom history alone shows: the latent candidates a database held all along.

Nobody heard them when it happened; a backfill finds them. Best first: Do before
Think before the rest, within a phase who is rising now, then the most points.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any, Self

from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase, Trend
from plugin.phases.decide import decide
from plugin.phases.model import Decision
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import is_shown
from plugin.pipeline.silence import is_heard
from plugin.scoring.explain import explain
from plugin.store import Unit

#: Under this name stand the best, as lists of numbers.
MARK = "backfill.best"
#: How many are kept; `people` in the pages has everybody.
MOST = 1_000
#: Phases that are worth a call, the best one highest.
RANK = {Phase.THINK: 1, Phase.DO: 2}

#: Phase's rank, rising or not, centipoints, person id turned round.
_Rank = tuple[int, int, int, int]


@dataclass(slots=True)
class Best:
    """The best of those that were found so far."""

    ranks: list[_Rank]
    #: Found since it was read.
    found: int = 0
    _new: list[_Rank] = field(default_factory=list)

    @classmethod
    def read(cls, unit: Unit) -> Self:
        """Read what earlier steps found."""
        kept: Sequence[Any] = unit.marks.get(MARK) or ()
        return cls([tuple(one) for one in kept])

    def consider(self, mappings: Mappings, person: Person, decision: Decision) -> None:
        """Add somebody if history alone shows them."""
        is_rising = decision.momentum.trend is Trend.RISING
        rank = RANK.get(decision.phase, 0)
        if not is_shown(person) or not (rank or is_rising):
            return
        if is_heard(person, mappings, decision.score.as_of):
            return
        self.found += 1
        points = decision.score.centipoints
        self._new.append((rank, int(is_rising), points, -person.id))

    def keep(self, unit: Unit) -> None:
        """Keep the best, each once, in the unit that decided about them."""
        if self._new:
            known = {one[-1]: one for one in [*self.ranks, *self._new]}
            unit.marks.put(MARK, nlargest(MOST, known.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One rediscovered person, as of now."""

    contact_id: int
    name: str
    email: str
    #: Their page with us.
    link: str
    phase: Phase
    score: int
    is_rising: bool
    why: str


def forget(unit: Unit) -> None:
    """Begin the list anew."""
    unit.marks.put(MARK, None)


def rediscovered(parts: Parts, limit: int, lang: str) -> Iterator[Found]:
    """Yield the best that were found, as they stand now; who is gone is left out."""
    now = parts.clock()
    with parts.store.view() as unit:
        ids = [-rank[-1] for rank in Best.read(unit).ranks[:limit]]
        catalogue = parts.catalogue(unit)
        people = {one.id: one for one in unit.people.load_many(ids)}
    for person in (people[one] for one in ids if one in people):
        if is_shown(person) and person.has_history:
            decision = decide(person, parts.mappings, catalogue, as_of=now)
            told = explain(decision, person, parts.mappings, catalogue, lang)
            yield _found(parts, person, decision, told.sentence)


def _found(parts: Parts, person: Person, decision: Decision, why: str) -> Found:
    return Found(
        contact_id=person.contact_id or person.id,
        name=person.profile.name,
        email=person.profile.email or "",
        link=parts.link(person.id),
        phase=decision.phase,
        score=decision.score.shown,
        is_rising=decision.momentum.trend is Trend.RISING,
        why=why,
    )
