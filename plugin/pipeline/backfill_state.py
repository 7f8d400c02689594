"""How far a backfill is: one mark, committed together with what it tells of."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from plugin.errors import Rejected
from plugin.pipeline.silence import Voice
from plugin.store import Unit

#: Under this name stands how far it is.
MARK = "backfill"
#: Rows named of those that cannot be read.
NAMED = 20


class TakenOver(Rejected):
    """Another run goes on from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a backfill is."""

    #: Who works on it: whoever began last.
    run: str
    begun_at: datetime
    finished_at: datetime | None = None
    #: Table -> the last row that is history; what came later reconcile brings.
    floors: Mapping[str, int] = field(default_factory=dict)
    #: Table, or "contacts" -> rows there were when it began.
    totals: Mapping[str, int] = field(default_factory=dict)
    #: The same -> the id up to which it was read, and rows read.
    reached: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    #: What was read to its end.
    done: tuple[str, ...] = ()
    #: What Mautic does not let us read, and why.
    skipped: Mapping[str, str] = field(default_factory=dict)
    #: Type -> events that were not known.
    events: Mapping[str, int] = field(default_factory=dict)
    #: Rows that could not be read, and some of them with the reason.
    unreadable: int = 0
    examples: tuple[str, ...] = ()
    #: Up to which person everybody was decided about, and how many.
    scored: int = 0
    people: int = 0
    #: How many were found by history alone.
    found: int = 0
    #: Whether Mautic was told of the phases.
    voice: Voice = Voice.SILENT

    def read(
        self,
        what: str,
        last: int,
        rows: int,
        *,
        events: Mapping[str, int],
        unreadable: Iterable[str],
    ) -> Self:
        """Tell of one more page of a table."""
        trouble = list(unreadable)
        return replace(
            self,
            reached={**self.reached, what: last},
            rows={**self.rows, what: self.rows.get(what, 0) + rows},
            events=dict(Counter(self.events) + Counter(events)),
            unreadable=self.unreadable + len(trouble),
            examples=(*self.examples, *trouble)[:NAMED],
        )

    def ended(self, what: str) -> Self:
        """Tell that a table was read to its end."""
        skipped = {name: why for name, why in self.skipped.items() if name != what}
        return replace(self, done=(*self.done, what), skipped=skipped)

    def refused(self, what: str, why: str) -> Self:
        """Tell that Mautic does not let us read a table."""
        return replace(self, skipped={**self.skipped, what: why})

    def as_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        whole = asdict(self)
        for name in ("begun_at", "finished_at"):
            moment = getattr(self, name)
            whole[name] = moment.isoformat() if moment else None
        return whole

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        finished = told["finished_at"]
        return cls(
            **{
                **told,
                "begun_at": datetime.fromisoformat(told["begun_at"]),
                "finished_at": datetime.fromisoformat(finished) if finished else None,
                "done": tuple(told["done"]),
                "examples": tuple(told["examples"]),
                "voice": Voice(told["voice"]),
            }
        )


def standing(unit: Unit) -> Standing | None:
    """Read how far it is; None where none was begun."""
    told = unit.marks.get(MARK)
    return None if told is None else Standing.of_json(told)


def advance(unit: Unit, now: Standing) -> None:
    """Keep how far it is, unless somebody else has taken over since."""
    kept = standing(unit)
    if kept is not None and kept.run != now.run:
        raise TakenOver("another `stdc backfill` was started and goes on from here")
    unit.marks.put(MARK, now.as_json())
