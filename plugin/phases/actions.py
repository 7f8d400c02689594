"""What comes of a decision: what Mautic should show of a person, and the notes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from plugin.history.model import Person
from plugin.mappings.model import FIELD_VALUES, Field, Mappings, Phase, Trend
from plugin.phases.model import Decision, Move
from plugin.scoring.explain import (
    available_text,
    momentum_text,
    outlook_text,
    sentence,
    undo_text,
)
from plugin.scoring.model import Undo
from plugin.scoring.words import Words

__all__ = [
    "FIELD_VALUES",
    "AtsState",
    "NextTouch",
    "Projection",
    "note_text",
    "project",
    "rising_note",
]

#: Mautic drops a written 0.
_LEAST, _MOST = 1, 100

#: What a text field holds when the mapping names no length: Mautic's own default.
_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsState:
    """How a person stands in the ATS that spoke last."""

    connection: str
    #: As the ATS's words were normalised: new, active, hired, ...
    status: str
    url: str | None = None
    handed_over_at: datetime | None = None
    #: When the ATS last told something of them; None while they stand in none.
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTouch:
    """From which day somebody should hear from us again, as Mautic shows it."""

    #: None for never.
    on: date | None
    #: By which rules, in one line.
    why: str = ""
    #: How far they are who show no sign of life: awake, slow, win-back or stopped.
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What Mautic should show of a person."""

    #: Field alias -> value; None empties the field.
    fields: Mapping[str, str | int | None]
    #: The tags of ours that the contact should have; others of ours go.
    tags: frozenset[str]
    stage: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What the values of fields are read from."""

    decision: Decision
    mappings: Mappings
    words: Words
    ats: AtsState | None
    link: str | None
    next_touch: NextTouch


#: Who hears nothing by rhythm.
NEVER = NextTouch(on=None)


def project(
    decision: Decision,
    person: Person,
    mappings: Mappings,
    *,
    ats: AtsState | None,
    link: str | None,
    lang: str,
    next_touch: NextTouch = NEVER,
) -> Projection:
    """Say which fields, tags and stage a contact should have in Mautic.

    `next_touch` is the day from which they should hear from us again, and why then.
    """
    del person  # what is shown comes from the decision alone, for now
    words = Words(lang)
    view = _View(
        decision=decision,
        mappings=mappings,
        words=words,
        ats=ats,
        link=link,
        next_touch=next_touch,
    )
    ours = mappings.fields
    topics = (one.topic for one in decision.score.interests)
    tags = {ours.interest_tag.format(topic=topic) for topic in topics}
    if ours.rising_tag and decision.momentum.trend is Trend.RISING:
        tags.add(ours.rising_tag)
    return Projection(
        fields={one.alias: _value(one, view) for one in ours.fields},
        tags=frozenset({ours.phase_tag.format(phase=decision.phase.value), *tags}),
        stage=decision.phase,
    )


def rising_note(decision: Decision, lang: str) -> str | None:
    """Write the note for who has begun to move; None while they are not rising."""
    momentum = decision.momentum
    if momentum.trend is not Trend.RISING:
        return None
    words = Words(lang)
    told = momentum_text(momentum, words, decision.score.as_of)
    return words.say("note.rising", told=told)


def note_text(
    move: Move,
    decision: Decision,
    mappings: Mappings,
    lang: str,
    *,
    tipped: Callable[[], Undo | None],
) -> str:
    """Write the note for one phase move.

    The last move also tells its reasons, what it rests on (`tipped` finds that out,
    which takes its time) and what happens if nothing happens.
    """
    words = Words(lang)
    moved = move.before is not None and move.before is not move.after
    text = words.say(
        "note" if moved else "note.same",
        before=move.before.label if move.before else "",
        after=move.after.label,
        date=words.date(move.at, decision.score.as_of),
        cause=words.cause(move.cause, move.detail),
    )
    if move != decision.moves[-1]:
        return text
    score = words.say("note.score", score=decision.score.shown)
    lines = (
        f"{text} {score}",
        sentence(decision, mappings, words),
        undo_text(tipped(), words, decision.score.as_of),
        outlook_text(decision, words),
    )
    return "\n".join(line for line in lines if line)


def _value(field: Field, view: _View) -> str | int | None:
    value = _VALUES[field.value](view)
    if field.value == "reason":
        value = _with_outlook(str(value), field.length or _LENGTH, view)
    if field.type == "multiselect" and field.value == "interests":
        return "|".join(_topics(view)) or None
    if isinstance(value, str) and field.type in ("text", "url", "select"):
        return _shortened(value, field.length or _LENGTH, field.type)
    return value


def _with_outlook(reason: str, length: int, view: _View) -> str:
    """Add what happens if nothing happens, where there is room for all of it."""
    whole = f"{reason} {outlook_text(view.decision, view.words)}"
    return whole if len(whole) <= length else reason


def _shortened(value: str, length: int, type_: str) -> str | None:
    """Cut a text at a word; half an address is none, so that is left out."""
    if len(value) <= length:
        return value
    if type_ == "url":
        return None
    return value[: length - 1].rsplit(" ", 1)[0].rstrip(",;.:") + "…"


def _since(view: _View) -> str:
    # Mautic keeps UTC without a zone, in whole seconds.
    return view.decision.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _ats_date(view: _View) -> str | None:
    changed_at = view.ats.changed_at if view.ats else None
    return changed_at.astimezone(UTC).date().isoformat() if changed_at else None


def _points(phase: Phase) -> Callable[[_View], int]:
    def points(view: _View) -> int:
        centipoints = view.decision.score.by_phase.get(phase, 0)
        return max(_LEAST, min(_MOST, round(centipoints / 100)))

    return points


def _topics(view: _View) -> list[str]:
    return [one.topic for one in view.decision.score.interests]


def _interests(view: _View) -> str | None:
    labels = view.mappings.content.topics
    named = [view.words.pick(labels.get(one, {}), one) for one in _topics(view)]
    return ", ".join(named) or None


def _channels(view: _View) -> str | None:
    by_channel = view.decision.score.by_channel
    order = sorted(by_channel, key=lambda one: (-by_channel[one], one))
    return ", ".join(view.words.say(f"channel.{one}") for one in order) or None


def _available(view: _View) -> str | None:
    available = view.decision.available
    return available_text(available, view.words) if available else None


def _due_on(view: _View) -> str | None:
    on = view.next_touch.on
    return on.isoformat() if on else None


def _next_name(view: _View) -> str | None:
    item = view.decision.next_item
    return item.name if item else None


def _next_url(view: _View) -> str | None:
    item = view.decision.next_item
    return item.url if item else None


#: How each value of a field of ours is read; the names are those of FIELD_VALUES.
_VALUES: Mapping[str, Callable[[_View], str | int | None]] = {
    "phase": lambda view: view.decision.phase.value,
    "phase_since": _since,
    "score": lambda view: view.decision.score.shown,
    "score_see": _points(Phase.SEE),
    "score_think": _points(Phase.THINK),
    "score_do": _points(Phase.DO),
    "interests": _interests,
    "reason": lambda view: sentence(view.decision, view.mappings, view.words),
    "channels": _channels,
    "available_from": _available,
    "next_touch": _due_on,
    "next_touch_why": lambda view: view.next_touch.why or None,
    "sunset": lambda view: view.next_touch.step or None,
    "next_content": _next_name,
    "next_content_url": _next_url,
    "momentum": lambda view: view.decision.momentum.trend.value,
    "ats_status": lambda view: view.ats.status if view.ats else None,
    "ats_date": _ats_date,
    "ats_link": lambda view: view.ats.url if view.ats else None,
    "link": lambda view: view.link,
}
