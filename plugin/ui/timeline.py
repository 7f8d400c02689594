"""Everything that happened to one person, on one line of time, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from plugin.content.match import Catalogue, classify
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase
from plugin.phases.model import Move
from plugin.scoring.contributions import count
from plugin.scoring.rulebook import rulebook
from plugin.store import Link
from webhooks.events import ContentRef, Event, EventType

#: What stands behind what when both are of one moment: a move follows its cause.
_HAPPENED, _MOVED, _HANDED = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that happened."""

    at: datetime
    #: Order among things of one moment.
    rank: int
    #: What somebody, Mautic or the ATS did; None for a move or a hand-over.
    type: EventType | None = None
    #: What it was about, as far as anybody named it.
    content: str = ""
    #: The e-mail that led there; empty for none.
    via: str = ""
    #: By which channel, in a word of ours; empty where it gave no points.
    channel: str = ""
    #: What the content is for; None when nobody classified it, or there is none.
    phase: Phase | None = None
    #: Hundredths of a point when it was fresh; None where it gave none.
    centipoints: int | None = None
    move: Move | None = None
    #: Where somebody was handed over to.
    handed_to: str = ""


def timeline(
    person: Person,
    mappings: Mappings,
    catalogue: Catalogue,
    *,
    as_of: datetime,
    moves: Sequence[Move],
    links: Sequence[Link],
) -> list[Line]:
    """Put events, moves and hand-overs in one order, newest first."""
    lines = [
        *_happened(person, mappings, catalogue, as_of),
        *(Line(at=one.at, rank=_MOVED, move=one) for one in moves),
        *_handed(links),
    ]
    return sorted(lines, key=attrgetter("at", "rank"), reverse=True)


def _happened(
    person: Person, mappings: Mappings, catalogue: Catalogue, as_of: datetime
) -> Iterator[Line]:
    counted = count(person, rulebook(mappings, catalogue), as_of)
    worth = {one.key: one for one in counted.contributions}
    for event in person.events:
        found = classify(
            event.content, event.via, event.utm, mappings.content, catalogue
        )
        gave = worth.get(event.key)
        yield Line(
            at=event.occurred_at,
            rank=_HAPPENED,
            type=event.type,
            content=_name(event.content, catalogue) or _told_by(event),
            via=_name(event.via, catalogue),
            channel=gave.channel.value if gave else "",
            phase=found.phase if found else None,
            centipoints=round(gave.points * 100) if gave and gave.points else None,
        )


def _handed(links: Sequence[Link]) -> Iterator[Line]:
    for one in links:
        if one.handed_over_at is not None:
            yield Line(at=one.handed_over_at, rank=_HANDED, handed_to=one.connection)


def _name(ref: ContentRef | None, catalogue: Catalogue) -> str:
    """Name content as its sender did, else as Mautic does, else by its address."""
    if ref is None:
        return ""
    item = catalogue.find(ref)
    return ref.name or (item.name if item else "") or ref.url or ""


def _told_by(event: Event) -> str:
    """Name where the ATS put somebody, or what changed, for what has no content."""
    names = ("connection", "stage", "segment", "channel")
    return ", ".join(str(event.data[name]) for name in names if event.data.get(name))
