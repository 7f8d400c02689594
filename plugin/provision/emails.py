"""The e-mails that campaigns need and nobody has made yet: empty ones, to fill. Pure.

They are made unpublished, in the category of their phase and topic, with a greeting
by name and the content that fits the reader best. From then on they are the
marketer's: nothing in them is ever changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.mappings.model import Mappings, Phase
from plugin.provision.resources import Key, Kind, Resource
from plugin.provision.wording import topic_label

Raw = Mapping[str, Any]

#: Names of the parts of an e-mail that are the marketer's as soon as it is there.
THEIRS = frozenset(
    {"name", "subject", "language", "html", "category", "published", "utm"}
)

#: What stands before our key in an e-mail's UTM content: the only mark it can carry,
#: as Mautic's API answers no description of e-mails.
UTM_MARK = "stdc."

#: Language -> phase -> subject and body. `{topic}` and `{next}` are filled in.
TEXTS: Mapping[str, Mapping[Phase, tuple[str, str]]] = {
    "nl": {
        Phase.SEE: (
            "Iets over {topic} voor jou",
            (
                "<p>[Schrijf hier wat de lezer vandaag verder helpt.]</p>"
                "<p>Misschien iets voor jou: {next}.</p>"
            ),
        ),
        Phase.THINK: (
            "Verder met {topic}",
            (
                "<p>[Ga hier dieper in op het onderwerp, of nodig uit voor iets om aan "
                "mee te doen.]</p><p>Hierop aansluitend: {next}.</p>"
            ),
        ),
        Phase.DO: (
            "Zullen we kennismaken?",
            (
                "<p>[Vertel wat de volgende stap is, en wie de lezer kan bellen.]</p>"
                "<p>Alvast om te lezen: {next}.</p>"
            ),
        ),
        Phase.CARE: (
            "Hoe gaat het?",
            (
                "<p>[Schrijf hier iets voor wie er nu bij hoort.]</p>"
                "<p>Misschien iets voor jou: {next}.</p>"
            ),
        ),
    },
    "en": {
        Phase.SEE: (
            "Something about {topic} for you",
            (
                "<p>[Write here what helps the reader today.]</p>"
                "<p>This may be for you: {next}.</p>"
            ),
        ),
        Phase.THINK: (
            "Further into {topic}",
            (
                "<p>[Go deeper into the subject here, or invite to take part in "
                "something.]</p><p>Following on from that: {next}.</p>"
            ),
        ),
        Phase.DO: (
            "Shall we meet?",
            (
                "<p>[Tell what the next step is, and whom the reader can call.]</p>"
                "<p>Something to read meanwhile: {next}.</p>"
            ),
        ),
        Phase.CARE: (
            "How are you?",
            (
                "<p>[Write something here for who belongs now.]</p>"
                "<p>This may be for you: {next}.</p>"
            ),
        ),
    },
}

#: Language -> greeting, what stands for a missing name, and for "our subject".
WORDS = {
    "nl": ("Hallo", "daar", "jouw vak"),
    "en": ("Hello", "there", "your work"),
}


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """An e-mail that is to be made for a campaign."""

    #: Our lasting name: the campaign's key and what the e-mail is for.
    key: str
    name: str
    phase: Phase
    #: A topic of content.toml; "" for any.
    topic: str = ""


def resource(one: Placeholder, mappings: Mappings, language: str) -> Resource:
    """Say how an e-mail should be when it is made."""
    words = language if language in TEXTS else "en"
    category = category_of(mappings, one.phase, one.topic)
    greeting, nobody, anything = WORDS[words]
    subject, body = TEXTS[words][one.phase]
    topic = topic_label(mappings, one.topic, language) if one.topic else anything
    html = body.replace("{topic}", topic).replace("{next}", _next(mappings))
    hello = f"<p>{greeting} {{contactfield=firstname|{nobody}}},</p>"
    attributes = {
        "name": one.name,
        "subject": subject.replace("{topic}", topic),
        "language": words,
        "html": f"<html><body>{hello}{html}<p>{{unsubscribe_text}}</p></body></html>",
        "published": False,
        "utm": f"{UTM_MARK}{one.key}",
    }
    if category:
        attributes["category"] = category
    needed = {Key(Kind.CATEGORY, category)} if category else set()
    return Resource(
        key=Key(Kind.EMAIL, one.key),
        attributes=attributes,
        references=frozenset(needed),
        keep=THEIRS,
    )


def category_of(mappings: Mappings, phase: Phase, topic: str) -> str:
    """Find the category that says this phase and topic; "" where there is none."""
    rules = [one for one in mappings.content.categories if one.phase is phase]
    for one in rules:
        if topic and "*" in one.alias and "*" in one.topics:
            return one.alias.replace("*", topic)
    return next((one.alias for one in rules if "*" not in one.alias), "")


def from_email(raw: Raw) -> dict[str, Any]:
    """Read an e-mail."""
    category = raw.get("category")
    alias = category.get("alias") if isinstance(category, Mapping) else None
    return {
        "name": str(raw.get("name") or ""),
        "subject": str(raw.get("subject") or ""),
        "language": raw.get("language"),
        "html": str(raw.get("customHtml") or ""),
        "category": alias or "",
        "published": bool(raw.get("isPublished")),
        "utm": utm_of(raw),
    }


def to_email(want: Raw, ids: Mapping[Key, int]) -> dict[str, Any]:
    """Write a new e-mail: a template, as campaigns send no others."""
    body = {
        "name": want["name"],
        "subject": want["subject"],
        "emailType": "template",
        "language": want["language"],
        "customHtml": want["html"],
        "isPublished": want["published"],
        "utmTags": {
            "utmSource": "mautic",
            "utmMedium": "email",
            "utmCampaign": want["utm"].removeprefix(UTM_MARK),
            "utmContent": want["utm"],
        },
    }
    if category := want.get("category"):
        body["category"] = ids[Key(Kind.CATEGORY, category)]
    return body


def utm_of(raw: Raw) -> str:
    """Return an e-mail's UTM content; "" for none."""
    tags = raw.get("utmTags")
    return str(tags.get("utmContent") or "") if isinstance(tags, Mapping) else ""


def _next(mappings: Mappings) -> str:
    """Write a link to the next content, with the tokens of our fields."""
    name = mappings.fields.by_value("next_content")
    url = mappings.fields.by_value("next_content_url")
    if name is None or url is None:
        return "[link]"
    text = f"{{contactfield={name.alias}}}"
    return f'<a href="{{contactfield={url.alias}}}">{text}</a>'
