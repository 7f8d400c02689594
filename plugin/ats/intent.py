"""Which job, pool and recruiter somebody is meant for: the first rule that fits."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from plugin.ats.base import TargetIntent, TargetKind
from plugin.history.model import Profile
from plugin.mappings.ats import AtsMapping
from plugin.mappings.audiences import Audience
from plugin.phases.model import Decision


class Rule(Protocol):
    """What narrows whom a rule takes."""

    @property
    def topics(self) -> frozenset[str]:
        """Whoever has one of these interests."""
        ...

    @property
    def audiences(self) -> frozenset[str]:
        """Whoever is in one of these."""
        ...


R = TypeVar("R", bound=Rule)


def intent_for(
    decision: Decision,
    mapping: AtsMapping,
    audiences: Mapping[str, Audience] | None = None,
) -> TargetIntent:
    """Take the first target that fits the person's interests; pure."""
    target = _first(mapping.targets, decision, audiences or {})
    if target is None:
        return TargetIntent()
    return TargetIntent(kind=TargetKind(target.kind), ref=target.ref)


def owner_for(
    decision: Decision,
    profile: Profile,
    mapping: AtsMapping,
    audiences: Mapping[str, Audience],
) -> str | None:
    """Take the first recruiter who fits; None leaves it to the ATS. Pure."""
    found = _first(
        mapping.owners,
        decision,
        audiences,
        lambda one: one.mautic_owner in (None, profile.owner_id),
    )
    return found.ref if found else None


def _first(
    rules: Iterable[R],
    decision: Decision,
    audiences: Mapping[str, Audience],
    fits: Callable[[R], bool] = lambda _: True,
) -> R | None:
    topics = {one.topic for one in decision.score.interests}
    member = {key for key, one in audiences.items() if one.topics & topics}
    for rule in rules:
        is_meant = not rule.topics or rule.topics & topics
        is_member = not rule.audiences or rule.audiences & member
        if is_meant and is_member and fits(rule):
            return rule
    return None
