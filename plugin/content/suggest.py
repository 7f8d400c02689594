"""What a piece of content is probably for, where nobody has said so. Pure.

Only a suggestion: nothing scores by it until a marketer gives the category.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin.content.match import CatalogueItem, Classified
from plugin.mappings.lint import folded
from plugin.mappings.model import Content, Phase

_HOST = re.compile(r"^https?://[^/]*")
#: Shorter words and these say nothing about content.
_LEAST = 4
_IDLE = frozenset(
    {
        *("http", "https", "html", "index", "page", "pagina", "form", "formulier"),
        *("deze", "this", "that", "voor", "with", "naar", "over", "from", "onze"),
        *("your", "jouw", "mail", "email"),
    }
)
#: A word speaks for a phase when it does so for so much of the content it is in.
_SURE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A category to give, and the words that speak for it."""

    #: Alias of the category, such as "think-cloud".
    category: str
    phase: Phase
    topic: str | None
    because: tuple[str, ...]


class Suggester:
    """What is learnt from the content that is classified already."""

    def __init__(
        self,
        known: Iterable[tuple[CatalogueItem, Classified | None]],
        content: Content,
    ) -> None:
        """Count in which phases each word of names and addresses occurs."""
        self._phases: dict[str, Counter[Phase]] = defaultdict(Counter)
        self._topics = _topic_words(content)
        for item, classified in known:
            if classified is not None:
                for word in words_of(item.name, item.url or ""):
                    self._phases[word][classified.phase] += 1

    def suggest(self, item: CatalogueItem) -> Suggestion | None:
        """Suggest a category by name and address; None where nothing speaks."""
        words = words_of(item.name, item.url or "")
        votes: Counter[Phase] = Counter()
        because: dict[str, Phase] = {}
        for word in words:
            phase = self._speaks_for(word)
            if phase is not None:
                votes[phase] += 1
                because[word] = phase
        topic = next((self._topics[one] for one in words if one in self._topics), None)
        if not votes:
            return None
        phase = max(Phase, key=lambda one: (votes[one], -list(Phase).index(one)))
        named = tuple(word for word, spoke in because.items() if spoke is phase)
        told = tuple(one for one in words if self._topics.get(one) == topic and topic)
        return Suggestion(
            category=f"{phase}-{topic}" if topic else phase.value,
            phase=phase,
            topic=topic,
            because=tuple(dict.fromkeys((*named, *told))),
        )

    def _speaks_for(self, word: str) -> Phase | None:
        seen = self._phases.get(word)
        if not seen:
            return None
        phase, often = seen.most_common(1)[0]
        return phase if often / seen.total() >= _SURE else None


def words_of(*texts: str) -> list[str]:
    """List the telling words of names and addresses, folded, each once."""
    found = (
        word
        for text in texts
        for word in re.split(
            r"[^a-z0-9]+", folded(re.sub(r"^https?://[^/]*", "", text))
        )
    )
    telling = (one for one in found if len(one) >= _LEAST and not one.isdecimal())
    return list(dict.fromkeys(one for one in telling if one not in _IDLE))


def _topic_words(content: Content) -> Mapping[str, str]:
    """Map the words of each topic's name and labels to the topic."""
    return {
        word: topic
        for topic, labels in content.topics.items()
        for word in words_of(topic, *labels.values())
    }
