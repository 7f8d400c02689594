"""Who did it: a person, a machine, or nobody can tell yet.

Mail scanners follow every link to look for harm. What they do looks like great
interest; `suspicion` finds what speaks against a person, and here it is weighed.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plugin.history.agents import is_machine_agent, may_be_same
from plugin.history.clicks import DAY, SECOND, Act
from plugin.history.evidence import (
    MACHINE,
    SCRIPT,
    SUSPECT,
    Around,
    Evidence,
    weight_of,
)
from plugin.history.suspicion import suspicion
from plugin.mappings.humans import HumanRules
from webhooks.events import Event, EventType

__all__ = ["Around", "Evidence", "Verdict", "is_machine_agent", "judge"]

#: What only people do.
_SIGNS = frozenset(
    {
        EventType.FORM_SUBMITTED,
        EventType.ASSET_DOWNLOADED,
        EventType.VIDEO_WATCHED,
    }
)

_NOTHING: frozenset[Evidence] = frozenset()
_NOBODY_ELSE = Around()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether and from when an act counts, and what speaks against a person."""

    #: In microseconds since 1970; None while it does not count.
    counts_from: int | None
    evidence: frozenset[Evidence] = _NOTHING

    @property
    def is_machine(self) -> bool:
        """Whether it never counts, whatever comes."""
        return weight_of(self.evidence) >= MACHINE

    @property
    def is_suspect(self) -> bool:
        """Whether it waits, or waited, for a person to show."""
        return SUSPECT <= weight_of(self.evidence) < MACHINE

    def sentences(self, lang: str) -> tuple[str, ...]:
        """Say what speaks against a person, heaviest first."""
        ordered = sorted(self.evidence, key=lambda one: (-one.weight, one))
        return tuple(one.sentence(lang) for one in ordered)


def judge(
    acts: Sequence[Act],
    events: Iterable[Event],
    rules: HumanRules,
    *,
    around: Around = _NOBODY_ELSE,
) -> list[Verdict]:
    """Give a verdict on each act, in their order; `events` tell when mail was sent.

    Pure, and of the whole history: evidence that comes late takes back what it
    disproves, and a person who shows late releases what waited.
    """
    found = suspicion(acts, events, rules, around)
    if not any(found):
        return [Verdict(one.at) for one in acts]
    weights = [weight_of(one) for one in found]
    signs = _Signs(acts, weights, rules)
    return [
        Verdict(_counts_from(one, weight, signs, rules), evidence)
        for one, weight, evidence in zip(acts, weights, found, strict=True)
    ]


def _counts_from(
    act: Act, weight: int, signs: "_Signs", rules: HumanRules
) -> int | None:
    if weight < SUSPECT:
        return act.at
    if weight >= MACHINE:
        return None
    if act.script_at is not None and weight + SCRIPT < SUSPECT:
        return act.script_at
    shown = signs.after(act)
    if shown is not None:
        return shown
    return act.at + round(rules.release_days * DAY) if rules.release_days else None


class _Signs:
    """The moments at which a person showed themselves, and with which programme."""

    def __init__(
        self, acts: Sequence[Act], weights: Sequence[int], rules: HumanRules
    ) -> None:
        self._patience = round(rules.sign_minutes * 60 * SECOND)
        self._settled = round(rules.burst_seconds * SECOND)
        self._signs: list[tuple[int, str | None]] = []
        self._person: Act | None = None
        last_click: int | None = None
        for one, weight in zip(acts, weights, strict=True):
            if weight >= MACHINE:
                continue
            if self._shows(one, weight, last_click):
                self._add(one)
            if one.by_mail:
                last_click = one.at
            if weight < SUSPECT and one.event.user_agent:
                self._person = one
        self._signs.sort(key=lambda sign: sign[0])

    def after(self, act: Act) -> int | None:
        """Find when a person showed soon after an act, with the same programme."""
        place = bisect_left(self._signs, act.at, key=lambda sign: sign[0])
        for at, agent in self._signs[place:]:
            if at > act.at + self._patience:
                return None
            if may_be_same(agent, act.event.user_agent):
                return at
        return None

    def _shows(self, act: Act, weight: int, last_click: int | None) -> bool:
        if act.by_mail:
            return weight < SUSPECT and act.script_at is not None
        if act.event.type in _SIGNS:
            return True
        return act.event.type is EventType.PAGE_VISITED and (
            last_click is None or act.at - last_click >= self._settled
        )

    def _add(self, act: Act) -> None:
        at = act.script_at if act.by_mail and act.script_at is not None else act.at
        self._signs.append((at, act.event.user_agent or self._agent_of_person(act.at)))

    def _agent_of_person(self, at: int) -> str | None:
        """Forms name no programme: it is that of the person last seen."""
        person = self._person
        is_near = person is not None and at - person.at <= self._patience
        return person.event.user_agent if person is not None and is_near else None
