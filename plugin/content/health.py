"""Whether e-mails still do what they did: verdicts that may be asked for daily. Pure.

An e-mail is compared with its own weeks before; one that has hardly any, with the
e-mails of its category. The bets on every week in which a fall may have begun, and on
everybody together as well as on each audience, are averaged: an average of e-values is
one again, so an e-mail that is as it was alarms with a chance of 5 % at most, ever.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import accumulate
from math import inf, log

from plugin.content.causes import Finding, causes
from plugin.content.mailings import Counts, Mailing, summed
from plugin.content.sequential import (
    NOBODY,
    Rate,
    fallen,
    interval,
    log_mean,
    not_fallen_to,
    overdispersion,
    total,
)

#: The chance of an alarm where nothing changed.
ALPHA = 0.05
#: A fall to this share of the usual rate is what must be found.
FALL = 0.8
#: Weeks in which a fall must be found, and which "nothing is wrong" is said of.
LATELY = 3
#: A history says nothing before so many people were sent it and so many clicked.
LEAST_PEOPLE, LEAST_CLICKS = 200, 10
#: An alarm stays for so many weeks with sends; then what came of it is usual.
STAYS = 8

ALARM = log(1 / ALPHA)


class Verdict(StrEnum):
    """What can be said of an e-mail."""

    #: Fewer people click than used to.
    ALARM = "alarm"
    #: A fall by a fifth is ruled out.
    WELL = "well"
    #: Neither can be told yet.
    TOO_LITTLE = "not-enough-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """What came of an e-mail in one week."""

    week: date
    counts: Counts
    #: Bounds of the click rate that hold at all times together.
    between: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an e-mail does."""

    #: Key of the e-mail, and what it is called.
    content: str
    name: str
    verdict: Verdict
    #: Its category, where it is compared with that; empty for its own weeks before.
    compared_with: str
    #: The click rate before, as far as it counts, and since the fall, or lately.
    usual: Rate
    since: Rate
    #: Monday from which on it is worse; None without an alarm.
    fell_on: date | None
    #: Key of the audience that fell; None for everybody together.
    audience: str | None
    #: What it may come from, likeliest first.
    causes: tuple[Finding, ...]
    #: Newest first.
    sends: tuple[Send, ...]
    #: Audience -> all that came of it there.
    audiences: Mapping[str, Counts]

    @property
    def change(self) -> float:
        """How much the click rate changed, as a share of what it was."""
        return self.since.share / self.usual.share - 1 if self.usual.share else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fall:
    """A fall that was found: the place of the week in which it began."""

    begins: int
    #: At which week it was found.
    found: int
    audience: str | None
    evidence: float


def health(
    mailings: Iterable[Mailing], category_of: Callable[[str], str | None]
) -> list[Health]:
    """Judge every e-mail; alarms first, the newest first.

    `category_of` names the category of an e-mail by its key.
    """
    by_content: dict[str, list[Mailing]] = {}
    for one in mailings:
        by_content.setdefault(one.content, []).append(one)
    found = [_judged(rows, by_content, category_of) for rows in by_content.values()]
    order = list(Verdict)
    return sorted(
        found,
        key=lambda one: (
            order.index(one.verdict),
            -one.sends[0].week.toordinal(),
            one.content,
        ),
    )


def _judged(
    rows: Sequence[Mailing],
    by_content: Mapping[str, Sequence[Mailing]],
    category_of: Callable[[str], str | None],
) -> Health:
    content = rows[0].content
    before, category = _family(rows, by_content, category_of)
    series = _Series(rows, before)
    fall = series.fall()
    usual, since = series.parts(fall)
    begins = series.weeks[fall.begins] if fall else None
    verdict = Verdict.ALARM if fall else series.verdict()
    return Health(
        content=content,
        name=max(rows, key=lambda one: one.week).name,
        verdict=verdict,
        compared_with=category,
        usual=_clicks(usual),
        since=_clicks(since),
        fell_on=begins,
        audience=fall.audience if fall else None,
        causes=causes(usual, since) if fall else (),
        sends=tuple(_send(week, rows) for week in reversed(series.weeks)),
        audiences=_by_audience(rows),
    )


def _family(
    rows: Sequence[Mailing],
    by_content: Mapping[str, Sequence[Mailing]],
    category_of: Callable[[str], str | None],
) -> tuple[list[Mailing], str]:
    """Give what was sent before it of the same category, where it has no past."""
    first = min(one.week for one in rows)
    earliest = _clicks([one for one in rows if one.week == first])
    category = category_of(rows[0].content)
    if category is None or len({one.week for one in rows}) > LATELY:
        return [], ""
    others = [
        one
        for key, some in by_content.items()
        if key != rows[0].content and category_of(key) == category
        for one in some
        if one.week < first
    ]
    return (others, category) if _is_enough(_clicks(others) + earliest) else ([], "")


class _Series:
    """The weeks of one e-mail, with what stands before them."""

    def __init__(self, rows: Sequence[Mailing], before: Sequence[Mailing]) -> None:
        self.rows, self.before = rows, before
        self.weeks = sorted({one.week for one in rows})
        self._audiences = sorted({one.audience for one in rows})
        weekly = [
            _clicks([one for one in (*before, *rows) if one.week == week])
            for week in sorted({one.week for one in (*before, *rows)})
        ]
        #: What varies more than chance counts for less.
        self._thin = overdispersion(weekly[:-LATELY])
        groups = (None, *self._audiences)
        #: Group -> all up to each week, so that any stretch is a difference.
        self._upto = {one: self._added_up(one) for one in groups}
        self._past = {
            audience: self._thinned(_of(before, audience)) for audience in groups
        }

        #: The place from which on this is the usual: that of the last fall, if any.
        self._begin = 0

    def fall(self) -> _Fall | None:
        """Find the last fall that is still news; None where none was found."""
        last, begin = None, 0
        for now in range(len(self.weeks)):
            found = self._found(begin, now)
            if found is not None:
                last, begin = found, found.begins
        if last is None or len(self.weeks) - 1 - last.found < STAYS:
            return last
        self._begin = begin
        return None

    def verdict(self) -> Verdict:
        """Say whether a fall by a fifth can be ruled out lately."""
        end = len(self.weeks)
        begin = max(self._begin, end - LATELY)
        usual = self._between(None, self._begin, begin)
        if not self._begin:
            usual += self._past[None]
        if not _is_enough(usual):
            return Verdict.TOO_LITTLE
        evidence = not_fallen_to(usual, self._between(None, begin, end), FALL)
        return Verdict.WELL if evidence >= ALARM else Verdict.TOO_LITTLE

    def parts(self, fall: _Fall | None) -> tuple[list[Mailing], list[Mailing]]:
        """Split what counts into before and since."""
        place = fall.begins if fall else max(self._begin, len(self.weeks) - LATELY)
        audience = fall.audience if fall else None
        begins = self.weeks[place]
        counted = [*self.before, *_of(self.rows, audience)]
        first = self.weeks[self._begin] if self._begin else None
        old = [
            one
            for one in counted
            if one.week < begins and (first is None or one.week >= first)
        ]
        return _of(old, audience), [one for one in counted if one.week >= begins]

    def _found(self, begin: int, now: int) -> _Fall | None:
        """Average the bets on all beginnings and audiences, as they stand by a week."""
        groups: list[str | None] = [None, *self._audiences]
        weights = [0.5, *[0.5 / len(self._audiences)] * len(self._audiences)]
        if len(self._audiences) == 1:
            groups, weights = [None], [1.0]
        scores, best = [], _Fall(begins=now, found=now, audience=None, evidence=-inf)
        for group, weight in zip(groups, weights, strict=True):
            score, fall = self._bets(group, begin, now)
            scores.append(score)
            if fall.evidence + log(weight) > best.evidence:
                best = fall
        return best if log_mean(scores, weights) >= ALARM else None

    def _bets(self, group: str | None, begin: int, now: int) -> tuple[float, _Fall]:
        """Bet on every week since `begin` as the one in which it fell."""
        past = NOBODY if begin else self._past[group]
        logs, weights = [], []
        best = _Fall(begins=now, found=now, audience=group, evidence=-inf)
        number = 0
        for place in range(begin, now + 1):
            usual = past + self._between(group, begin, place)
            if not _is_enough(usual):
                continue
            number += 1
            if place <= now - STAYS:  # a bet that is given up: nothing is left of it
                continue
            evidence = fallen(usual, self._between(group, place, now + 1))
            logs.append(evidence)
            weights.append(1 / (number * (number + 1)))
            if evidence > best.evidence:
                best = replace(best, begins=place, evidence=evidence)
        logs.append(0.0)  # what is kept for weeks to come
        weights.append(1 / (number + 1))
        return log_mean(logs, weights), best

    def _added_up(self, group: str | None) -> list[Rate]:
        by_week: dict[date, list[Mailing]] = {}
        for one in _of(self.rows, group):
            by_week.setdefault(one.week, []).append(one)
        rates = [self._thinned(by_week.get(week, ())) for week in self.weeks]
        return list(accumulate(rates, initial=NOBODY))

    def _between(self, group: str | None, first: int, end: int) -> Rate:
        """Take together the weeks from one place up to another."""
        upto = self._upto[group]
        hits = upto[end].hits - upto[first].hits
        people = upto[end].people - upto[first].people
        return Rate(max(0.0, hits), max(hits, people, 0.0))

    def _thinned(self, rows: Sequence[Mailing]) -> Rate:
        return _clicks(rows).thinned(self._thin)


def _of(rows: Iterable[Mailing], audience: str | None) -> list[Mailing]:
    return [one for one in rows if audience is None or one.audience == audience]


def _clicks(rows: Iterable[Mailing]) -> Rate:
    return total(one.counts.clicks for one in rows)


def _is_enough(usual: Rate) -> bool:
    return usual.people >= LEAST_PEOPLE and usual.hits >= LEAST_CLICKS


def _send(week: date, rows: Iterable[Mailing]) -> Send:
    counts = summed(one for one in rows if one.week == week)
    return Send(week=week, counts=counts, between=interval(counts.clicks, ALPHA))


def _by_audience(rows: Iterable[Mailing]) -> Mapping[str, Counts]:
    found: dict[str, Counts] = {}
    for one in rows:
        found.setdefault(one.audience, Counts()).add(one.counts)
    return found
