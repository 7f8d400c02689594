"""What a campaign does after its own steps: by interest, then by click. Pure.

Each contact gets one e-mail on the first interest of theirs, or a general one, and
after that one more: what comes next for who clicked, a general one for who did not.
Between them lies the rhythm of the audience, so that nobody ever gets a burst.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from plugin.mappings.audiences import Cadence
from plugin.mappings.model import Mappings, Phase
from plugin.mappings.provisioned import Campaign, FollowUp
from plugin.planning.due import cadence_for
from plugin.provision.emails import Placeholder
from plugin.provision.steps import DEFAULTS, Step, canonical, event_of
from plugin.provision.wording import topic_label, topics_of

#: Days where no audience has a rhythm for the phase.
EVERY_DAYS: Mapping[Phase, int] = {
    Phase.SEE: 21,
    Phase.THINK: 14,
    Phase.DO: 7,
    Phase.CARE: 42,
}

#: Who has not clicked after so many times the rhythm is taken not to.
PATIENCE = 2

#: Language -> what a step is called.
WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "interest": "Interesse {topic}?",
        "mail": "Mail {topic}",
        "click": "Klik in mail {topic}?",
        "next": "Vervolg {topic}",
        "again": "Nog eens na {topic}",
        "general": "algemeen",
        "next-mail": "vervolg",
    },
    "en": {
        "interest": "Interest in {topic}?",
        "mail": "Mail {topic}",
        "click": "Click in mail {topic}?",
        "next": "Follow-up {topic}",
        "again": "Once more after {topic}",
        "general": "general",
        "next-mail": "follow-up",
    },
}

#: Keys of the e-mails on no topic.
GENERAL, NEXT = "general", "next"


@dataclass
class Drawn:
    """The steps of a follow-up, and the e-mails it needs that are not there yet."""

    steps: list[Step] = field(default_factory=list)
    placeholders: dict[str, Placeholder] = field(default_factory=dict)


def follow_up(
    campaign: Campaign, phase: Phase, mappings: Mappings, language: str
) -> Drawn:
    """Draw a campaign's follow-up behind its last step; empty where it has none."""
    drawn = Drawn()
    if campaign.follow_up is not None:
        pen = _Pen(
            campaign=campaign,
            wish=campaign.follow_up,
            phase=phase,
            mappings=mappings,
            language=language,
            drawn=drawn,
        )
        pen.draw()
    return drawn


class _Place(NamedTuple):
    """What a step hangs on: the step above it, and the way out of that."""

    above: str
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class _Pen:
    campaign: Campaign
    wish: FollowUp
    phase: Phase
    mappings: Mappings
    language: str
    drawn: Drawn

    def draw(self) -> None:
        place = self._last()
        for topic in topics_of(self.mappings) if self.wish.interests else ():
            label = topic_label(self.mappings, topic, self.language)
            tag = self.mappings.fields.interest_tag.format(topic=topic)
            name = self._say("interest", label)
            self._add(name, "lead.tags", {"tags": [tag]}, place)
            self._branch(topic, label, _Place(name, "yes"))
            place = _Place(name, "no")
        self._branch("", self._words["general"], place)

    def _branch(self, topic: str, label: str, place: _Place) -> None:
        cadence = cadence_for(
            self.mappings.audiences.values(), [topic] if topic else [], self.phase
        )
        every = _every(cadence, self.phase)
        first = cadence.gap_days if cadence else 0
        mail = self._say("mail", label)
        self._mail(mail, topic or GENERAL, place, first)
        if not self.wish.clicks:
            return
        click = self._say("click", label)
        self._add(click, "email.click", {}, _Place(mail))
        self._mail(self._say("next", label), NEXT, _Place(click, "yes"), every)
        if topic:
            # Who did not follow their own interest gets something else, much later.
            again = self._say("again", label)
            self._mail(again, GENERAL, _Place(click, "no"), PATIENCE * every)

    def _mail(self, name: str, what: str, place: _Place, days: int) -> None:
        properties = {**DEFAULTS["email.send"], "email": self._email(what)}
        self._add(name, "email.send", properties, place, days)

    def _email(self, what: str) -> str:
        """Name the e-mail: the mapping's, or one that is to be made."""
        if chosen := self.wish.emails.get(what):
            return f"#{chosen}" if chosen.isdecimal() else chosen
        key = f"{self.campaign.key}-{what}"
        topic = "" if what in (GENERAL, NEXT) else what
        labels = {GENERAL: self._words["general"], NEXT: self._words["next-mail"]}
        label = labels.get(what) or topic_label(self.mappings, topic, self.language)
        self.drawn.placeholders[key] = Placeholder(
            key=key,
            name=f"STDC - {self.phase.label} - {label}",
            phase=self.phase,
            topic=topic,
        )
        return key

    def _add(
        self,
        name: str,
        kind: str,
        properties: Mapping[str, object],
        place: _Place,
        days: int = 0,
    ) -> None:
        self.drawn.steps.append(
            {
                "name": name,
                "type": kind,
                "event": event_of(kind),
                "properties": canonical(properties),
                "wait": f"{days} d" if days else "",
                "after": place.above,
                "path": place.path,
            }
        )

    def _last(self) -> _Place:
        if not self.campaign.steps:
            return _Place("")
        last = self.campaign.steps[-1]
        return _Place(last.name, "" if event_of(last.type) == "action" else "yes")

    @property
    def _words(self) -> Mapping[str, str]:
        return WORDS.get(self.language, WORDS["en"])

    def _say(self, word: str, label: str) -> str:
        return self._words[word].replace("{topic}", label)


def _every(cadence: Cadence | None, phase: Phase) -> int:
    days = cadence.every_days.get(phase) if cadence else None
    return days or EVERY_DAYS[phase]


def unknown_emails(campaign: Campaign, mappings: Mappings) -> Iterator[str]:
    """Name the e-mails of a follow-up that are for nothing: no topic of ours."""
    known = {*topics_of(mappings), GENERAL, NEXT}
    if campaign.follow_up is not None:
        yield from sorted(set(campaign.follow_up.emails) - known)
