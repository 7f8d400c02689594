"""The mappings and the catalogue, made quick to ask: the same content comes again."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from plugin.content.match import Catalogue, Classified, classify
from plugin.content.next_item import Shelf
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
from webhooks.events import ContentKind, ContentRef, EventType

_Answer = TypeVar("_Answer")

#: Not asked yet; None is an answer.
_UNKNOWN: Any = object()

#: Channels by type of event, where no channel rule fits.
_CHANNELS: Mapping[EventType, Channel] = {
    EventType.EMAIL_OPENED: Channel.MAIL,
    EventType.EMAIL_CLICKED: Channel.MAIL,
    EventType.SMS_SENT: Channel.MAIL,
}

#: Answers remembered at most; addresses with tokens in them never end.
_LIMIT = 50_000


class Rulebook:
    """Answers what content is for, by which channel it came and which rule counts."""

    def __init__(self, mappings: Mappings, catalogue: Catalogue) -> None:
        """Take the rules and the content they are about."""
        self.mappings = mappings
        self.catalogue = catalogue
        self._classified: dict[Any, Classified | None] = {}
        self._channels: dict[Any, Channel] = {}
        self._rules: dict[
            tuple[EventType, Phase | None, Channel], ScoringRule | None
        ] = {}
        self._projects: dict[Any, tuple[Project, ...]] = {}
        self._shelf: Shelf | None = None
        self.scored = frozenset(
            rule.event for rule in mappings.scoring.rules if rule.points
        )

    def classify(self, act: Act) -> Classified | None:
        """Say which phase and topics an act is about; None when nobody knows."""
        content, via = act.content, act.event.via
        link = None if content is act.event.content else act.event.content
        campaign = act.event.utm.get("campaign")
        key = (_key(content), _key(link), _key(via), campaign)
        known = self._classified.get(key, _UNKNOWN)
        if known is not _UNKNOWN:
            return cast("Classified | None", known)
        utm = act.event.utm
        found = classify(content, via, utm, self.mappings.content, self.catalogue)
        if found is None and link is not None:
            # The page that a link led to says nothing: perhaps the link does.
            found = classify(link, via, utm, self.mappings.content, self.catalogue)
        return _remember(self._classified, key, found)

    def channel(self, act: Act) -> Channel:
        """Say where an act was seen: by the channel rules, else by what it is."""
        event = act.event
        via = event.via.kind if event.via is not None else None
        key = (event.type, via, _url(act), event.referrer, *_utm(event.utm))
        known = self._channels.get(key)
        if known is not None:
            return known
        rules = self.mappings.scoring.channels
        found = next((rule.channel for rule in rules if _fits(rule, act)), None)
        return _remember(self._channels, key, found or _by_nature(act))

    @property
    def shelf(self) -> Shelf:
        """The content that can be shown next, ordered on first use."""
        if self._shelf is None:
            mappings = self.mappings
            self._shelf = Shelf(self.catalogue, mappings.content, mappings.language)
        return self._shelf

    def projects(self, act: Act) -> tuple[Project, ...]:
        """List the projects of the calendar that an act is a look at."""
        if not self.mappings.projects.projects:
            return ()
        refs = (act.content, act.event.content)
        key = tuple(_key(ref) for ref in refs)
        known = self._projects.get(key)
        if known is not None:
            return known
        found = tuple(
            one
            for one in self.mappings.projects.projects
            if any(_is_about(ref, one) for ref in refs)
        )
        return _remember(self._projects, key, found)

    def name(self, act: Act) -> str:
        """Name what an act was about as people would; its address if need be."""
        content, via = act.content, act.event.via
        for ref in (content, via):
            if ref is not None and (name := self._title(ref)):
                return name
        return page_of(content.url) if content is not None and content.url else ""

    def _title(self, ref: ContentRef) -> str:
        item = self.catalogue.find(ref)
        return ref.name or (item.name if item is not None else "")

    def rule(
        self, event: EventType, phase: Phase, channel: Channel
    ) -> ScoringRule | None:
        """Find the first rule for this type of event, phase and channel."""
        key = (event, phase, channel)
        if key not in self._rules:
            self._rules[key] = next(
                (
                    rule
                    for rule in self.mappings.scoring.rules
                    if rule.event is event
                    and (not rule.phases or phase in rule.phases)
                    and (not rule.channels or channel in rule.channels)
                ),
                None,
            )
        return self._rules[key]


class _Last:
    """The rulebook used last: whoever scores many people asks with the same values."""

    book: Rulebook | None = None


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


def _key(ref: ContentRef | None) -> tuple[str, ...] | None:
    if ref is None:
        return None
    url = page_of(ref.url) if ref.url else ""
    return (ref.kind, ref.id or "", ref.name, url)


def _remember(memory: dict[Any, _Answer], key: Any, value: _Answer) -> _Answer:
    if len(memory) >= _LIMIT:
        memory.clear()
    memory[key] = value
    return value


def _utm(utm: Mapping[str, str]) -> tuple[str, str]:
    return utm.get("medium", ""), utm.get("source", "")


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
    medium, source = (one.lower() for one in _utm(event.utm))
    host = page_of(event.referrer).partition("/")[0] if event.referrer else ""
    return (
        (rule.event is None or rule.event is event.type)
        and (not rule.utm_medium or medium in rule.utm_medium)
        and (not rule.utm_source or source in rule.utm_source)
        and (not rule.referrer_hosts or name_matches(host, rule.referrer_hosts))
        and (not rule.urls or url_matches(_url(act), rule.urls))
    )


def _by_nature(act: Act) -> Channel:
    via = act.event.via
    by_message = via is not None and via.kind in (ContentKind.EMAIL, ContentKind.SMS)
    return Channel.MAIL if by_message else _CHANNELS.get(act.event.type, Channel.SITE)
