"""Measure how well machines are told from people, on the labelled corpus."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from plugin.content.match import Catalogue
from plugin.history.clicks import acts, in_order
from plugin.history.domains import Stretch
from plugin.history.humans import Around, judge
from plugin.mappings.model import Mappings, Phase
from plugin.phases.decide import decide
from tests.support.corpus import BEGIN, MAILS, Labelled
from webhooks.events import EventType

AS_OF = BEGIN + timedelta(days=7 * MAILS + 7)
#: What is counted: what gives points. Opens give none.
COUNTED = frozenset({EventType.EMAIL_CLICKED, EventType.PAGE_VISITED})


@dataclass(kw_only=True)
class Sieved:
    """Counts of clicks by who made them."""

    mails: int = 0
    machine: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    human: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)

    @property
    def removed(self) -> float:
        """Share of the machines' clicks that do not count."""
        return 1 - self.passed.total() / max(1, self.machine.total())

    @property
    def loss(self) -> float:
        """Share of people's clicks that do not count."""
        return self.lost.total() / max(1, self.human.total())

    def add(self, other: "Sieved") -> None:
        """Add what another run counted."""
        self.mails += other.mails
        for name in ("machine", "passed", "human", "lost", "moves"):
            getattr(self, name).update(getattr(other, name))

    def as_text(self) -> str:
        """Say the figures, per family."""
        lines = [
            f"{self.mails:,} mails: {self.removed:.3%} of machines' clicks removed",
            f"{self.loss:.3%} of people's clicks lost",
            f"{self.moves.total()} phase moves by machines",
        ]
        for title, whole, part in (
            ("machine", self.machine, self.passed),
            ("human", self.human, self.lost),
        ):
            lines += [
                f"  {title:8} {name:22} {part[name]:>7,} of {count:>9,}"
                for name, count in sorted(whole.items())
            ]
        return "\n".join(lines)


def sieve(
    people: Iterable[Labelled],
    mappings: Mappings,
    catalogue: Catalogue,
    bursts: Mapping[str, tuple[Stretch, ...]] | None = None,
) -> Sieved:
    """Judge everybody; where a machine's click counts, see whether it moves them."""
    total = Sieved()
    for one in people:
        total.mails += MAILS
        around = Around(domain_bursts=(bursts or {}).get(one.domain, ()))
        if _count(one, mappings, around, total):
            moved = _rises(one, mappings, catalogue)
            total.moves[one.scanner] += moved
    return total


def _count(one: Labelled, mappings: Mappings, around: Around, total: Sieved) -> bool:
    """Count one person's clicks; tell whether any of a machine's passed."""
    scoring = mappings.scoring
    events = in_order(one.person.events, AS_OF)
    done = acts(events, scoring.same_click_seconds)
    verdicts = judge(done, events, scoring.humans, around=around)
    passed = False
    for act, verdict in zip(done, verdicts, strict=True):
        if act.event.type not in COUNTED:
            continue
        family = one.machine.get(act.event.key)
        if family is not None:
            total.machine[family] += 1
            total.passed[family] += verdict.counts_from is not None
            passed = passed or verdict.counts_from is not None
        elif act.event.type is EventType.EMAIL_CLICKED:
            total.human[one.human] += 1
            total.lost[one.human] += verdict.counts_from is None
    return passed


def _rises(one: Labelled, mappings: Mappings, catalogue: Catalogue) -> int:
    """Count moves up that would not have been made without the machines."""
    order = {phase: place for place, phase in enumerate(Phase)}

    def moves(*, clean: bool) -> Counter[Phase]:
        person = one.without_machines() if clean else one.person
        decision = decide(person, mappings, catalogue, as_of=AS_OF)
        return Counter(
            move.after
            for move in decision.moves
            if move.before is not None and order[move.after] > order[move.before]
        )

    return (moves(clean=False) - moves(clean=True)).total()
