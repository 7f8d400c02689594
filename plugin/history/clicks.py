"""From events to acts: what is reported several times was done once.

A click in an e-mail reaches us as a redirect hit, the hit of the page it led to
and an open of the e-mail; some programmes fetch the link twice. All that is one
click.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from plugin.history.agents import may_be_same
from plugin.mappings.globs import page_of
from webhooks.events import ContentKind, ContentRef, Event, EventType

#: Moments are whole microseconds since 1970: exact, and quick to compare.
SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Clicks within the window that are looked at: a flood must not cost its square.
_LOOKED_AT = 100

#: What a person does; everything else is done to them, or is state.
BEHAVIOUR = frozenset(
    {
        EventType.EMAIL_OPENED,
        EventType.EMAIL_CLICKED,
        EventType.PAGE_VISITED,
        EventType.FORM_SUBMITTED,
        EventType.ASSET_DOWNLOADED,
        EventType.VIDEO_WATCHED,
    }
)


#: What shows that somebody is there: what they do, save an open, which programmes
#: make by themselves; and what the ATS tells of them. A mail that is sent to them, or
#: what a campaign or a marketer does with them, does not.
SIGNS_OF_LIFE = frozenset(
    {
        *(BEHAVIOUR - {EventType.EMAIL_OPENED}),
        EventType.CANDIDATE_HIRED,
        EventType.CANDIDATE_UNHIRED,
        EventType.CANDIDATE_REJECTED,
        EventType.CANDIDATE_WITHDRAWN,
        EventType.ASSIGNMENT_ENDED,
    }
)


@dataclass(slots=True, eq=False)
class Act:
    """One thing somebody did, whichever events report it."""

    event: Event
    #: When, in microseconds since 1970.
    at: int
    #: What it was about: for a click the page it led to, as far as that is known.
    content: ContentRef | None
    #: Whether the page of a click reported itself too.
    is_landed: bool = False
    #: When that page's own script ran: scanners mostly run none.
    script_at: int | None = None
    #: When the same link was fetched again, first; None where it was not.
    again_at: int | None = None

    @property
    def by_mail(self) -> bool:
        """Whether a link in an e-mail led there."""
        via = self.event.via
        return self.event.type is EventType.EMAIL_CLICKED or (
            via is not None and via.kind is ContentKind.EMAIL
        )


def micros(moment: datetime) -> int:
    """Turn an aware moment into microseconds since 1970."""
    return round(moment.timestamp() * SECOND)


def moment_of(at: int) -> datetime:
    """Turn microseconds since 1970 into an aware moment, UTC."""
    return _EPOCH + timedelta(microseconds=at)


def in_order(events: Iterable[Event], as_of: datetime) -> list[Event]:
    """Order what happened until `as_of` by (occurred_at, key), each key once."""
    seen: set[str] = set()
    ordered: list[Event] = []
    for event in sorted(events, key=attrgetter("occurred_at", "key")):
        if event.occurred_at > as_of:
            break
        if event.key not in seen:
            seen.add(event.key)
            ordered.append(event)
    return ordered


def acts(events: Sequence[Event], same_click_seconds: float) -> list[Act]:
    """Collapse ordered events into acts, oldest first."""
    behaviour = [
        Act(event, micros(event.occurred_at), event.content)
        for event in events
        if event.type in BEHAVIOUR
    ]
    if all(one.event.type is not EventType.EMAIL_CLICKED for one in behaviour):
        return behaviour
    clicks = _Clicks(round(same_click_seconds * SECOND))
    once = [one for one in behaviour if not clicks.repeats(one)]
    return [one for one in once if not clicks.covers(one)]


class _Clicks:
    """The clicks of one person, and what else reports them."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._clicks: list[Act] = []
        self._moments: list[int] = []

    def repeats(self, act: Act) -> bool:
        """Take in a click, unless it is the last one again."""
        if act.event.type is not EventType.EMAIL_CLICKED:
            return False
        for one in self._near(act.at, after=0):
            if _is_same_click(act, one):
                one.again_at = one.again_at or act.at
                return True
        self._clicks.append(act)
        self._moments.append(act.at)
        return False

    def covers(self, act: Act) -> bool:
        """Tell whether an act only reports a click, which then learns of it."""
        if act.event.type is EventType.EMAIL_OPENED:
            mail = act.content.id if act.content is not None else None
            near = self._near(act.at, after=self._window)
            return any(_mail(one) == mail for one in near)
        if act.event.type is not EventType.PAGE_VISITED:
            return False
        return self._landed(act)

    def _landed(self, visit: Act) -> bool:
        nearest = self._near(visit.at, after=0)[::-1]
        near = [one for one in nearest if _may_be_one_programme(one, visit)]
        page = _page(visit)
        same_page = [one for one in near if page is not None and _page(one) == page]
        if visit.by_mail:
            same_mail = [one for one in near if _mail(one) == _mail(visit)]
            known = [one for one in same_mail if one in same_page]
            # Nothing but the e-mail and the moment ties a redirect to its landing.
            found = known or [one for one in same_mail if not one.is_landed]
        else:
            found = same_page if visit.event.via is None else []
        if found:
            _land(found[0], visit)
        return bool(found)

    def _near(self, at: int, *, after: int) -> list[Act]:
        """Clicks from one window before until `after` later, oldest first."""
        first = bisect_left(self._moments, at - self._window)
        last = bisect_right(self._moments, at + after)
        return self._clicks[max(first, last - _LOOKED_AT) : last]


def _land(click: Act, visit: Act) -> None:
    click.is_landed = True
    content = visit.content
    if content is None:
        return
    if content.id is not None or click.content is None:
        click.content = content
    if content.kind is ContentKind.URL and click.script_at is None:
        click.script_at = visit.at


def _is_same_click(one: Act, other: Act) -> bool:
    """Tell whether this is one click: a scanner's and a person's are two."""
    return (
        _mail(one) == _mail(other)
        and _link(one) == _link(other)
        and _may_be_one_programme(one, other)
    )


def _may_be_one_programme(one: Act, other: Act) -> bool:
    return may_be_same(one.event.user_agent, other.event.user_agent)


def _mail(act: Act) -> str | None:
    via = act.event.via
    return via.id if via is not None else None


def _link(act: Act) -> tuple[ContentKind, str | None, str | None] | None:
    """Say where a click goes; not every report tells what that is called."""
    content = act.event.content
    return None if content is None else (content.kind, content.id, _page(act))


def _page(act: Act) -> str | None:
    content = act.event.content
    return page_of(content.url) if content is not None and content.url else None
