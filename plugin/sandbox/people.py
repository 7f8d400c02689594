"""Simulated candidates: who they are, and what they do on which day.

Two stories are told by hand, because the demo must come true: Sanne's, from a
podcast to a hire, and Joris's, who cools down. The others are drawn from a
seeded generator, so that every demo plays the same weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

#: How many days the demo plays.
DAYS = 42


class Verb(StrEnum):
    """What a candidate, a machine or a recruiter does."""

    #: Come to a page by oneself or from social media.
    VISIT = "visit"
    #: Receive an e-mail and click its link.
    CLICK = "click"
    #: Receive an e-mail and open it.
    OPEN = "open"
    SUBMIT = "submit"
    DOWNLOAD = "download"
    #: A mail scanner follows every link within the second.
    SCAN = "scan"
    UNSUBSCRIBE = "unsubscribe"
    #: The recruiter hires, or rejects, in the ATS.
    HIRE = "hire"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing done by one candidate."""

    #: Days since the start of the demo.
    day: float
    verb: Verb
    #: Key of the content in `plugin.sandbox.stage`.
    content: str = ""
    #: Where they came from: "linkedin", "youtube" or "" for directly.
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person with a plan they do not know of."""

    first_name: str
    last_name: str
    #: One sentence of who they are; None for the extras.
    story: str | None = None
    #: Whether they tick the box of the sign-up form: a recruiter may call.
    consents: bool = True
    acts: tuple[Act, ...] = field(default=())

    @property
    def email(self) -> str:
        """An address in a domain that can never exist."""
        last = self.last_name.replace(" ", "").replace("'", "")
        return f"{self.first_name}.{last}@example.com".lower()


def _acts(*rows: tuple[float, Verb, str, *tuple[str, ...]]) -> tuple[Act, ...]:
    """Write acts as rows: day, verb, content and, for some, the source."""
    return tuple(
        Act(day=day, verb=verb, content=content, source=source[0] if source else "")
        for day, verb, content, *source in rows
    )


SANNE = Candidate(
    first_name="Sanne",
    last_name="de Vries",
    story="latent security engineer; hears a podcast, joins a hackathon, is hired",
    acts=_acts(
        (1.40, Verb.VISIT, "podcast-zero-trust", "linkedin"),
        (1.41, Verb.SUBMIT, "newsletter"),
        (4.80, Verb.CLICK, "mail-podcast-zero-trust"),
        (8.85, Verb.VISIT, "blog-incident"),
        (11.82, Verb.CLICK, "mail-podcast-red-team"),
        (15.79, Verb.CLICK, "mail-hackathon"),
        (15.80, Verb.VISIT, "hackathon-programme"),
        (17.88, Verb.VISIT, "hackathon", "linkedin"),
        (19.84, Verb.VISIT, "hackathon-programme"),
        (19.86, Verb.DOWNLOAD, "whitepaper-soc"),
        (23.81, Verb.VISIT, "sign-up"),
        (23.82, Verb.SUBMIT, "sign-up"),
        (34.50, Verb.HIRE, ""),
    ),
)

JORIS = Candidate(
    first_name="Joris",
    last_name="Bakker",
    story="cloud engineer; curious for two weeks, then silent",
    acts=_acts(
        (0.85, Verb.VISIT, "podcast-cloud-costs", "youtube"),
        (0.86, Verb.SUBMIT, "newsletter"),
        (2.83, Verb.CLICK, "mail-podcast-cloud"),
        (4.90, Verb.VISIT, "hackathon"),
        (6.80, Verb.CLICK, "mail-hackathon"),
        (6.81, Verb.VISIT, "hackathon-programme"),
        (8.84, Verb.DOWNLOAD, "whitepaper-finops"),
        (9.82, Verb.VISIT, "hackathon-programme"),
    ),
)

FATIMA = Candidate(
    first_name="Fatima",
    last_name="el Amrani",
    story="data engineer; signs up, and the recruiter has nothing for her now",
    acts=_acts(
        (2.80, Verb.VISIT, "blog-data-mesh", "linkedin"),
        (2.81, Verb.SUBMIT, "newsletter"),
        (6.82, Verb.CLICK, "mail-whitepaper-data"),
        (6.83, Verb.DOWNLOAD, "whitepaper-data"),
        (9.80, Verb.VISIT, "hackathon"),
        (12.84, Verb.SUBMIT, "sign-up"),
        (20.60, Verb.REJECT, ""),
    ),
)

SCANNED = Candidate(
    first_name="Pieter",
    last_name="Smit",
    story="never clicks; his employer's mail scanner clicks for him",
    acts=_acts(
        (1.60, Verb.SUBMIT, "newsletter"),
        (5.00, Verb.SCAN, "mail-podcast-zero-trust"),
        (12.00, Verb.SCAN, "mail-podcast-red-team"),
        (19.00, Verb.SCAN, "mail-hackathon"),
        (26.00, Verb.SCAN, "mail-whitepaper-data"),
    ),
)

WARY = Candidate(
    first_name="Noor",
    last_name="Postma",
    story="signs up, and leaves the box for the recruiter empty",
    consents=False,
    acts=_acts(
        (5.40, Verb.VISIT, "podcast-cloud-costs", "linkedin"),
        (5.41, Verb.SUBMIT, "newsletter"),
        (11.80, Verb.CLICK, "mail-hackathon"),
        (18.20, Verb.VISIT, "sign-up"),
        (18.21, Verb.SUBMIT, "sign-up"),
    ),
)

LEAVING = Candidate(
    first_name="Marloes",
    last_name="van Dijk",
    story="reads for a while and then unsubscribes",
    acts=_acts(
        (3.70, Verb.VISIT, "blog-incident", "linkedin"),
        (3.71, Verb.SUBMIT, "newsletter"),
        (7.80, Verb.CLICK, "mail-podcast-zero-trust"),
        (14.60, Verb.UNSUBSCRIBE, "mail-podcast-red-team"),
    ),
)

FIRST_NAMES = (
    "Daan", "Emma", "Lucas", "Julia", "Sem", "Mila", "Levi", "Tess", "Noah", "Zoë",
    "Bram", "Lotte", "Thijs", "Nora", "Ruben", "Yara", "Jesse", "Fleur", "Milan",
    "Anouk", "Gijs", "Hanna", "Mohamed", "Iris", "Stijn", "Esra", "Wouter", "Linde",
)  # fmt: skip
LAST_NAMES = (
    "Jansen", "de Jong", "Visser", "van den Berg", "Meijer", "Mulder", "Bos", "Vos",
    "Peters", "Hendriks", "van Leeuwen", "Dekker", "Brouwer", "de Wit", "Dijkstra",
    "Kok", "Jacobs", "de Haan", "Vermeulen", "van der Veen", "Yilmaz", "Schouten",
    "Willems", "Hoekstra", "Koster", "Prins", "Blom", "Kuipers",
)  # fmt: skip

SEE = (
    "podcast-zero-trust", "podcast-cloud-costs", "blog-incident", "blog-data-mesh",
)  # fmt: skip
THINK = ("hackathon", "hackathon-programme")
SEE_MAILS = (
    "mail-podcast-zero-trust", "mail-podcast-red-team", "mail-podcast-cloud",
)  # fmt: skip
THINK_MAILS = ("mail-hackathon", "mail-whitepaper-data")


def cast(seed: int = 24, extras: int = 28) -> tuple[Candidate, ...]:
    """Return everybody who plays: the six with a story, then the extras."""
    draw = Random(seed)
    return (SANNE, JORIS, FATIMA, SCANNED, WARY, LEAVING, *_extras(draw, extras))


def _extras(draw: Random, count: int) -> Iterator[Candidate]:
    for number in range(count):
        yield Candidate(
            first_name=FIRST_NAMES[number % len(FIRST_NAMES)],
            last_name=LAST_NAMES[(number * 5 + 3) % len(LAST_NAMES)],
            acts=tuple(sorted(_life(draw), key=lambda act: act.day)),
        )


def _life(draw: Random) -> Iterator[Act]:
    """Draw six weeks of somebody: how keen they are decides nearly everything."""
    start = draw.uniform(0.3, 12.0)
    keen = draw.betavariate(1.2, 2.0)
    source = draw.choice(("linkedin", "youtube", ""))
    yield Act(day=start, verb=Verb.VISIT, content=draw.choice(SEE), source=source)
    yield Act(day=start + 0.01, verb=Verb.SUBMIT, content="newsletter")
    day = start
    while (day := day + draw.uniform(1.5, 5.0)) < DAYS - 1:
        if draw.random() < 0.3 + keen / 2:
            yield _step(draw, day, deep=draw.random() < 1.3 * keen)
    if keen > 0.72:  # noqa: PLR2004 -- the keenest few
        yield Act(day=draw.uniform(22.0, 38.0), verb=Verb.SUBMIT, content="sign-up")


def _step(draw: Random, day: float, *, deep: bool) -> Act:
    verb = draw.choice((Verb.VISIT, Verb.CLICK, Verb.CLICK, Verb.OPEN))
    if verb is Verb.VISIT:
        return Act(day=day, verb=verb, content=draw.choice(THINK if deep else SEE))
    return Act(
        day=day, verb=verb, content=draw.choice(THINK_MAILS if deep else SEE_MAILS)
    )
