"""Small mappings to plan with."""

from dataclasses import replace
from typing import Any

from plugin.mappings.model import (
    CategoryRule,
    Content,
    Field,
    Fields,
    Mappings,
    Phase,
    PhaseRule,
    Phases,
    Scoring,
)
from plugin.mappings.provisioned import Campaign, CampaignStep, Keep, Segment
from plugin.provision.desired import desired
from plugin.provision.resources import Key, Kind, Resource

URL = "https://stdc.example/webhooks/mautic"
SECRET = "an-invented-webhook-secret"


def field(value: str, type_: str, **more: Any) -> Field:
    return Field(
        value=value,
        alias=f"stdc_{value}",
        type=type_,
        group="professional",
        label={"nl": f"STDC {value}", "en": f"STDC {value} (en)"},
        **more,
    )


FIELDS = Fields(
    fields=(
        field("phase", "select"),
        field("score", "number"),
        field("reason", "text", length=191),
        field("since", "datetime"),
        field("interests", "multiselect"),
        field("consent", "boolean"),
        field("link", "url", length=191),
    )
)

CONTENT = Content(
    categories=(
        CategoryRule(alias="think-*", phase=Phase.THINK, topics=frozenset({"cloud"})),
    ),
    topics={"security": {"nl": "Beveiliging", "en": "Security"}},
)

SEGMENTS = tuple(
    Segment(
        alias=f"stdc-{phase}",
        name={"nl": f"STDC - {phase.label}"},
        description={"nl": f"Iedereen die nu in {phase.label} is", "en": "x"},
        phase=phase,
    )
    for phase in Phase
)


def campaign(
    phase: Phase,
    *steps: CampaignStep,
    publish: bool = False,
    keep: frozenset[Keep] = frozenset(),
) -> Campaign:
    return Campaign(
        key=phase.value,
        name={"nl": f"STDC - {phase.label}"},
        description={"nl": f"Volgt op in {phase.label}"},
        segment=f"stdc-{phase}",
        steps=steps
        or (
            CampaignStep(
                name="Markeer",
                type="lead.changetags",
                properties={"add_tags": [f"in-{phase}"], "remove_tags": []},
            ),
            CampaignStep(
                name="Zet de fase",
                type="stage.change",
                properties={"stage": phase.value},
                wait_days=3,
            ),
        ),
        publish=publish,
        keep=keep,
    )


def replace_rules() -> Content:
    """Content that no category classifies."""
    return replace(CONTENT, categories=())


def mappings(**changes: Any) -> Mappings:
    whole: dict[str, Any] = {
        "version": "test",
        "scoring": Scoring(rules=()),
        "content": CONTENT,
        "phases": Phases(
            think=PhaseRule(phase=Phase.THINK, enter=20, leave=10),
            do=PhaseRule(phase=Phase.DO, enter=50, leave=30),
        ),
        "fields": FIELDS,
        "segments": SEGMENTS,
        "campaigns": tuple(campaign(phase) for phase in Phase),
    }
    return Mappings(**(whole | changes))


def wanted(secret: str = SECRET, **changes: Any) -> dict[Key, Resource]:
    """List what these mappings want of a Mautic that makes no reports, as 5.1."""
    whole = desired(mappings(**changes), webhook_url=URL, webhook_secret=secret)
    return {key: one for key, one in whole.items() if key.kind is not Kind.REPORT}
