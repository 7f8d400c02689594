"""What came of each e-mail that one person was sent. Pure.

A click counts where a person clicked, by all that scoring knows of machines; an open
only where the mailbox does not open by itself.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.history.clicks import Act, acts, in_order, micros
from plugin.history.humans import Around, Verdict, judge
from plugin.history.model import Person
from plugin.mappings.model import Mappings
from webhooks.events import ContentKind, Event, EventType

#: Until when after a send a click or an open counts: nearly all come by then.
WINDOW = timedelta(days=3)
#: Until when a mail comes back, or is somebody's reason to leave.
LEAVING = timedelta(days=7)
#: What opens so soon after the send is a machine; Apple's and Google's fetch pictures
#: for everybody. Mautic's webhooks tell no user agent of an open.
AT_ONCE = timedelta(seconds=60)

#: Status of a subscription, as Mautic tells it -> what became of the mail.
_LEFT = {
    "bounced": "bounced",
    "unsubscribed": "unsubscribed",
    "complained": "complained",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One e-mail to one person, when there was time enough for it."""

    #: Key of the e-mail, and what it was called.
    content: str
    name: str
    sent_at: datetime
    clicked: bool = False
    #: A machine clicked, and no person.
    machine: bool = False
    opened: bool = False
    #: Their mailbox opens mail by itself, so an open says nothing.
    proxied: bool = False
    bounced: bool = False
    unsubscribed: bool = False
    complained: bool = False


def outcomes(person: Person, mappings: Mappings, as_of: datetime) -> Iterator[Outcome]:
    """Yield what came of each e-mail that was sent long enough ago, oldest first."""
    events = in_order(person.events, as_of)
    sends = [one for one in events if _is_send(one)]
    if not sends:
        return
    clicks = _Clicks(person, events, mappings)
    opens = _Opens(events, sends)
    left = _left(events, sends)
    for one in sends:
        if one.occurred_at + WINDOW > as_of or one.content is None:
            continue
        by_person, by_machine = clicks.after(one)
        yield Outcome(
            content=f"{ContentKind.EMAIL}:{one.content.id}",
            name=one.content.name or "",
            sent_at=one.occurred_at,
            clicked=by_person,
            machine=by_machine and not by_person,
            opened=opens.after(one) and not opens.by_itself,
            proxied=opens.by_itself,
            **dict.fromkeys(left.get(one.key, ()), True),
        )


def _is_send(event: Event) -> bool:
    ref = event.content
    is_named = ref is not None and ref.id is not None
    return event.type is EventType.EMAIL_SENT and is_named


class _Clicks:
    """Clicks in e-mails: when, in which, and whether a person did it."""

    def __init__(self, person: Person, events: list[Event], mappings: Mappings) -> None:
        scoring = mappings.scoring
        done = acts(events, scoring.same_click_seconds)
        around = Around(domain_bursts=person.domain_bursts)
        verdicts = judge(done, events, scoring.humans, around=around)
        self._found: dict[str, list[tuple[int, bool]]] = {}
        for act, verdict in zip(done, verdicts, strict=True):
            self._add(act, verdict)

    def _add(self, act: Act, verdict: Verdict) -> None:
        via = act.event.via
        if act.by_mail and via is not None and via.id is not None:
            is_person = verdict.counts_from is not None
            self._found.setdefault(via.id, []).append((act.at, is_person))

    def after(self, send: Event) -> tuple[bool, bool]:
        """Tell whether a person clicked in time, and whether a machine did."""
        begins = micros(send.occurred_at)
        ends = micros(send.occurred_at + WINDOW)
        mail = send.content.id if send.content else None
        seen = {
            is_person
            for at, is_person in self._found.get(mail or "", ())
            if begins <= at < ends
        }
        return True in seen, False in seen


class _Opens:
    """Opens, and whether this mailbox opens by itself."""

    def __init__(self, events: Iterable[Event], sends: Iterable[Event]) -> None:
        self._found: dict[str, list[datetime]] = {}
        for one in events:
            if one.type is EventType.EMAIL_OPENED and one.content and one.content.id:
                self._found.setdefault(one.content.id, []).append(one.occurred_at)
        self.by_itself = any(self._is_within(one, AT_ONCE) for one in sends)

    def after(self, send: Event) -> bool:
        """Tell whether it was opened in time."""
        return self._is_within(send, WINDOW)

    def _is_within(self, send: Event, time: timedelta) -> bool:
        begins = send.occurred_at
        mail = send.content.id if send.content else None
        opens = self._found.get(mail or "", ())
        return any(begins <= at < begins + time for at in opens)


def _left(events: Iterable[Event], sends: list[Event]) -> dict[str, set[str]]:
    """Lay each leaving at the door of the last e-mail before it: Mautic names none."""
    moments = [one.occurred_at for one in sends]
    found: dict[str, set[str]] = {}
    for one in events:
        what = _LEFT.get(str(one.data.get("new")))
        is_mail = one.data.get("channel") == "email"
        if one.type is not EventType.SUBSCRIPTION_CHANGED or not what or not is_mail:
            continue
        place = bisect_right(moments, one.occurred_at) - 1
        if place >= 0 and one.occurred_at - moments[place] <= LEAVING:
            found.setdefault(sends[place].key, set()).add(what)
    return found
