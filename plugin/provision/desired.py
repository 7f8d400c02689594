"""What should be in Mautic, from the mappings. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from plugin.errors import Misconfigured
from plugin.mappings.model import Field, Mappings, Phase
from plugin.mappings.provisioned import Campaign, Segment
from plugin.provision import steps
from plugin.provision.resources import Key, Kind, Resource, Secret, mark

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
        *(_category(alias) for alias in _categories(mappings)),
        *(_segment(one, mappings, words) for one in mappings.segments),
        *(_campaign(one, words) for one in mappings.campaigns),
        _hook(webhook_url, webhook_secret, words),
    ]
    problems = tuple(_problems(resources, mappings))
    if problems:
        raise Misconfigured("the mappings ask for what Mautic cannot do", problems)
    return {one.key: one for one in resources}


def _field(one: Field, mappings: Mappings, language: str) -> Resource:
    attributes: dict[str, Any] = {
        "label": _say(one.label, language),
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
        return [[value, _say(text, language)] for value, text in one.options.items()]
    if one.value == "phase":
        return [[phase.value, phase.label] for phase in Phase]
    labels = mappings.content.topics
    return [
        [topic, _say(labels.get(topic, {}), language) or topic]
        for topic in _topics(mappings)
    ]


def _topics(mappings: Mappings) -> list[str]:
    """List the topics with a label, and those that only rules name."""
    content = mappings.content
    used = {topic for rule in content.rules for topic in rule.topics}
    used |= {topic for rule in content.categories for topic in rule.topics}
    # A category's topic may be a pattern, which is none itself.
    plain = {topic for topic in used if topic.replace("-", "").isalnum()}
    return list(dict.fromkeys([*content.topics, *sorted(plain)]))


def _tags(mappings: Mappings) -> list[str]:
    topics = _topics(mappings)
    named = [mappings.fields.phase_tag.format(phase=phase.value) for phase in Phase]
    named += [mappings.fields.interest_tag.format(topic=topic) for topic in topics]
    named += [mappings.fields.rising_tag] if mappings.fields.rising_tag else []
    return list(dict.fromkeys(named))


def _tag(name: str) -> Resource:
    return Resource(key=Key(Kind.TAG, name), attributes={"tag": name})


def _stage(phase: Phase, language: str) -> Resource:
    attributes = {
        "name": phase.label,
        "weight": 10 * (1 + list(Phase).index(phase)),
        "description": mark(_say(STAGE_TEXT, language), phase.value),
        "published": True,
    }
    return Resource(key=Key(Kind.STAGE, phase.value), attributes=attributes)


def _categories(mappings: Mappings) -> list[str]:
    """List the categories the mappings know: a pattern once for each topic."""
    named: list[str] = []
    for rule in mappings.content.categories:
        if "*" not in rule.alias:
            named.append(rule.alias)
        elif "*" in rule.topics:
            topics = mappings.content.topics
            named += [rule.alias.replace("*", topic) for topic in topics]
    return list(dict.fromkeys(named))


def _category(alias: str) -> Resource:
    return Resource(key=Key(Kind.CATEGORY, alias), attributes={"alias": alias})


def _segment(one: Segment, mappings: Mappings, language: str) -> Resource:
    field = mappings.fields.by_value("phase")
    alias = field.alias if field else ""
    condition = {
        "glue": "and",
        "object": "lead",
        "field": alias,
        "type": field.type if field else "select",
        "operator": "=",
        "filter": one.phase.value,
    }
    return Resource(
        key=Key(Kind.SEGMENT, one.alias),
        attributes={
            "name": _say(one.name, language),
            "alias": one.alias,
            "description": mark(_say(one.description, language), one.alias),
            "published": True,
            "filters": [condition],
        },
        references=frozenset({Key(Kind.FIELD, alias)}),
        keep=frozenset(one.keep),
    )


def _campaign(one: Campaign, language: str) -> Resource:
    made = steps.in_order(steps.chain(one.steps))
    attributes: dict[str, Any] = {
        "name": _say(one.name, language),
        "description": mark(_say(one.description, language), one.key),
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


def _hook(url: str, secret: str, language: str) -> Resource:
    attributes = {
        "name": HOOK,
        "description": mark(_say(HOOK_TEXT, language), "hook"),
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
    if mappings.segments and mappings.fields.by_value("phase") is None:
        yield "segments need a field that shows the phase (fields.toml: value 'phase')"
    for one in resources:
        if one.key.kind is Kind.FIELD and len(one.key.name) > ALIAS_LIMIT:
            yield f"{one.key}: Mautic cuts an alias at {ALIAS_LIMIT} characters"
        if one.key.kind is Kind.CAMPAIGN:
            yield from _campaign_problems(one, frozenset(keys))


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


def _say(texts: Mapping[str, str], language: str) -> str:
    """Choose a text by language; English, then any, where it is missing."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
