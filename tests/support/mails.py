"""One simulated e-mail and what comes of it, each event with who made it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from webhooks.events import ContentKind, ContentRef, Event, EventType

SITE = "https://www.example.org"

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
DESKTOPS = (
    f"{WINDOWS} {WEBKIT} Chrome/140.0.0.0 Safari/537.36",
    f"{WINDOWS} {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    f"{_MAC} {_SAFARI} Safari/605.1.15",
    f"{_MAC} {WEBKIT} Chrome/139.0.0.0 Safari/537.36",
)
PHONES = (
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) "
        f"{_SAFARI} Mobile/15E148 Safari/604.1"
    ),
    (
        f"Mozilla/5.0 (Linux; Android 15; Pixel 8) {WEBKIT} "
        "Chrome/140.0.0.0 Mobile Safari/537.36"
    ),
)
#: What scanners borrow: real browsers, mostly of some years ago.
BORROWED = (
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 Chrome/91.0 Safari/537.36",
    f"{WINDOWS} {WEBKIT} Chrome/119.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36",
    f"{_MAC} {WEBKIT} Chrome/115.0.0.0 Safari/537.36",
)


@dataclass(kw_only=True)
class Mail:
    """One e-mail to one person, and all that came of it."""

    person: int
    number: int
    sent_at: datetime
    links: int
    random: Random
    events: list[Event] = field(default_factory=list)
    machine: dict[str, str] = field(default_factory=dict)
    #: Who acts now: a family of machines, or "" for the person.
    family: str = ""

    def _add(
        self,
        type_: EventType,
        seconds: float,
        agent: str | None,
        *,
        content: ContentRef | None = None,
        via: ContentRef | None = None,
        isp: str = "",
    ) -> None:
        key = f"{type_}:{self.person}:{self.number}:{len(self.events)}"
        data = {"tracking_hash": f"{self.person}-{self.number}"}
        self.events.append(
            Event(
                key=key,
                type=type_,
                contact_id=self.person,
                # Mautic tells whole seconds.
                occurred_at=self.sent_at + timedelta(seconds=int(seconds)),
                content=content,
                via=via,
                user_agent=agent,
                data=data | ({"organization": isp} if isp else {}),
            )
        )
        if self.family:
            self.machine[key] = self.family

    @property
    def _mail(self) -> ContentRef:
        return ContentRef(kind=ContentKind.EMAIL, id=str(self.number), name="")

    def _url(self, link: int) -> ContentRef:
        path = f"{SITE}/mail-{self.number}/link-{link}"
        return ContentRef(kind=ContentKind.URL, url=path)

    def send(self) -> None:
        """Tell of the send."""
        self._add(EventType.EMAIL_SENT, 0, None, content=self._mail)

    def open(self, seconds: float, agent: str) -> None:
        """Fetch the pixel."""
        self._add(EventType.EMAIL_OPENED, seconds, agent, content=self._mail)

    def click(
        self, seconds: float, link: int, agent: str, *, lands: bool, isp: str = ""
    ) -> None:
        """Follow a link; `lands` when the page behind it ran its script."""
        url = self._url(link)
        clicked = EventType.EMAIL_CLICKED
        self._add(clicked, seconds, agent, content=url, via=self._mail, isp=isp)
        if lands:
            self.visit(seconds + self.random.uniform(1, 4), link, agent, isp=isp)

    def visit(self, seconds: float, link: int, agent: str, *, isp: str = "") -> None:
        """See a page of the site."""
        self._add(
            EventType.PAGE_VISITED, seconds, agent, content=self._url(link), isp=isp
        )

    def some_links(self, most: int) -> list[int]:
        """Choose different links."""
        return self.random.sample(range(self.links), min(most, self.links))
