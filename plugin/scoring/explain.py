"""Say why: items that add up exactly to the score shown, and one sentence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from plugin.content.match import Catalogue
from plugin.content.next_item import NextItem
from plugin.history.evidence import Evidence
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase
from plugin.scoring.model import Availability, Momentum, Reason, Score, Undo
from plugin.scoring.words import Words

#: What Mautic can show.
_MOST, _LEAST = 100, 1
#: Reasons named in the one sentence.
_TOP = 2
#: Acts named behind a move.
_ACTS = 3
#: Projects named behind an availability.
_PROJECTS = 3


class Step(Protocol):
    """A move, as far as an explanation needs one."""

    @property
    def detail(self) -> str:
        """What tipped it."""
        ...


class Descent(Protocol):
    """A fall to come, as far as an explanation needs one."""

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def to(self) -> Phase:
        """Where to."""
        ...


class Standing(Protocol):
    """A decision, as far as an explanation needs one: phases are above scoring."""

    @property
    def phase(self) -> Phase:
        """The phase now."""
        ...

    @property
    def since(self) -> datetime:
        """Since when."""
        ...

    @property
    def cause(self) -> str:
        """Why, as a name in the table of words."""
        ...

    @property
    def moves(self) -> Sequence[Step]:
        """How they came there."""
        ...

    @property
    def score(self) -> Score:
        """What it rests on."""
        ...

    @property
    def review_at(self) -> datetime | None:
        """When time changes something."""
        ...

    @property
    def fall(self) -> Descent | None:
        """The next fall, if nothing happens."""
        ...

    @property
    def next_item(self) -> NextItem | None:
        """What to show them next."""
        ...

    @property
    def available(self) -> Availability | None:
        """From when they are free."""
        ...

    @property
    def momentum(self) -> Momentum:
        """Whether they have begun to move."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the sum."""

    text: str
    #: Hundredths of a point; all items together are the score shown.
    centipoints: int
    #: The points as written in this language.
    points: str
    #: None for rounding and limits.
    phase: Phase | None = None
    #: Name of the channel; empty for rounding and limits.
    channel: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why somebody is where they are, in one language."""

    lang: str
    phase: Phase
    since: datetime
    #: 1..100.
    score: int
    #: Who is where, since when.
    headline: str
    #: Phase, cause and strongest reasons in one sentence; for field and note.
    sentence: str
    because: str
    #: Adds up to `score` exactly.
    items: tuple[Item, ...]
    #: Interests, empty where there are none.
    interests: str
    #: What happens if nothing happens.
    outlook: str
    #: The fewest acts without which it would be another phase; empty for none.
    undo: str
    #: What was not counted; empty where all was.
    left_out: str
    #: What speaks for a machine there, a sentence each; the most frequent first.
    evidence: tuple[str, ...]
    mapping_version: str
    #: Whether they have begun to move; empty while steady.
    momentum: str = ""
    #: From when they are free; empty where nothing tells.
    availability: str = ""
    #: What to show them next and why; empty when they have seen all that fits.
    next_content: str = ""
    #: What is no longer kept of them; empty where nothing is forgotten.
    forgotten: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The sum, a line for each item and one for the score."""
        words = Words(self.lang)
        names = [_place(item) for item in self.items]
        wide = max((len(one) for one in names), default=0)
        rows = [
            f"{item.points:>8}  {name:<{wide}}  {item.text}"
            for item, name in zip(self.items, names, strict=True)
        ]
        return (*rows, f"{self.score:>5}     = {words.say('score')}")

    def as_text(self) -> str:
        """Write everything for a terminal or a plain page."""
        told = (
            *(self.headline, self.because, self.momentum, *self.lines),
            *(self.interests, self.availability, self.next_content),
            *(self.undo, self.outlook, self.left_out),
            *(f"  {one}" for one in self.evidence),
            self.forgotten,
        )
        return "\n".join(one for one in told if one)

    def as_json(self) -> dict[str, Any]:
        """Write everything as plain JSON values."""
        whole = asdict(self)
        return {**whole, "since": self.since.isoformat(), "items": list(whole["items"])}


def explain(
    decision: Standing,
    person: Person,
    mappings: Mappings,
    catalogue: Catalogue,  # noqa: ARG001 -- so that names can be looked up later
    lang: str,
    *,
    undo: Undo | None = None,
) -> Explanation:
    """Explain a decision in Dutch (`nl`) or English (`en`); `undo` says what tipped."""
    words = Words(lang)
    score = decision.score
    since = words.date(decision.since, score.as_of)
    name = person.profile.name or words.say("nobody", id=person.contact_id or person.id)
    return Explanation(
        lang=words.lang,
        phase=decision.phase,
        since=decision.since,
        score=score.shown,
        headline=words.say(
            "headline",
            name=name,
            phase=decision.phase.label,
            since=since,
            score=score.shown,
        ),
        sentence=sentence(decision, mappings, words),
        because=words.say("because", cause=_cause(decision, words)),
        items=_items(score, mappings, words),
        interests=_interests(score, mappings, words),
        outlook=outlook_text(decision, words),
        undo=undo_text(undo, words, score.as_of),
        left_out=_left_out(score, words),
        evidence=_evidence(score, words),
        mapping_version=mappings.version,
        momentum=momentum_text(decision.momentum, words, score.as_of),
        availability=_availability(decision.available, words),
        next_content=_next_content(decision.next_item, mappings, words),
        forgotten=_forgotten(person, words, score.as_of),
    )


def sentence(decision: Standing, mappings: Mappings, words: Words) -> str:
    """Say phase, cause and the strongest reasons in one or two sentences."""
    score = decision.score
    standing = words.say(
        "standing",
        phase=decision.phase.label,
        since=words.date(decision.since, score.as_of),
        cause=_cause(decision, words),
    )
    told = [
        reason_text(one, mappings, words, score.as_of) for one in score.reasons[:_TOP]
    ]
    if not told:
        return standing
    strongest = "; ".join(told)
    return f"{standing} {strongest[:1].upper()}{strongest[1:]}."


def momentum_text(momentum: Momentum, words: Words, as_of: datetime) -> str:
    """Say whether somebody has begun to move, and by what; empty while steady."""
    if momentum.since is None or momentum.began is None:
        return ""
    return words.say(
        f"momentum.{momentum.trend}",
        since=words.date(momentum.since, as_of),
        count=momentum.visits,
        began=words.date(momentum.began, as_of),
        usual=words.pace(momentum.usual_per_week),
    )


def available_text(available: Availability, words: Words) -> str:
    """Say from when somebody is free, and how sure that is."""
    return words.say(
        "available",
        month=words.month(available.month),
        confidence=words.say(f"confidence.{available.confidence}"),
    )


def _next_content(item: NextItem | None, mappings: Mappings, words: Words) -> str:
    if item is None:
        return ""
    values = {"name": item.name, "phase": item.phase.label}
    if item.topic is None:
        return words.say("next", **values)
    labels = mappings.content.topics.get(item.topic, {})
    return words.say("next.topic", topic=words.pick(labels, item.topic), **values)


def _availability(available: Availability | None, words: Words) -> str:
    if available is None:
        return ""
    told = available_text(available, words)
    if not available.projects:
        return words.say("available-from", told=told)
    projects = ", ".join(available.projects[:_PROJECTS])
    return words.say("available-from.looked", told=told, projects=projects)


def reason_text(
    reason: Reason, mappings: Mappings, words: Words, as_of: datetime
) -> str:
    """Say one reason: the rule's own sentence, or that of its type of event."""
    rule = next(one for one in mappings.scoring.rules if one.id == reason.rule)
    values = {
        "count": reason.count,
        "content": ", ".join(reason.content) or "?",
        "last": words.date(reason.last_at, as_of),
    }
    own = words.pick(rule.sentence)
    if own:
        return own.format(**values)
    name = f"rule.{rule.event.value}"
    return words.say(name if name in words else "rule", **values)


def _cause(decision: Standing, words: Words) -> str:
    detail = decision.moves[-1].detail if decision.moves else ""
    return words.cause(str(decision.cause), detail)


def _items(score: Score, mappings: Mappings, words: Words) -> tuple[Item, ...]:
    reasons = tuple(
        Item(
            text=reason_text(one, mappings, words, score.as_of),
            centipoints=one.centipoints,
            points=words.number(one.centipoints),
            phase=one.phase,
            channel=words.say(f"channel.{one.channel}"),
            rule=one.rule,
        )
        for one in score.reasons
    )
    rest = score.shown * 100 - score.centipoints
    if not rest:
        return reasons
    text = _rest(rest, words)
    return (*reasons, Item(text=text, centipoints=rest, points=words.number(rest)))


def _rest(rest: int, words: Words) -> str:
    """Name the difference between the sum and what is shown."""
    if abs(rest) <= 50:  # noqa: PLR2004 -- half a point: rounding
        return words.say("rounding")
    if rest < 0:
        return words.say("limit", most=_MOST)
    return words.say("least", least=_LEAST)


def _place(item: Item) -> str:
    return f"{item.phase.label}, {item.channel}" if item.phase else ""


def _interests(score: Score, mappings: Mappings, words: Words) -> str:
    labels = mappings.content.topics
    topics = [
        f"{words.pick(labels.get(one.topic, {}), one.topic)} ({one.affinity:.0%})"
        for one in score.interests
    ]
    return words.say("interests", topics=", ".join(topics)) if topics else ""


def outlook_text(decision: Standing, words: Words) -> str:
    """Say what happens if nothing happens."""
    score, fall, review = decision.score, decision.fall, decision.review_at
    is_first = review is not None and (fall is None or review < fall.at)
    if review is not None and is_first and "quarantined" in score.left_out:
        return words.say("looks-again", date=words.date(review, score.as_of))
    if fall is None:
        return words.say("stays", phase=decision.phase.label)
    date = words.date(fall.at, score.as_of)
    return words.say("falls", date=date, phase=fall.to.label)


def undo_text(undo: Undo | None, words: Words, as_of: datetime) -> str:
    """Say what a move rests on; empty where it rests on no acts."""
    if undo is None:
        return ""
    acts = [
        words.say("act", content=one.content or "?", date=words.date(one.at, as_of))
        for one in undo.acts[:_ACTS]
    ]
    if more := len(undo.acts) - _ACTS:
        acts += [words.say("acts.more", count=more)] if more > 0 else []
    joined = words.say("and").join([", ".join(acts[:-1]), acts[-1]][len(acts) == 1 :])
    return words.say("undo", acts=joined, phase=undo.phase.label)


def _forgotten(person: Person, words: Words, as_of: datetime) -> str:
    """Say what of them is no longer kept, and what that means for this moment."""
    if person.past is None:
        return ""
    is_before = as_of < person.past.until
    date = words.date(person.past.until, as_of)
    return words.say("forgotten.then" if is_before else "forgotten", date=date)


def _left_out(score: Score, words: Words) -> str:
    parts = [
        words.say(f"left-out.{why}", count=count)
        for why, count in score.left_out.items()
    ]
    return words.say("left-out", parts=", ".join(parts)) if parts else ""


def _evidence(score: Score, words: Words) -> tuple[str, ...]:
    return tuple(
        words.say("evidence", count=count, told=Evidence(name).sentence(words.lang))
        for name, count in score.evidence.items()
    )
