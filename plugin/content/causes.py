"""What a fall of clicks may come from: what else changed at the same time. Pure.

Likeliest first, in the order in which one excludes the next: mail that does not arrive
cannot be read, and who never opened it did not dislike what it says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from plugin.content.mailings import Counts, Mailing, summed
from plugin.content.sequential import Rate, total

#: A change is one from so many standard errors on; looked at once, after an alarm.
CLEAR = 3.0
#: Points of a hundred by which bounces must have grown, and machines' share of clicks.
MORE_BOUNCES, MORE_MACHINES = 0.01, 0.1
#: A part of the fall that explains it.
MOST = 0.5
#: A share of what it was from which on a rate has changed.
LESS = 0.9
#: Half days of the week that two ways of sending share, 0..1; fewer is another moment.
SHARED = 0.5
HALF_DAY = 12


class Cause(StrEnum):
    """Where a fall may come from."""

    DELIVERABILITY = "deliverability"
    SCANNER = "scanner"
    AUDIENCE = "audience"
    MOMENT = "moment"
    SUBJECT = "subject-line"
    CONTENT = "content"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A possible cause, with what speaks for it."""

    cause: Cause
    #: A share before and since: of bounces, of machines' clicks, of opens, and so on.
    before: float = 0.0
    since: float = 0.0
    #: The audience, or the hour of the week at which it was mostly sent.
    detail: str = ""

    def sentence(self, lang: str) -> str:
        """Say it in Dutch (`nl`) or English."""
        texts = SENTENCES[self.cause]
        return texts.get(lang, texts["en"]).format(
            before=_percent(self.before, lang),
            since=_percent(self.since, lang),
            detail=self.detail,
        )


def causes(usual: Sequence[Mailing], since: Sequence[Mailing]) -> tuple[Finding, ...]:
    """Name what else changed between two groups of mailings, likeliest first."""
    before, after = summed(usual), summed(since)
    found = (
        *_deliverability(before, after),
        *_scanner(before, after),
        *_audience(usual, since),
        *_moment(usual, since),
        *_reading(before, after),
    )
    return found or (Finding(cause=Cause.UNKNOWN),)


def _deliverability(before: Counts, after: Counts) -> Iterator[Finding]:
    was, now = Rate(before.bounced, before.sent), Rate(after.bounced, after.sent)
    if now.share - was.share >= MORE_BOUNCES and is_clear(was, now):
        yield Finding(cause=Cause.DELIVERABILITY, before=was.share, since=now.share)


def _scanner(before: Counts, after: Counts) -> Iterator[Finding]:
    was, now = before.machine_share, after.machine_share
    if now.share - was.share >= MORE_MACHINES and is_clear(was, now):
        yield Finding(cause=Cause.SCANNER, before=was.share, since=now.share)


def _audience(usual: Sequence[Mailing], since: Sequence[Mailing]) -> Iterator[Finding]:
    """Ask what the rate would be if each audience clicked as before (Simpson)."""
    was, now = _rates(usual), _rates(since)
    before, after = total(was.values()), total(now.values())
    if len(was) < 2 or set(now) - set(was):  # noqa: PLR2004 -- a mix is of two
        return
    as_before = sum(was[one].share * now[one].people for one in now)
    mixed = as_before / after.people if after.people else 0.0
    if before.share - mixed >= MOST * (before.share - after.share):
        yield Finding(cause=Cause.AUDIENCE, before=before.share, since=mixed)


def _moment(usual: Sequence[Mailing], since: Sequence[Mailing]) -> Iterator[Finding]:
    was, now = _half_days(usual), _half_days(since)
    sent = sum(was.values()), sum(now.values())
    if not all(sent):
        return
    shared = sum(min(was[one] / sent[0], now[one] / sent[1]) for one in was)
    if shared < SHARED:
        usually = _hours(usual).most_common(1)[0][0]
        lately = _hours(since).most_common(1)[0][0]
        yield Finding(cause=Cause.MOMENT, detail=f"{clock(usually)} -> {clock(lately)}")


def _reading(before: Counts, after: Counts) -> Iterator[Finding]:
    """Tell the subject line from the content by those whose opens say something."""
    was, now = before.opens, after.opens
    if now.share < LESS * was.share and is_clear(was, now):
        yield Finding(cause=Cause.SUBJECT, before=was.share, since=now.share)
    was, now = before.clicks_per_open, after.clicks_per_open
    if now.share < LESS * was.share and is_clear(was, now):
        yield Finding(cause=Cause.CONTENT, before=was.share, since=now.share)


def is_clear(was: Rate, now: Rate) -> bool:
    """Tell whether two rates differ by more than chance does (pooled z-test)."""
    if not (was.people and now.people):
        return False
    share = (was + now).share
    error = sqrt(share * (1 - share) * (1 / was.people + 1 / now.people))
    return error > 0 and abs(now.share - was.share) >= CLEAR * error


def clock(hour: int) -> str:
    """Write an hour of the week: Tue 10:00."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return f"{days[hour // 24]} {hour % 24:02}:00"


def _rates(rows: Iterable[Mailing]) -> dict[str, Rate]:
    found: dict[str, Rate] = {}
    for one in rows:
        before = found.get(one.audience, Rate(0, 0))
        found[one.audience] = before + one.counts.clicks
    return found


def _hours(rows: Iterable[Mailing]) -> Counter[int]:
    found = Counter[int]()
    for one in rows:
        found.update(one.hours)
    return found


def _half_days(rows: Iterable[Mailing]) -> Counter[int]:
    found = Counter[int]()
    for hour, sent in _hours(rows).items():
        found[hour // HALF_DAY] += sent
    return found


def _percent(share: float, lang: str) -> str:
    told = f"{100 * share:.1f}%"
    return told.replace(".", ",") if lang == "nl" else told


SENTENCES = {
    Cause.DELIVERABILITY: {
        "nl": "Bezorging: {since} kwam terug, eerder {before}.",
        "en": "Deliverability: {since} bounced, {before} before.",
    },
    Cause.SCANNER: {
        "nl": "Scanners: {since} van de klikken komt van machines, eerder {before}; "
        "echte klikken kunnen daarin verdwijnen.",
        "en": "Scanners: {since} of the clicks are machines', {before} before; "
        "real clicks may be lost among them.",
    },
    Cause.AUDIENCE: {
        "nl": "Doelgroep: hij gaat nu naar anderen. Klikte elke doelgroep als eerder, "
        "dan was het {since}, eerder {before}.",
        "en": "Audience: it goes to others now. Had each audience clicked as before, "
        "it would be {since}, {before} before.",
    },
    Cause.MOMENT: {
        "nl": "Moment: hij gaat op andere dagen of uren uit ({detail}).",
        "en": "Moment: it is sent on other days or hours ({detail}).",
    },
    Cause.SUBJECT: {
        "nl": "Onderwerpregel: {since} opent hem, eerder {before} "
        "(zonder wie vanzelf opent).",
        "en": "Subject line: {since} open it, {before} before "
        "(without mailboxes that open by themselves).",
    },
    Cause.CONTENT: {
        "nl": "Inhoud: {since} van wie opent klikt, eerder {before}.",
        "en": "Content: {since} of those who open it click, {before} before.",
    },
    Cause.UNKNOWN: {
        "nl": "Niets anders veranderde dat te tellen is.",
        "en": "Nothing else changed that can be counted.",
    },
}
