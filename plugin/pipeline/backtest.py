"""What the rules would have seen coming, over the whole store; nothing is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.mappings.model import Mappings
from plugin.planning.backtest import Backtest, signals
from plugin.planning.replay import Design, Outcome, follow, outcome
from plugin.store import Store, Unit

#: People in memory at a time.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked: which rules, over which time."""

    #: The rules that are judged.
    mappings: Mappings
    #: The ones in use, which say what a sign-up is.
    facts: Mappings
    since: datetime
    until: datetime
    horizon_days: int = 90
    #: Whether an event is known only from when it was received.
    as_received: bool = False

    def run(
        self, store: Store, tell: Callable[[int], None] = lambda _count: None
    ) -> Backtest:
        """Follow everybody; `tell` hears how many are done each time.

        Reads the store as of one moment, in pieces, and writes nothing.
        """
        with store.view() as unit:
            catalogue = Catalogue.of(unit.content.all())
            found = Backtest(self._design(catalogue))
            for ids in _pieces(unit):
                self._follow(unit, ids, found)
                tell(len(ids))
        return found

    def _design(self, catalogue: Catalogue) -> Design:
        return Design(
            mappings=self.mappings,
            catalogue=catalogue,
            since=self.since,
            until=self.until,
            horizon_days=self.horizon_days,
            signals=signals(self.mappings),
        )

    def _follow(self, unit: Unit, ids: list[int], found: Backtest) -> None:
        people = [one for one in unit.people.load_many(ids) if one.has_history]
        # One set of mappings after the other: what is worked out of them is kept.
        results = self._outcomes(people, found.design.catalogue)
        received = unit.history.received(ids) if self.as_received else None
        for person in people:
            track = follow(person, results[person.id], found.design, received)
            if track is not None:
                found.add(track)

    def _outcomes(
        self, people: list[Person], catalogue: Catalogue
    ) -> dict[int, Outcome | None]:
        return {
            one.id: outcome(one, self.facts, catalogue, self.until) for one in people
        }


def _pieces(unit: Unit) -> Iterator[list[int]]:
    last = 0
    while ids := unit.people.ids(last, CHUNK):
        yield ids
        last = ids[-1]
