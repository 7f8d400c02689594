"""The mappings and the catalogue, made quick to ask: the same content comes again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from plugin.content.match import Catalogue, Classified, classify
from plugin.content.next_item import Shelf, keys_of
from plugin.history.clicks import Act
from plugin.mappings.globs import name_matches, page_of, url_matches
from plugin.mappings.model import (
    Channel,
    ChannelRule,
    Mappings,
    Phase,
    ScoringRule,
)
from plugin.mappings.projects import Project
from webhooks.events import ContentKind, ContentRef, Event, EventType

#: Channels by type of event, where no channel rule fits.
_CHANNELS: Mapping[EventType, Channel] = {
    EventType.EMAIL_OPENED: Channel.MAIL,
    EventType.EMAIL_CLICKED: Channel.MAIL,
    EventType.SMS_SENT: Channel.MAIL,
}

#: Answers remembered at most; addresses with tokens in them never end.
_LIMIT = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What the mappings and the catalogue say of an act."""

    #: Which phase and topics it is about; None when nobody knows.
    classified: Classified | None
    #: Where it was seen.
    channel: Channel
    #: The rule that gives points; None where none does.
    rule: ScoringRule | None
    #: What it was about, as people would call it; its address if need be.
    name: str
    #: What makes it the same content.
    page: str
    #: The projects of the calendar that it is a look at.
    projects: tuple[Project, ...]
    #: The content seen, named as by `keys_of`.
    seen: tuple[str, ...]


class Rulebook:
    """Answers what content is for, by which channel it came and which rule counts."""

    def __init__(self, mappings: Mappings, catalogue: Catalogue) -> None:
        """Take the rules and the content they are about."""
        self.mappings = mappings
        self.catalogue = catalogue
        self._readings: dict[Any, Reading] = {}
        self._shelf: Shelf | None = None
        self.scored = frozenset(
            rule.event for rule in mappings.scoring.rules if rule.points
        )

    def read(self, act: Act) -> Reading:
        """Say all there is to say of an act, remembering it: the same comes again.

        The key is everything that an answer rests on.
        """
        content, event = act.content, act.event
        link = None if content is event.content else event.content
        key = (
            event.type,
            _key(content),
            _key(link),
            _key(event.via),
            _host(event.referrer),
            *(_utm(event.utm) if event.utm else ()),
        )
        known = self._readings.get(key)
        if known is None:
            if len(self._readings) >= _LIMIT:
                self._readings.clear()
            known = self._readings[key] = self._read(act)
        return known

    @property
    def shelf(self) -> Shelf:
        """The content that can be shown next, ordered on first use."""
        if self._shelf is None:
            mappings = self.mappings
            self._shelf = Shelf(self.catalogue, mappings.content, mappings.language)
        return self._shelf

    def _read(self, act: Act) -> Reading:
        classified, channel = self._classify(act), self._channel(act)
        phase = classified.phase if classified is not None else None
        seen = (*keys_of(act.content), *keys_of(act.event.content))
        return Reading(
            classified=classified,
            channel=channel,
            rule=self._rule(act.event.type, phase, channel),
            name=self._name(act),
            page=content_key(act.content),
            projects=self._projects(act),
            seen=tuple(dict.fromkeys(seen)),
        )

    def _classify(self, act: Act) -> Classified | None:
        content, via, utm = act.content, act.event.via, act.event.utm
        rules = self.mappings.content
        found = classify(content, via, utm, rules, self.catalogue)
        if found is None and content is not act.event.content:
            # The page that a link led to says nothing: perhaps the link does.
            found = classify(act.event.content, via, utm, rules, self.catalogue)
        return found

    def _channel(self, act: Act) -> Channel:
        return _channel_of(act, self.mappings)

    def _projects(self, act: Act) -> tuple[Project, ...]:
        refs = (act.content, act.event.content)
        return tuple(
            one
            for one in self.mappings.projects.projects
            if any(_is_about(ref, one) for ref in refs)
        )

    def _name(self, act: Act) -> str:
        content, via = act.content, act.event.via
        for ref in (content, via):
            if ref is not None and (name := self._title(ref)):
                return name
        return page_of(content.url) if content is not None and content.url else ""

    def _title(self, ref: ContentRef) -> str:
        item = self.catalogue.find(ref)
        return ref.name or (item.name if item is not None else "")

    def _rule(
        self, event: EventType, phase: Phase | None, channel: Channel
    ) -> ScoringRule | None:
        """Find the first rule for this type of event, phase and channel."""
        return next(
            (
                rule
                for rule in self.mappings.scoring.rules
                if rule.event is event
                and (not rule.phases or phase in rule.phases)
                and (not rule.channels or channel in rule.channels)
            ),
            None,
        )


class _Last:
    """The rulebook used last: whoever scores many people asks with the same values."""

    book: ClassVar[Rulebook | None] = None


def rulebook(mappings: Mappings, catalogue: Catalogue) -> Rulebook:
    """Return the rulebook for these very values, made once."""
    book = _Last.book
    if book is None or book.mappings is not mappings or book.catalogue is not catalogue:
        book = Rulebook(mappings, catalogue)
        _Last.book = book
    return book


def content_key(ref: ContentRef | None) -> str:
    """Name content by what makes it the same: its address, else its kind and id."""
    if ref is None:
        return ""
    return page_of(ref.url) if ref.url else f"{ref.kind}:{ref.id or ref.name}"


def _key(ref: ContentRef | None) -> tuple[str | None, ...] | None:
    if ref is None:
        return None
    url = page_of(ref.url) if ref.url else ""
    return (ref.kind, ref.id, ref.name, url)


def _utm(utm: Mapping[str, str]) -> tuple[str, str, str]:
    return utm.get("medium", ""), utm.get("source", ""), utm.get("campaign", "")


def _host(referrer: str | None) -> str:
    return page_of(referrer).partition("/")[0] if referrer else ""


def _url(act: Act) -> str:
    ref = act.content
    return page_of(ref.url) if ref is not None and ref.url else ""


def _is_about(ref: ContentRef | None, project: Project) -> bool:
    if ref is None or ref.kind is ContentKind.EMAIL:
        return False
    by_url = bool(ref.url and project.urls) and url_matches(ref.url or "", project.urls)
    by_name = bool(ref.name and project.names) and name_matches(ref.name, project.names)
    return by_url or by_name


def _fits(rule: ChannelRule, act: Act) -> bool:
    """Tell whether all that a channel rule asks for is so."""
    event = act.event
    medium, source, _ = (one.lower() for one in _utm(event.utm))
    host = _host(event.referrer)
    return (
        (rule.event is None or rule.event is event.type)
        and (not rule.utm_medium or medium in rule.utm_medium)
        and (not rule.utm_source or source in rule.utm_source)
        and (not rule.referrer_hosts or name_matches(host, rule.referrer_hosts))
        and (not rule.urls or url_matches(_url(act), rule.urls))
    )


def channel_of(event: Event, mappings: Mappings) -> Channel:
    """Say where an event was seen: by the channel rules, else by what it is."""
    return _channel_of(Act(event=event, at=0, content=event.content), mappings)


def _channel_of(act: Act, mappings: Mappings) -> Channel:
    rules = mappings.scoring.channels
    found = next((rule.channel for rule in rules if _fits(rule, act)), None)
    return found or _by_nature(act)


def _by_nature(act: Act) -> Channel:
    via = act.event.via
    by_message = via is not None and via.kind in (ContentKind.EMAIL, ContentKind.SMS)
    return Channel.MAIL if by_message else _CHANNELS.get(act.event.type, Channel.SITE)
