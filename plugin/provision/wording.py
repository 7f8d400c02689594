"""Words for what is made in Mautic, and the topics they are about. Pure."""

from collections.abc import Mapping

from plugin.mappings.model import Mappings


def say(texts: Mapping[str, str], language: str) -> str:
    """Choose a text by language; English, then any, where it is missing."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def topics_of(mappings: Mappings) -> list[str]:
    """List the topics with a label, and those that only rules name."""
    content = mappings.content
    used = {topic for rule in content.rules for topic in rule.topics}
    used |= {topic for rule in content.categories for topic in rule.topics}
    # A category's topic may be a pattern, which is none itself.
    plain = {topic for topic in used if topic.replace("-", "").isalnum()}
    return list(dict.fromkeys([*content.topics, *sorted(plain)]))


def topic_label(mappings: Mappings, topic: str, language: str) -> str:
    """Say how a topic reads."""
    return say(mappings.content.topics.get(topic, {}), language) or topic
