"""What speaks for a machine, how heavily, and how that reads.

The weights of all evidence on one act are added up: from `MACHINE` on it never
counts, from `SUSPECT` on it waits in quarantine until a person shows. No weight
under 100 settles anything alone, because each has an honest explanation too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

#: Sums from which an act is a machine's, and from which it waits.
MACHINE = 100
SUSPECT = 50


class Evidence(StrEnum):
    """A reason to think that no person did it."""

    USER_AGENT = "user-agent"
    HIDDEN_LINK = "hidden-link"
    BURST = "burst"
    BESIDE_MACHINE = "beside-machine"
    TOO_SOON = "too-soon"
    DATA_CENTRE = "data-centre"
    DOMAIN_BURST = "domain-burst"
    PAIR = "pair"
    SWEEP = "sweep"
    CLOCKWORK = "clockwork"
    DOUBLE_HIT = "double-hit"
    SOON = "soon"
    NO_LANDING = "no-landing"
    FOREIGN_AGENT = "foreign-agent"

    @property
    def weight(self) -> int:
        """How much it adds to the sum."""
        return WEIGHTS[self]

    def sentence(self, lang: str) -> str:
        """Say it in Dutch (`nl`) or English."""
        texts = SENTENCES[self]
        return texts.get(lang, texts["en"])


#: Opening a page of ours that runs its script speaks for a person: some scanners do
#: so too, so it outweighs a doubt, but no strong evidence.
SCRIPT = -30

WEIGHTS: Mapping[Evidence, int] = {
    Evidence.USER_AGENT: 100,
    Evidence.HIDDEN_LINK: 100,
    Evidence.BURST: 100,
    Evidence.BESIDE_MACHINE: 100,
    Evidence.TOO_SOON: 80,
    # People use VPNs, which end in data centres.
    Evidence.DATA_CENTRE: 70,
    # Colleagues read the same mail in the same break.
    Evidence.DOMAIN_BURST: 70,
    Evidence.PAIR: 50,
    Evidence.CLOCKWORK: 50,
    # Some read a newsletter from end to end.
    Evidence.SWEEP: 45,
    # People click twice when a page is slow.
    Evidence.DOUBLE_HIT: 40,
    # Some sit by their mail.
    Evidence.SOON: 30,
    # Some block scripts.
    Evidence.NO_LANDING: 30,
    # Most have a telephone too.
    Evidence.FOREIGN_AGENT: 15,
}

SENTENCES: Mapping[Evidence, Mapping[str, str]] = {
    Evidence.USER_AGENT: {
        "nl": "het programma zegt zelf dat het een robot is",
        "en": "the user agent says itself that it is a robot",
    },
    Evidence.HIDDEN_LINK: {
        "nl": "een link gevolgd die geen mens ziet",
        "en": "followed a link that no person sees",
    },
    Evidence.BURST: {
        "nl": "meer verschillende links binnen tellen dan een mens aanklikt",
        "en": "more different links within seconds than a person clicks",
    },
    Evidence.BESIDE_MACHINE: {
        "nl": "op hetzelfde moment, vanaf dezelfde plek als een machine",
        "en": "at the same moment and from the same place as a machine",
    },
    Evidence.TOO_SOON: {
        "nl": "sneller na de verzending dan een mens een mail opent",
        "en": "sooner after the send than a person opens an e-mail",
    },
    Evidence.DATA_CENTRE: {
        "nl": "vanuit een datacentrum, waar geen mensen zitten",
        "en": "from a data centre, where no people sit",
    },
    Evidence.DOMAIN_BURST: {
        "nl": "tegelijk met veel collega's op hetzelfde maildomein",
        "en": "together with many others of the same mail domain",
    },
    Evidence.PAIR: {
        "nl": "twee verschillende links op hetzelfde moment",
        "en": "two different links at the same moment",
    },
    Evidence.SWEEP: {
        "nl": "een hele rij verschillende links kort na elkaar",
        "en": "a whole row of different links shortly after each other",
    },
    Evidence.CLOCKWORK: {
        "nl": "vrijwel elke mail kort na de verzending, zonder ooit een pagina te zien",
        "en": "nearly every e-mail shortly after the send, never seeing a page",
    },
    Evidence.DOUBLE_HIT: {
        "nl": "dezelfde link in dezelfde tel tweemaal opgevraagd (HEAD en GET)",
        "en": "the same link fetched twice in the same second (HEAD and GET)",
    },
    Evidence.SOON: {
        "nl": "binnen een minuut na de verzending",
        "en": "within a minute of the send",
    },
    Evidence.NO_LANDING: {
        "nl": "de pagina achter de link is nooit getoond",
        "en": "the page behind the link was never shown",
    },
    Evidence.FOREIGN_AGENT: {
        "nl": "met een ander programma dan deze persoon gebruikt",
        "en": "with another programme than this person uses",
    },
}


def weight_of(found: Collection[Evidence]) -> int:
    """Add up what was found."""
    return sum(WEIGHTS[one] for one in found) if found else 0


#: Parts of the names of networks (lower case) where scanners live. Not here, because
#: people come out of them: Cloudflare, Akamai and Fastly (Apple's Private Relay),
#: Zscaler and Netskope (companies' own web access), and the networks of VPNs.
NETWORKS = (
    *("amazon", "aws ", "google cloud", "google llc", "microsoft azure"),
    *("microsoft corporation", "digitalocean", "ovh", "hetzner", "linode"),
    *("oracle cloud", "alibaba", "tencent", "scaleway", "leaseweb", "vultr"),
    *("proofpoint", "mimecast", "barracuda", "symantec", "messagelabs", "ironport"),
    *("trend micro", "fortinet", "sophos", "fireeye", "trellix", "bitdefender"),
    *("kaspersky", "eset", "avast", "hornetsecurity", "retarus", "spamtitan"),
)

#: Parts of user agents (lower case) that the library does not know as machines.
AGENTS = (
    *("safelinks", "ms-office", "microsoft office", "skypeuripreview", "msoffice"),
    *("proofpoint", "urldefense", "mimecast", "barracuda", "symantec", "ironport"),
    *("bitdefender", "kaspersky", "trendmicro", "trend micro", "sophos", "fireeye"),
    *("eset ", "avast", "avg ", "mcafee", "fortiguard", "fortinet", "hornetsecurity"),
    *("headless", "phantomjs", "puppeteer", "playwright", "selenium", "imageproxy"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What only a look beyond one person can tell."""

    #: When many of this person's mail domain clicked at once: from, until, both in
    #: microseconds since 1970 (`domains.bursts` finds them).
    domain_bursts: tuple[tuple[int, int], ...] = ()
    #: Hosts whose pages run our script, so that a visit there is always told.
    scripted_hosts: frozenset[str] = frozenset()
