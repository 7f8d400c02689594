"""What should be in Mautic, from the mappings. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from plugin.errors import Misconfigured
from plugin.mappings.model import Field, Mappings, Phase
from plugin.mappings.provisioned import Campaign
from plugin.provision import emails, steps
from plugin.provision.follow_up import Drawn, follow_up, unknown_emails
from plugin.provision.resources import Key, Kind, Resource, Secret, mark
from plugin.provision.segments import segments
from plugin.provision.wording import say, topic_label, topics_of

#: The triggers we need; every other one costs Mautic time on each save.
TRIGGERS = (
    "mautic.email_on_open",
    "mautic.email_on_send",
    "mautic.form_on_submit",
    "mautic.lead_channel_subscription_changed",
    "mautic.lead_post_delete",
    "mautic.lead_post_save_new",
    "mautic.lead_post_save_update",
    "mautic.page_on_hit",
)

#: Name of our one webhook in Mautic's list.
HOOK = "STDC"

#: What Mautic allows a field alias; it cuts longer ones without a word.
ALIAS_LIMIT = 25

#: Field types whose length Mautic limits: to 64 unless told otherwise.
SIZED = frozenset({"text", "select", "multiselect", "url", "email", "tel", "lookup"})

#: Labels of a boolean's two values.
NO_YES = {"nl": ("Nee", "Ja"), "en": ("No", "Yes")}

STAGE_TEXT = {
    "nl": "Hoe ver iemand nu is; STDC zet en onderhoudt dit.",
    "en": "How ready somebody is now; set and kept by STDC.",
}
#: Name of our one report in Mautic's list.
REPORT = "STDC funnel"
REPORT_TEXT = {
    "nl": "Hoeveel mensen er nu in elke fase zijn.",
    "en": "How many people are in each phase now.",
}
HOOK_TEXT = {
    "nl": "Meldt aan STDC wat contacten doen.",
    "en": "Tells STDC what contacts do.",
}


def desired(
    mappings: Mappings,
    *,
    webhook_url: str,
    webhook_secret: str,
    language: str | None = None,
) -> dict[Key, Resource]:
    """List what should be in Mautic, in the order of the mappings.

    `language` is that of labels and descriptions; the mappings' own by default.
    Raises `Misconfigured` with everything that cannot be made.
    """
    words = language or mappings.language
    resources = [
        *(_field(one, mappings, words) for one in mappings.fields.fields),
        *(_tag(name) for name in _tags(mappings)),
        *(_stage(phase, words) for phase in Phase),
        *(_category(alias) for alias in mappings.content.aliases),
        *segments(mappings, words),
        *_campaigns(mappings, words),
        *_report(mappings, words),
        _hook(webhook_url, webhook_secret, words),
    ]
    problems = tuple(_problems(resources, mappings))
    if problems:
        raise Misconfigured("the mappings ask for what Mautic cannot do", problems)
    return {one.key: one for one in resources}


def _field(one: Field, mappings: Mappings, language: str) -> Resource:
    attributes: dict[str, Any] = {
        "label": say(one.label, language),
        "type": one.type,
        "group": one.group,
        "published": True,
        "visible": True,
        # Or any visitor could set it through the tracking pixel.
        "public": False,
    }
    if options := _options(one, mappings, language):
        attributes["options"] = options
    if one.length and one.type in SIZED:
        attributes["length"] = one.length
    if one.type == "number":
        attributes["decimals"] = 0
    return Resource(key=Key(Kind.FIELD, one.alias), attributes=attributes)


def _options(one: Field, mappings: Mappings, language: str) -> list[list[str]]:
    """Return [[value, label], ...]; phases and topics need not be spelled out."""
    if one.type == "boolean":
        no, yes = NO_YES.get(language, NO_YES["en"])
        return [["0", no], ["1", yes]]
    if one.type not in {"select", "multiselect"}:
        return []
    if one.options:
        return [[value, say(text, language)] for value, text in one.options.items()]
    if one.value == "phase":
        return [[phase.value, phase.label] for phase in Phase]
    return [
        [topic, topic_label(mappings, topic, language)] for topic in topics_of(mappings)
    ]


def _tags(mappings: Mappings) -> list[str]:
    topics = topics_of(mappings)
    named = [mappings.fields.phase_tag.format(phase=phase.value) for phase in Phase]
    named += [mappings.fields.interest_tag.format(topic=topic) for topic in topics]
    named += [mappings.fields.rising_tag] if mappings.fields.rising_tag else []
    if mappings.fields.hand_over.by_score == "ask":
        named += sorted(mappings.fields.hand_over.tags)
    return list(dict.fromkeys(named))


def _tag(name: str) -> Resource:
    return Resource(key=Key(Kind.TAG, name), attributes={"tag": name})


def _stage(phase: Phase, language: str) -> Resource:
    attributes = {
        "name": phase.label,
        "weight": 10 * (1 + list(Phase).index(phase)),
        "description": mark(say(STAGE_TEXT, language), phase.value),
        "published": True,
    }
    return Resource(key=Key(Kind.STAGE, phase.value), attributes=attributes)


def _category(alias: str) -> Resource:
    return Resource(key=Key(Kind.CATEGORY, alias), attributes={"alias": alias})


def _campaigns(mappings: Mappings, language: str) -> Iterator[Resource]:
    """List the campaigns, each after the e-mails that are to be made for it."""
    phases = {one.alias: one.phase for one in mappings.segments}
    for one in mappings.campaigns:
        phase = phases.get(one.segment)
        drawn = (
            follow_up(one, phase, mappings, language) if phase is not None else Drawn()
        )
        for email in drawn.placeholders.values():
            yield emails.resource(email, mappings, language)
        yield _campaign(one, drawn.steps, language)


def _campaign(one: Campaign, more: list[steps.Step], language: str) -> Resource:
    made = steps.in_order([*steps.chain(one.steps), *more])
    attributes: dict[str, Any] = {
        "name": say(one.name, language),
        "description": mark(say(one.description, language), one.key),
        # People come back to a phase, and must get its campaign again.
        "restart": True,
        "segments": [one.segment],
        "steps": made,
    }
    # Left out when it is not to be published: that is the marketer's to decide.
    if one.publish:
        attributes["published"] = True
    return Resource(
        key=Key(Kind.CAMPAIGN, one.key),
        attributes=attributes,
        references=steps.references(made) | {Key(Kind.SEGMENT, one.segment)},
        keep=frozenset(one.keep),
    )


def _report(mappings: Mappings, language: str) -> Iterator[Resource]:
    """Count people per phase: what one wants to see of a funnel in Mautic itself."""
    phase = mappings.fields.by_value("phase")
    if phase is None:
        return
    column = f"l.{phase.alias}"
    yield Resource(
        key=Key(Kind.REPORT, "funnel"),
        attributes={
            "name": REPORT,
            "description": mark(say(REPORT_TEXT, language), "funnel"),
            "source": "leads",
            "columns": [column],
            "group": [column],
            "counts": [["COUNT", "l.id"]],
        },
        references=frozenset({Key(Kind.FIELD, phase.alias)}),
    )


def _hook(url: str, secret: str, language: str) -> Resource:
    attributes = {
        "name": HOOK,
        "description": mark(say(HOOK_TEXT, language), "hook"),
        "url": url,
        "secret": Secret(secret),
        "triggers": sorted(TRIGGERS),
        "order": "ASC",
        "published": True,
    }
    return Resource(key=Key(Kind.HOOK, "hook"), attributes=attributes)


def _problems(resources: list[Resource], mappings: Mappings) -> Iterator[str]:
    keys = [one.key for one in resources]
    for key in dict.fromkeys(key for key in keys if keys.count(key) > 1):
        yield f"{key}: named more than once"
    for value, segment in _asked_fields(mappings):
        if mappings.fields.by_value(value) is None:
            yield (
                f"segment {segment} needs a field that shows it "
                f"(fields.toml: value {value!r})"
            )
    for campaign in mappings.campaigns:
        for name in unknown_emails(campaign, mappings):
            yield f"campaign {campaign.key}: {name!r} in its emails is no topic"
    for one in resources:
        if one.key.kind is Kind.FIELD and len(one.key.name) > ALIAS_LIMIT:
            yield f"{one.key}: Mautic cuts an alias at {ALIAS_LIMIT} characters"
        if one.key.kind is Kind.CAMPAIGN:
            yield from _campaign_problems(one, frozenset(keys))


def _asked_fields(mappings: Mappings) -> Iterator[tuple[str, str]]:
    """List the values that segments filter on, each with the segment's alias."""
    for one in mappings.segments:
        asked = {
            "phase": one.phase is not None,
            "momentum": one.momentum is not None,
            "ats_status": one.in_ats is not None,
            "next_touch": one.due,
            "sunset": one.sunset is not None,
        }
        yield from ((value, one.alias) for value, is_so in asked.items() if is_so)


def _campaign_problems(one: Resource, known: frozenset[Key]) -> Iterator[str]:
    names = [step["name"] for step in one.attributes["steps"]]
    if not names:
        yield f"{one.key}: has no steps; Mautic keeps no campaign without"
    for name in _repeated(names):
        yield f"{one.key}: two steps are called {name!r}"
    for key in sorted(one.references):
        # E-mails are the marketer's: whether they exist shows in Mautic.
        if key.kind is not Kind.EMAIL and key not in known:
            yield f"{one.key}: refers to {key}, which is not in the mappings"


def _repeated(names: Iterable[str]) -> list[str]:
    seen = list(names)
    return sorted({name for name in seen if seen.count(name) > 1})
