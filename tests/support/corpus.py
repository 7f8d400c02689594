"""Simulated e-mails with a label on every event: a person's, or a machine's.

Seeded: the same seed gives the same corpus. A *mail* is one e-mail to one person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from plugin.content.match import Catalogue, CatalogueItem
from plugin.history.clicks import micros
from plugin.history.domains import MailClick
from plugin.history.model import Person, Profile
from tests.support.mails import DESKTOPS, PHONES, Mail
from tests.support.scanners import SCANNERS
from webhooks.events import ContentKind, Event, EventType

BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
#: E-mails in the catalogue; each person gets `MAILS` of them, a week apart.
MAILS = 8
CATEGORIES = ("see-security", "think-security", "think-cloud", "do")


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
