"""Which job or pool somebody is meant for: the first rule that fits."""

from plugin.ats.base import TargetIntent, TargetKind
from plugin.mappings.ats import AtsMapping
from plugin.phases.model import Decision


def intent_for(decision: Decision, mapping: AtsMapping) -> TargetIntent:
    """Take the first target whose topics are among the person's interests; pure."""
    topics = {one.topic for one in decision.score.interests}
    for target in mapping.targets:
        if not target.topics or target.topics & topics:
            return TargetIntent(kind=TargetKind(target.kind), ref=target.ref)
    return TargetIntent()
