"""Bursts over one mail domain: its scanner opens everybody's mail at once.

Each domain is measured by itself: five colleagues within ten seconds are many for
an office of eight, and nothing for a provider of mail to a million.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin.history.clicks import SECOND
from plugin.mappings.humans import HumanRules

#: From, until: microseconds since 1970.
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailClick:
    """A click in an e-mail, as far as its domain goes."""

    person_id: int
    #: Mail domain of the person, lower case.
    domain: str
    #: The e-mail's id.
    mail: str
    #: Microseconds since 1970.
    at: int


def domain_of(email: str | None) -> str:
    """Name the mail domain of an address; empty where there is none."""
    _, at, domain = (email or "").rpartition("@")
    return domain.strip().lower() if at else ""


def bursts(
    clicks: Iterable[MailClick], rules: HumanRules
) -> Mapping[str, tuple[Stretch, ...]]:
    """Find each domain's bursts, oldest first; domains without any are left out."""
    by_mail: dict[tuple[str, str], list[MailClick]] = defaultdict(list)
    for one in clicks:
        if one.domain:
            by_mail[one.domain, one.mail].append(one)
    found: dict[str, list[Stretch]] = defaultdict(list)
    for (domain, _), some in by_mail.items():
        found[domain] += _stretches(sorted(some, key=lambda one: one.at), rules)
    return {domain: tuple(sorted(some)) for domain, some in found.items() if some}


def _stretches(clicks: list[MailClick], rules: HumanRules) -> list[Stretch]:
    window = round(rules.domain_seconds * SECOND)
    everybody = {one.person_id for one in clicks}
    least = max(rules.domain_people, rules.domain_share * len(everybody))
    inside: dict[int, int] = {}
    found: list[Stretch] = []
    start = 0
    for one in clicks:
        inside[one.person_id] = inside.get(one.person_id, 0) + 1
        while one.at - clicks[start].at > window:
            _leave(inside, clicks[start].person_id)
            start += 1
        if len(inside) >= least:
            _join(found, (clicks[start].at, one.at))
    return found


def _leave(inside: dict[int, int], person_id: int) -> None:
    inside[person_id] -= 1
    if not inside[person_id]:
        del inside[person_id]


def _join(found: list[Stretch], stretch: Stretch) -> None:
    if found and found[-1][1] >= stretch[0]:
        found[-1] = (found[-1][0], stretch[1])
    else:
        found.append(stretch)
