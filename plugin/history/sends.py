"""When each e-mail went out to a person."""

from collections.abc import Iterable
from datetime import datetime

from plugin.history.clicks import Act, micros
from webhooks.events import ContentKind, Event, EventType


class Sends:
    """The sends to one person, by tracking hash and by e-mail."""

    def __init__(self, events: Iterable[Event]) -> None:
        """Read them off sends and opens, which tell when the e-mail was sent."""
        self._by_hash: dict[str, int] = {}
        self._by_mail: dict[str, list[int]] = {}
        #: Different e-mails sent: tracking hashes, or ids and moments.
        self.mails: set[str | tuple[str, int]] = set()
        for event in events:
            if event.type is EventType.EMAIL_SENT:
                self._add(event, micros(event.occurred_at))
            elif event.type is EventType.EMAIL_OPENED and event.data.get("sent_at"):
                sent_at = datetime.fromisoformat(event.data["sent_at"])
                self._add(event, micros(sent_at))

    def _add(self, event: Event, at: int) -> None:
        tracking_hash = event.data.get("tracking_hash")
        mail = event.content.id if event.content is not None else None
        if tracking_hash:
            self._by_hash[tracking_hash] = at
        if mail is not None:
            self._by_mail.setdefault(mail, []).append(at)
        if tracking_hash or mail:
            self.mails.add(tracking_hash or (mail or "", at))

    def delay(self, act: Act) -> int | None:
        """Microseconds from the send to an act; None where the send is unknown."""
        sent_at = self._sent_at(act)
        return None if sent_at is None or act.at < sent_at else act.at - sent_at

    def _sent_at(self, act: Act) -> int | None:
        known = self._by_hash.get(act.event.data.get("tracking_hash", ""))
        if known is not None:
            return known
        via = act.event.via
        if via is None or via.kind is not ContentKind.EMAIL or via.id is None:
            return None
        before = [at for at in self._by_mail.get(via.id, ()) if at <= act.at]
        return max(before, default=None)
