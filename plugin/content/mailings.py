"""What came of e-mails, counted per e-mail, week and audience. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plugin.content.outcomes import Outcome
from plugin.content.sequential import Rate

#: Hours of a week.
HOURS = 7 * 24


@dataclass(kw_only=True)
class Counts:
    """People a mail was sent to, and what they did; all are counts of people."""

    sent: int = 0
    bounced: int = 0
    #: A person clicked; only machines did.
    clicked: int = 0
    machines: int = 0
    #: Opened, of those whose mailbox does not open by itself; and those whose does.
    opened: int = 0
    proxied: int = 0
    unsubscribed: int = 0
    complained: int = 0

    @property
    def delivered(self) -> int:
        """How many did not come back."""
        return self.sent - self.bounced

    @property
    def clicks(self) -> Rate:
        """Human clicks per delivered."""
        return Rate(min(self.clicked, self.delivered), self.delivered)

    @property
    def opens(self) -> Rate:
        """Opens of those whose mailbox does not open by itself."""
        readers = max(self.opened, self.delivered - self.proxied)
        return Rate(self.opened, readers)

    @property
    def clicks_per_open(self) -> Rate:
        """Human clicks of those who opened, as far as opens can be told."""
        return Rate(min(self.clicked, self.opened), self.opened)

    @property
    def machine_share(self) -> Rate:
        """Clicks that only machines made, of all."""
        return Rate(self.machines, self.machines + self.clicked)

    def add(self, other: "Counts") -> None:
        """Take in other people."""
        for one in fields(Counts):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(kw_only=True)
class Mailing:
    """What came of one e-mail to one audience in one week."""

    #: Key of the e-mail: "email:5".
    content: str
    #: Monday.
    week: date
    #: Key of the audience; empty for who belongs to none.
    audience: str
    name: str = ""
    counts: Counts = field(default_factory=Counts)
    #: Hour of the week (0 for Monday from midnight) -> people it was sent to then.
    hours: Counter[int] = field(default_factory=Counter)


def summed(rows: Iterable[Mailing]) -> Counts:
    """Add up what came of some mailings."""
    counts = Counts()
    for one in rows:
        counts.add(one.counts)
    return counts


def week_of(day: date) -> date:
    """Give the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


class Tally:
    """Counts outcomes as they come."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Count by the weeks and hours of a time zone."""
        self._zone = zone
        self._found: dict[tuple[str, date, str], Mailing] = {}

    def add(self, found: Iterable[Outcome], audience: str, weeks: set[date]) -> None:
        """Count what came of one person's e-mails in these weeks."""
        for one in found:
            local = one.sent_at.astimezone(self._zone)
            week = week_of(local.date())
            if week not in weeks:
                continue
            key = (one.content, week, audience)
            mailing = self._found.get(key)
            if mailing is None:
                content, week, audience = key
                mailing = Mailing(content=content, week=week, audience=audience)
                self._found[key] = mailing
            mailing.name = one.name or mailing.name
            mailing.hours[local.weekday() * 24 + local.hour] += 1
            mailing.counts.add(_counted(one))

    def mailings(self) -> list[Mailing]:
        """List what was counted."""
        return [self._found[key] for key in sorted(self._found)]


def _counted(one: Outcome) -> Counts:
    return Counts(
        sent=1,
        bounced=int(one.bounced),
        clicked=int(one.clicked),
        machines=int(one.machine),
        opened=int(one.opened),
        proxied=int(one.proxied),
        unsubscribed=int(one.unsubscribed),
        complained=int(one.complained),
    )
