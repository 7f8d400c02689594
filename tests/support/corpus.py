"""Simulated e-mails with a label on every event: a person's, or a machine's.

Seeded: the same seed gives the same corpus. A *mail* is one e-mail to one person.
What the families do follows what their makers and their victims describe: links
followed at delivery, minutes later, with honest and with borrowed user agents.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from plugin.content.match import Catalogue, CatalogueItem
from plugin.history.clicks import micros
from plugin.history.domains import MailClick
from plugin.history.model import Person, Profile
from webhooks.events import ContentKind, ContentRef, Event, EventType

BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
SITE = "https://www.example.org"
#: E-mails in the catalogue; each person gets `MAILS` of them, a week apart.
MAILS = 8
CATEGORIES = ("see-security", "think-security", "think-cloud", "do")

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
DESKTOPS = (
    f"{_WINDOWS} {_WEBKIT} Chrome/140.0.0.0 Safari/537.36",
    f"{_WINDOWS} {_WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    f"{_MAC} {_SAFARI} Safari/605.1.15",
    f"{_MAC} {_WEBKIT} Chrome/139.0.0.0 Safari/537.36",
)
PHONES = (
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) "
        f"{_SAFARI} Mobile/15E148 Safari/604.1"
    ),
    (
        f"Mozilla/5.0 (Linux; Android 15; Pixel 8) {_WEBKIT} "
        "Chrome/140.0.0.0 Mobile Safari/537.36"
    ),
)
#: What scanners borrow: real browsers, mostly of some years ago.
BORROWED = (
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 Chrome/91.0 Safari/537.36",
    f"{_WINDOWS} {_WEBKIT} Chrome/119.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} Chrome/120.0.0.0 Safari/537.36",
    f"{_MAC} {_WEBKIT} Chrome/115.0.0.0 Safari/537.36",
)


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A person's history, and which of it machines made."""

    person: Person
    domain: str
    #: How the person behaves, and what stands before their mailbox.
    human: str
    scanner: str
    #: Keys of events by machines -> family.
    machine: Mapping[str, str]

    def without_machines(self) -> Person:
        """Give the same person as if no machine had ever been there."""
        return Person(
            id=self.person.id,
            contact_id=self.person.contact_id,
            profile=self.person.profile,
            events=tuple(
                one for one in self.person.events if one.key not in self.machine
            ),
        )

    def clicks(self) -> Iterator[MailClick]:
        """List all clicks in e-mails, whoever made them."""
        for one in self.person.events:
            if one.type is EventType.EMAIL_CLICKED and one.via is not None:
                yield MailClick(
                    person_id=self.person.id,
                    domain=self.domain,
                    mail=one.via.id or "",
                    at=micros(one.occurred_at),
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


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A person: their devices and habits."""

    behaviour: str
    agents: tuple[str, ...]
    blocks_scripts: bool
    isp: str
    eagerness: float

    def read(self, mail: Mail) -> float | None:
        """Read an e-mail, perhaps; return when a link was clicked, if one was."""
        if mail.random.random() > self.eagerness:
            return None
        at = self._delay(mail.random)
        agent = mail.random.choice(self.agents)
        mail.open(at, agent)
        at += mail.random.uniform(3, 40)
        first = at
        for place, link in enumerate(mail.some_links(self._links(mail.random))):
            at += 0 if place == 0 else self._pause(mail.random)
            mail.click(at, link, agent, lands=not self.blocks_scripts, isp=self.isp)
            self._go_on(mail, at, link, agent)
        return first

    def _delay(self, random: Random) -> float:
        if self.behaviour == "fast-reader" and random.random() < 0.6:
            return random.uniform(4, 90)
        if self.behaviour == "shared-nat":
            return 3600 + random.uniform(0, 1800)
        return min(random.lognormvariate(9.4, 1.4), 5 * 86_400) + 20

    def _links(self, random: Random) -> int:
        if self.behaviour == "two-links":
            return 2
        return random.randint(3, 6) if self.behaviour == "digest" else 1

    def _pause(self, random: Random) -> float:
        return (
            random.uniform(8, 60)
            if self.behaviour == "digest"
            else 2 + 30 * (random.random())
        )

    def _go_on(self, mail: Mail, at: float, link: int, agent: str) -> None:
        random = mail.random
        if self.behaviour == "double-clicker" and random.random() < 0.5:
            mail.click(at + 1, link, agent, lands=False, isp=self.isp)
        if self.behaviour == "forwarder" and random.random() < 0.3:
            other = random.choice(DESKTOPS)
            later = at + random.uniform(600, 86_400)
            mail.click(later, link, other, lands=random.random() < 0.9)
        if not self.blocks_scripts and random.random() < 0.3:
            mail.visit(at + random.uniform(30, 400), 90 + link, agent, isp=self.isp)


#: Behaviour -> share of people.
HUMANS: Mapping[str, float] = {
    "ordinary": 0.5,
    "fast-reader": 0.05,
    "two-links": 0.1,
    "mobile": 0.15,
    "forwarder": 0.05,
    "shared-nat": 0.06,
    "digest": 0.04,
    "double-clicker": 0.04,
    "vpn": 0.01,
}


def reader(random: Random) -> Reader:
    """Draw a person; one in eight blocks scripts, half of those on every device."""
    behaviour = random.choices(list(HUMANS), list(HUMANS.values()))[0]
    desk, phone = random.choice(DESKTOPS), random.choice(PHONES)
    devices = (phone,) if behaviour == "mobile" else (desk, desk, phone)
    isp = random.choice(("", "KPN B.V.", "Ziggo", "Cloudflare, Inc."))
    return Reader(
        behaviour=behaviour,
        agents=devices if random.random() < 0.6 else devices[:1],
        blocks_scripts=random.random() < 0.125,
        isp="DigitalOcean, LLC" if behaviour == "vpn" else isp,
        eagerness=random.choice((0.05, 0.1, 0.2, 0.4, 0.6)),
    )


#: What a machine does with a mail; `clicked_at` is when its reader clicked, if so.
Scan = Callable[[Mail, float | None], None]


def _all(
    mail: Mail,
    start: float,
    pause: tuple[float, float],
    agents: tuple[str, ...],
    *,
    isp: str = "",
    lands: bool = False,
) -> None:
    at, agent = start, mail.random.choice(agents)
    for link in range(mail.links):
        mail.click(at, link, agent, lands=lands, isp=isp)
        at += mail.random.uniform(*pause)


def safe_links(mail: Mail, _: float | None) -> None:
    """Microsoft Defender: every link, seconds after delivery, borrowed agents."""
    isp = mail.random.choice(("Microsoft Corporation", ""))
    _all(mail, mail.random.uniform(4, 50), (0.1, 1.5), BORROWED, isp=isp)


def defender_detonation(mail: Mail, _: float | None) -> None:
    """Microsoft Defender's sandbox: runs the scripts too, from Azure."""
    isp = "Microsoft Azure"
    _all(mail, mail.random.uniform(1, 30), (0, 1), BORROWED, isp=isp, lands=True)


def proofpoint(mail: Mail, _: float | None) -> None:
    """Proofpoint: opens all, follows all, some by HEAD first."""
    mail.open(2, BORROWED[0])
    for link in range(mail.links):
        for second in (0, 1):
            agent = BORROWED[link % len(BORROWED)]
            mail.click(
                3 + link / 2 + second, link, agent, lands=False, isp="PROOFPOINT"
            )


def mimecast(mail: Mail, _: float | None) -> None:
    """Mimecast: at once, with an agent nobody has."""
    _all(mail, mail.random.uniform(0.2, 2), (0.1, 0.5), ("Mozilla/5.0",))


def barracuda(mail: Mail, _: float | None) -> None:
    """Barracuda: at once, and the hidden link too."""
    _all(mail, 1, (0.1, 0.6), BORROWED)
    mail.click(2, 666, BORROWED[0], lands=False)


def ironport(mail: Mail, _: float | None) -> None:
    """A gateway that samples two links in the same second."""
    at = mail.random.uniform(5, 55)
    agent = mail.random.choice(BORROWED)
    for link in mail.some_links(2):
        mail.click(at, link, agent, lands=False, isp="Cisco Systems Ironport Division")


def google_image_proxy(mail: Mail, _: float | None) -> None:
    """Gmail's proxy: opens only."""
    mail.open(5, "Mozilla/5.0 (via ggpht.com GoogleImageProxy)")


def apple_mail_privacy(mail: Mail, _: float | None) -> None:
    """Apple's proxy: opens everything within hours."""
    mail.open(mail.random.uniform(60, 20_000), "Mozilla/5.0")


def _preview(agent: str) -> Scan:
    def preview(mail: Mail, clicked_at: float | None) -> None:
        """Fetch what a reader shares with others."""
        if clicked_at is not None:
            later = clicked_at + mail.random.uniform(30, 3000)
            mail.click(later, 0, agent, lands=False)

    return preview


def antivirus(mail: Mail, clicked_at: float | None) -> None:
    """On the reader's own machine: fetches what they click, a second later."""
    if clicked_at is not None:
        mail.click(clicked_at + 1, 0, "Kaspersky Web Anti-Virus", lands=False)


def uptime(mail: Mail, _: float | None) -> None:
    """A monitor that was given a tracked link."""
    for hour in range(4):
        mail.visit(3600.0 * hour, 0, "UptimeRobot/2.0 (+http://uptimerobot.com/)")


def headless(mail: Mail, _: float | None) -> None:
    """A script of somebody's own: a browser without a window, scripts and all."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/131.0 Safari"
    _all(mail, mail.random.uniform(60, 900), (1, 20), (agent,), lands=True)


def delayed(mail: Mail, _: float | None) -> None:
    """Minutes later, slowly, with a browser's agent, from nowhere known."""
    _all(mail, mail.random.uniform(120, 700), (2, 12), BORROWED[1:2])


def single(mail: Mail, _: float | None) -> None:
    """One link, within a minute, with a browser's agent, from nowhere known."""
    link = mail.random.randrange(mail.links)
    at = mail.random.uniform(5, 58)
    mail.click(at, link, BORROWED[2], lands=False)


def second_look(mail: Mail, clicked_at: float | None) -> None:
    """Time of click: looks at what the reader opens, at once, from a cloud."""
    if clicked_at is not None:
        at, isp = clicked_at + mail.random.uniform(0, 12), "Amazon Technologies Inc."
        mail.click(at, 0, BORROWED[3], lands=False, isp=isp)


#: Family -> what it does.
SCANNERS: Mapping[str, Scan] = {
    "safe-links": safe_links,
    "defender-detonation": defender_detonation,
    "proofpoint": proofpoint,
    "mimecast": mimecast,
    "barracuda": barracuda,
    "ironport": ironport,
    "google-image-proxy": google_image_proxy,
    "apple-mail-privacy": apple_mail_privacy,
    "slack": _preview("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
    "teams": _preview(f"{_WINDOWS} SkypeUriPreview Preview/0.5"),
    "linkedin": _preview("LinkedInBot/1.0 (compatible; Mozilla/5.0)"),
    "whatsapp": _preview("WhatsApp/2.24.20.0 A"),
    "antivirus": antivirus,
    "uptime": uptime,
    "headless": headless,
    "delayed": delayed,
    "single": single,
    "second-look": second_look,
}
#: Two in five have nothing that follows links before their mailbox.
NONE_SHARE = 0.4


def corpus(people: int, seed: int) -> Iterator[Labelled]:
    """Simulate people of many offices, `MAILS` e-mails each."""
    offices = max(1, people // 12)
    for number in range(people):
        office = number % offices
        scanner = _office(office, seed)
        yield _person(number + 1, f"office-{office}.example", scanner, seed)


def _office(office: int, seed: int) -> str:
    """Say what stands before everybody's mailbox there."""
    random = Random(f"{seed}/office/{office}")
    if random.random() < NONE_SHARE:
        return ""
    return random.choice(list(SCANNERS))


def _person(number: int, domain: str, scanner: str, seed: int) -> Labelled:
    random = Random(f"{seed}/person/{number}")
    who = reader(random)
    events: list[Event] = []
    machine: dict[str, str] = {}
    for mail_number in range(MAILS):
        mail = _mail(number, mail_number, domain, random)
        mail.send()
        clicked_at = who.read(mail)
        if scanner:
            mail.family = scanner
            SCANNERS[scanner](mail, clicked_at)
        events += mail.events
        machine |= mail.machine
    events.sort(key=lambda one: (one.occurred_at, one.key))
    profile = Profile(email=f"p{number}@{domain}")
    person = Person(id=number, contact_id=number, profile=profile, events=tuple(events))
    return Labelled(
        person=person,
        domain=domain,
        human=who.behaviour,
        scanner=scanner,
        machine=machine,
    )


def _mail(person: int, number: int, domain: str, random: Random) -> Mail:
    """Send the e-mail of a week; an office gets its own within half a minute."""
    week = BEGIN + timedelta(days=7 * number)
    sent = week + timedelta(seconds=hash_of(domain) % 3600 + person % 30)
    links = Random(number).choice((1, 2, 3, 4, 5, 6, 8))
    return Mail(person=person, number=number, sent_at=sent, links=links, random=random)


def hash_of(text: str) -> int:
    """Number a text, the same in every run."""
    return sum(place * ord(letter) for place, letter in enumerate(text, 1)) * 7919


def catalogue() -> Catalogue:
    """List the e-mails with their categories: mostly ones that can move people."""
    return Catalogue.of(
        CatalogueItem(
            kind=ContentKind.EMAIL,
            id=str(number),
            name=f"Mail {number}",
            category=CATEGORIES[number % len(CATEGORIES)],
        )
        for number in range(MAILS)
    )
