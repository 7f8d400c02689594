"""What a history is worth at a moment, and why. Pure: time comes in as `as_of`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import floor
from typing import TypeVar

from plugin.content.match import Catalogue
from plugin.history.clicks import micros, moment_of
from plugin.history.model import Person
from plugin.history.past import Share
from plugin.mappings.model import Channel, Content, Mappings, Phase
from plugin.scoring.contributions import Contribution, Counted, count
from plugin.scoring.interests import interests
from plugin.scoring.ledger import Account, Ledger
from plugin.scoring.model import Reason, Score
from plugin.scoring.rulebook import rulebook

_Kind = TypeVar("_Kind", Phase, Channel)
#: One line of the sum: rule id, phase, channel.
_Line = tuple[str, Phase, Channel]

#: Names of content that a reason mentions.
_NAMED = 3


def score(
    person: Person, mappings: Mappings, catalogue: Catalogue, *, as_of: datetime
) -> Score:
    """Score a person's history as of a moment, and say why.

    The same history, rules and moment give the same score on every machine,
    whatever the order of the events and however often one is reported.
    """
    book = rulebook(mappings, catalogue)
    counted = count(person, book, as_of)
    ledger = Ledger(mappings.phases.session_minutes)
    if counted.past is not None:
        ledger.open(counted.past, mappings.scoring.rules)
    for one in counted.contributions:
        ledger.add(one)
    return read(ledger, counted, mappings.content, as_of)


def read(ledger: Ledger, counted: Counted, content: Content, as_of: datetime) -> Score:
    """Read a score off the accounts, which hold what `counted` contributes."""
    at = micros(as_of)
    shares = {
        (account.rule.id, account.phase, channel): points
        for account in ledger.accounts()
        for channel, points in account.shares(at)
    }
    rounded = _rounded(shares)
    reasons = _reasons(rounded, counted)
    return Score(
        as_of=as_of,
        centipoints=sum(rounded.values()),
        reasons=reasons,
        by_phase=_totals((one.phase, one.centipoints) for one in reasons),
        by_channel=_totals((one.channel, one.centipoints) for one in reasons),
        interests=interests(counted.contributions, content, at, counted.offers),
        sessions=ledger.sessions,
        left_out=counted.left_out,
        evidence=counted.evidence,
    )


def _rounded(shares: Mapping[_Line, float]) -> dict[_Line, int]:
    """Round to hundredths so that the parts add up to the rounded sum.

    What rounding down leaves over goes to the largest remainders.
    """
    lines = sorted(shares)
    exact = {line: shares[line] * 100 for line in lines}
    rounded = {line: floor(exact[line]) for line in lines}
    missing = round(sum(exact[line] for line in lines)) - sum(rounded.values())
    by_remainder = sorted(lines, key=lambda line: (rounded[line] - exact[line], line))
    for line in by_remainder[:missing]:
        rounded[line] += 1
    return rounded


@dataclass(slots=True)
class _Behind:
    """What stands behind one line."""

    count: int = 0
    last: int = 0
    #: Name -> when last; the newest three are told.
    names: dict[str, int] = field(default_factory=dict)

    def add(self, one: Contribution) -> None:
        self.count += 1
        self.last = max(self.last, one.at)
        if one.content:
            self.names[one.content] = max(self.names.get(one.content, 0), one.at)

    def recall(self, share: Share) -> None:
        self.count += share.acts
        self.last = max(self.last, share.last)

    def newest(self) -> tuple[str, ...]:
        ordered = sorted(self.names, key=lambda name: (-self.names[name], name))
        return tuple(ordered[:_NAMED])


def _reasons(rounded: Mapping[_Line, int], counted: Counted) -> tuple[Reason, ...]:
    behind = _behind(counted)
    order = sorted(rounded, key=lambda line: (-rounded[line], line))
    return tuple(
        Reason(
            rule=line[0],
            phase=line[1],
            channel=line[2],
            centipoints=rounded[line],
            count=behind[line].count,
            last_at=moment_of(behind[line].last),
            content=behind[line].newest(),
        )
        for line in order
        if rounded[line]
    )


def _behind(counted: Counted) -> dict[_Line, _Behind]:
    behind: dict[_Line, _Behind] = defaultdict(_Behind)
    for booked in counted.past.booked if counted.past else ():
        for channel, share in booked.shares.items():
            behind[booked.rule, booked.phase, channel].recall(share)
    for one in counted.contributions:
        behind[one.rule.id, one.phase, one.channel].add(one)
    return behind


def shares_of(
    ledger: Ledger, counted: Counted
) -> Iterator[tuple[Account, Mapping[Channel, Share]]]:
    """Yield each account with what its channels gave, and how many acts did."""
    behind = _behind(counted)
    for account in ledger.accounts():
        yield (
            account,
            {
                channel: Share(points, found.count, found.last)
                for channel, points in sorted(account.channels.items())
                for found in (behind[account.rule.id, account.phase, channel],)
            },
        )


def _totals(pairs: Iterable[tuple[_Kind, int]]) -> dict[_Kind, int]:
    totals: dict[_Kind, int] = {}
    for kind, centipoints in pairs:
        totals[kind] = totals.get(kind, 0) + centipoints
    return dict(sorted(totals.items()))
