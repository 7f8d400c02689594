"""What somebody cares for: points per topic that fade, with two thresholds.

A topic becomes an interest above the one and stays one until it is below the other,
so that a tag does not come and go. Replayed from the first act, so that the order in
which events arrive cannot matter. Pure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.history.clicks import DAY
from plugin.mappings.model import Content
from plugin.scoring.contributions import Contribution, Offer
from plugin.scoring.model import Interest


def interests(
    contributions: Sequence[Contribution],
    content: Content,
    at: int,
    offers: Sequence[Offer] = (),
) -> tuple[Interest, ...]:
    """List the interests at a moment, strongest first.

    `contributions` come in the order in which they count; content of two topics is
    half of each. `offers` are the e-mails sent, oldest first: points on a topic are
    corrected for how much of it a person was offered.
    """
    replay = _Replay(content)
    told = _outcomes(contributions, content, offers, at)
    for one in contributions:
        while told and told[-1].at <= one.counts_from:
            replay.learn(told.pop())
        replay.add(one)
    while told:
        replay.learn(told.pop())
    return replay.read(at)


@dataclass(slots=True)
class _Outcome:
    """An e-mail that was followed, or passed over, when that was clear."""

    at: int
    offer: Offer
    is_taken: bool


def _outcomes(
    contributions: Sequence[Contribution],
    content: Content,
    offers: Sequence[Offer],
    at: int,
) -> list[_Outcome]:
    """Say what became of each offer until a moment, the last first.

    Who follows after having passed over is told of twice: the second corrects.
    """
    if not offers or content.interest_correction <= 1:
        return []
    patience = round(content.interest_patience_days * DAY)
    taken = _taken(contributions, offers)
    found = []
    for index, offer in enumerate(offers):
        over, followed = offer.at + patience, taken.get(index)
        if followed is None or followed > over:
            found.append(_Outcome(over, offer, is_taken=False))
        if followed is not None:
            found.append(_Outcome(followed, offer, is_taken=True))
    known = [one for one in found if one.at <= at]
    return sorted(
        known,
        key=lambda one: (one.at, one.offer.at, one.offer.mail, one.is_taken),
        reverse=True,
    )


def _taken(
    contributions: Sequence[Contribution], offers: Sequence[Offer]
) -> dict[int, int]:
    """Find when each offer was first followed; a click is on the last one sent."""
    by_mail: dict[str, list[int]] = {}
    for index, offer in enumerate(offers):
        by_mail.setdefault(offer.mail, []).append(index)
    taken: dict[int, int] = {}
    for one in contributions:
        sent = by_mail.get(one.mail, ()) if one.mail is not None else ()
        before = [index for index in sent if offers[index].at <= one.at]
        if before:
            taken.setdefault(before[-1], one.counts_from)
    return taken


class _Replay:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0
        #: Half-life -> all points, and those of each topic.
        self._whole: dict[float, float] = defaultdict(float)
        self._topics: dict[str, dict[float, float]] = {}
        self._held: set[str] = set()
        #: Offers known to be followed or passed over, and followed, by topic.
        self._offered: dict[str, float] = {}
        self._followed: dict[str, float] = {}
        self._passed: set[tuple[int, str]] = set()
        self._offers_last = content.interest_offer_half_life_days * DAY

    def learn(self, one: _Outcome) -> None:
        """Take in what became of an offer."""
        self._fade(one.at)
        offer = one.offer
        weight = 2.0 ** ((offer.at - one.at) / self._offers_last) / len(offer.topics)
        is_new = (offer.at, offer.mail) not in self._passed
        for topic in offer.topics:
            if is_new:
                self._offered[topic] = self._offered.get(topic, 0.0) + weight
            if one.is_taken:
                self._followed[topic] = self._followed.get(topic, 0.0) + weight
        self._passed.add((offer.at, offer.mail))
        self._let_go(*self._levels())

    def add(self, one: Contribution) -> None:
        if one.counts_from > self._at:
            self._fade(one.counts_from)
            self._let_go(*self._levels())
        half_life = one.rule.half_life_days * DAY
        points = one.points * 2.0 ** ((one.at - self._at) / half_life)
        self._whole[half_life] += points
        for topic in one.topics:
            mine = self._topics.setdefault(topic, defaultdict(float))
            mine[half_life] += points / len(one.topics)
        self._take(*self._levels())

    def read(self, at: int) -> tuple[Interest, ...]:
        self._fade(at)
        levels, whole = self._levels()
        self._let_go(levels, whole)
        found = [
            Interest(
                topic=topic,
                affinity=round(levels[topic] / whole, 4),
                centipoints=round(levels[topic] * 100),
            )
            for topic in self._held
        ]
        return tuple(sorted(found, key=lambda one: (-one.centipoints, one.topic)))

    def _fade(self, at: int) -> None:
        kept = {
            half_life: 2.0 ** ((self._at - at) / half_life) for half_life in self._whole
        }
        for half_life, share in kept.items():
            self._whole[half_life] *= share
            for mine in self._topics.values():
                if half_life in mine:
                    mine[half_life] *= share
        if self._offered:
            kept_offers = 2.0 ** ((self._at - at) / self._offers_last)
            for counts in (self._offered, self._followed):
                for topic in counts:
                    counts[topic] *= kept_offers
        self._at = at

    def _corrected(self, levels: dict[str, float], whole: float) -> float:
        """Correct points per topic for what was offered; return the whole then."""
        content = self._content
        weight, most = content.interest_prior_offers, content.interest_correction
        usual = _rate(
            sum(self._followed.values()),
            sum(self._offered.values()),
            content.interest_prior_rate,
            weight,
        )
        for topic, offered in self._offered.items():
            if topic in levels:
                rate = _rate(self._followed.get(topic, 0.0), offered, usual, weight)
                before = levels[topic]
                levels[topic] *= max(1 / most, min(most, rate / usual))
                whole += levels[topic] - before
        return whole

    def _levels(self) -> tuple[dict[str, float], float]:
        levels = {topic: sum(mine.values()) for topic, mine in self._topics.items()}
        whole = sum(self._whole.values())
        return levels, self._corrected(levels, whole) if self._offered else whole

    def _take(self, levels: Mapping[str, float], whole: float) -> None:
        least = max(self._content.interest_points, self._content.interest_share * whole)
        self._held |= {topic for topic, level in levels.items() if level >= least}
        self._let_go(levels, whole)

    def _let_go(self, levels: Mapping[str, float], whole: float) -> None:
        least = max(
            self._content.interest_leave_points,
            self._content.interest_leave_share * whole,
        )
        self._held = {topic for topic in self._held if levels[topic] >= least}


def _rate(followed: float, offered: float, usual: float, weight: float) -> float:
    """Estimate a share from few: the mean of a Beta whose prior mean is `usual`."""
    return (followed + weight * usual) / (offered + weight)
