"""A week in the words of whom it concerns: one digest per owner and audience. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from plugin.mappings.model import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody who moved, or begins to; named only where the mappings say so."""

    contact_id: int
    #: Empty unless names may be sent.
    name: str
    link: str
    before: Phase | None
    after: Phase
    why: str = ""

    @property
    def is_up(self) -> bool:
        """Whether it brought them nearer."""
        order = [None, *Phase]
        return order.index(self.after) > order.index(self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one owner should know of one audience."""

    #: User of Mautic; None for people whom nobody owns.
    owner_id: int | None
    #: Key of the audience; empty for people who belong to none.
    audience: str
    #: What it is called, in the language of the installation.
    label: str
    #: Monday of the week it is told in.
    week: date
    #: How many moved, those that are listed being the first of them.
    moves: int = 0
    moved: Sequence[Mention] = ()
    risers: int = 0
    rising: Sequence[Mention] = ()
    #: Phase -> people who may hear from us today.
    due: Mapping[Phase, int] = field(default_factory=dict)
    #: A line per e-mail that does worse.
    failing: Sequence[str] = ()
    #: A line per plan.
    plans: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say: who is due is no news by itself."""
        return not (self.moves or self.risers or self.failing)

    def as_json(self, lang: str) -> dict[str, Any]:
        """Write it as plain JSON values, with its text."""
        told = asdict(self)
        told["week"] = self.week.isoformat()
        told["due"] = {one.value: count for one, count in self.due.items()}
        for name in ("moved", "rising"):
            told[name] = [
                one
                | {"before": one["before"] and one["before"].value}
                | {"after": one["after"].value}
                for one in told[name]
            ]
        return told | {"text": as_text(self, lang)}


_SAID = {
    "nl": {
        "head": "{label}, week van {week}",
        "moves": "Bewogen: {count}",
        "rising": "In beweging gekomen: {count}",
        "due": "Aan de beurt: {told}",
        "failing": "Inhoud die het slechter doet:",
        "plans": "Plannen:",
        "contact": "contact {id}",
        "more": "en nog {count}",
    },
    "en": {
        "head": "{label}, week of {week}",
        "moves": "Moved: {count}",
        "rising": "Begin to move: {count}",
        "due": "Due: {told}",
        "failing": "Content that does worse:",
        "plans": "Plans:",
        "contact": "contact {id}",
        "more": "and {count} more",
    },
}


def as_text(one: Digest, lang: str) -> str:
    """Write a digest as plain text, what is empty left out."""
    said = _SAID.get(lang, _SAID["en"])
    lines = [said["head"].format(label=one.label, week=one.week)]
    if one.moves:
        lines += ["", said["moves"].format(count=one.moves)]
        lines += _listed(one.moved, one.moves, said)
    if one.risers:
        lines += ["", said["rising"].format(count=one.risers)]
        lines += _listed(one.rising, one.risers, said)
    due = ", ".join(f"{phase.label} {count}" for phase, count in one.due.items())
    if due:
        lines += ["", said["due"].format(told=due)]
    for name, told in (("failing", one.failing), ("plans", one.plans)):
        if told:
            lines += ["", said[name], *(f"- {line}" for line in told)]
    return "\n".join(lines)


def _listed(
    mentions: Sequence[Mention], count: int, said: Mapping[str, str]
) -> list[str]:
    lines = [f"- {_told(one, said)}" for one in mentions]
    if count > len(mentions):
        lines.append(f"- {said['more'].format(count=count - len(mentions))}")
    return lines


def _told(one: Mention, said: Mapping[str, str]) -> str:
    who = one.name or said["contact"].format(id=one.contact_id)
    step = f"{one.before.label} -> {one.after.label}" if one.before else one.after.label
    why = f": {one.why}" if one.why else ""
    return f"{who} ({step}){why} {one.link}"
