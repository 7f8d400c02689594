"""What other mappings would change, on the whole store; nothing is written."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase
from plugin.phases.decide import decide
from plugin.phases.model import Decision
from plugin.pipeline.silence import asks_now, is_handed_over
from plugin.scoring.explain import explain
from plugin.store import Store, Unit

#: People in memory at a time.
CHUNK = 500

#: A step: the phase now, and the one by the other mappings.
Edge = tuple[Phase, Phase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one person stands by one set of mappings."""

    phase: Phase
    #: 1..100.
    score: int
    #: Why, in one sentence.
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One person who would be elsewhere."""

    contact_id: int
    name: str
    before: Standing
    after: Standing


@dataclass(kw_only=True)
class WhatIf:
    """What would be different, counted."""

    as_of: datetime
    #: Versions of the mappings.
    before_version: str
    after_version: str
    #: Everybody with a history.
    people: int = 0
    #: People whose score shown would be another one.
    rescored: int = 0
    #: People who would newly be handed over to the ATS.
    handed_over: int = 0
    edges: Counter[Edge] = field(default_factory=Counter)
    before: Counter[Phase] = field(default_factory=Counter)
    after: Counter[Phase] = field(default_factory=Counter)
    #: Kept while counting: some for each edge.
    kept: dict[Edge, list[Example]] = field(default_factory=dict)

    @property
    def moved(self) -> int:
        """How many would be in another phase."""
        return self.edges.total()

    def examples(self, limit: int) -> list[Example]:
        """Give up to `limit` examples, in turn from each edge, commonest first."""
        order = sorted(self.kept, key=lambda edge: (-self.edges[edge], edge))
        piles = [self.kept[edge] for edge in order]
        longest = max(map(len, piles), default=0)
        turns = (pile[turn] for turn in range(longest) for pile in piles if pile[turn:])
        return list(turns)[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Two sets of mappings, to be compared as of one moment."""

    before: Mappings
    after: Mappings
    as_of: datetime
    #: Language of the reasons.
    lang: str
    examples: int = 20

    def run(
        self, store: Store, tell: Callable[[int], None] = lambda _count: None
    ) -> WhatIf:
        """Decide about everybody twice; `tell` hears how many are done each time.

        Reads the store as of one moment, in pieces, and writes nothing.
        """
        found = WhatIf(
            as_of=self.as_of,
            before_version=self.before.version,
            after_version=self.after.version,
        )
        with store.view() as unit:
            catalogue = Catalogue.of(unit.content.all())
            for ids in _pieces(unit):
                self.count(unit, ids, catalogue, found)
                tell(len(ids))
        return found

    def count(
        self, unit: Unit, ids: Sequence[int], catalogue: Catalogue, found: WhatIf
    ) -> None:
        """Decide twice about some people, and add them to what was found."""
        people = [one for one in unit.people.load_many(ids) if one.has_history]
        self._compare(people, catalogue, found)

    def _compare(
        self, people: Sequence[Person], catalogue: Catalogue, found: WhatIf
    ) -> None:
        # One set of mappings after the other: what is worked out of them is kept.
        before = self._decide(people, self.before, catalogue)
        after = self._decide(people, self.after, catalogue)
        for person in people:
            first, second = before[person.id], after[person.id]
            _count(found, first, second)
            found.handed_over += asks_now(
                person, second, self.after, catalogue
            ) and not is_handed_over(first)
            edge = (first.phase, second.phase)
            if first.phase is not second.phase and self._has_room(found, edge):
                example = self._example(person, first, second, catalogue)
                found.kept.setdefault(edge, []).append(example)

    def _has_room(self, found: WhatIf, edge: Edge) -> bool:
        return len(found.kept.get(edge, ())) < self.examples

    def _decide(
        self, people: Sequence[Person], mappings: Mappings, catalogue: Catalogue
    ) -> Mapping[int, Decision]:
        return {
            one.id: decide(one, mappings, catalogue, as_of=self.as_of) for one in people
        }

    def _example(
        self, person: Person, first: Decision, second: Decision, catalogue: Catalogue
    ) -> Example:
        return Example(
            contact_id=person.contact_id or person.id,
            name=person.profile.name,
            before=self._standing(person, first, self.before, catalogue),
            after=self._standing(person, second, self.after, catalogue),
        )

    def _standing(
        self,
        person: Person,
        decision: Decision,
        mappings: Mappings,
        catalogue: Catalogue,
    ) -> Standing:
        told = explain(decision, person, mappings, catalogue, self.lang)
        return Standing(
            phase=decision.phase, score=decision.score.shown, reason=told.sentence
        )


def _pieces(unit: Unit) -> Iterator[list[int]]:
    last = 0
    while ids := unit.people.ids(last, CHUNK):
        yield ids
        last = ids[-1]


def _count(found: WhatIf, first: Decision, second: Decision) -> None:
    found.people += 1
    found.before[first.phase] += 1
    found.after[second.phase] += 1
    found.rescored += first.score.shown != second.score.shown
    if first.phase is not second.phase:
        found.edges[first.phase, second.phase] += 1
