"""Points that fade: what has been earned so far, readable at any moment.

One account per rule and phase, brought up to date only when something is added;
all decay is by halves, so the value at any later moment is one power away. The
journey and the score read the same accounts, so they cannot differ.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import log2
from sys import float_info

from plugin.history.clicks import DAY, SECOND
from plugin.history.past import Past
from plugin.mappings.model import Channel, Phase, ScoringRule
from plugin.scoring.contributions import Contribution


@dataclass(slots=True, eq=False)
class Account:
    """What one rule has given for one phase, as of `at`, before its cap."""

    rule: ScoringRule
    phase: Phase
    half_life: float
    at: int
    channels: dict[Channel, float] = field(default_factory=dict)
    total: float = 0.0

    def add(self, one: Contribution) -> None:
        """Add points that fade since they were earned."""
        self.move_to(one.counts_from)
        points = one.points * 2.0 ** ((one.at - self.at) / self.half_life)
        self.channels[one.channel] = self.channels.get(one.channel, 0.0) + points
        self.total += points

    def join(self, other: "Account") -> None:
        """Add what another account holds, as of the later moment of the two."""
        at = max(self.at, other.at)
        self.move_to(at)
        other.move_to(at)
        for channel, points in other.channels.items():
            self.channels[channel] = self.channels.get(channel, 0.0) + points
        self.total += other.total

    def worth(self, at: int) -> float:
        """Points at a moment not before the last addition, capped."""
        faded: float = self.total * 2.0 ** ((self.at - at) / self.half_life)
        cap = self.rule.cap
        return min(faded, cap)

    def shares(self, at: int) -> list[tuple[Channel, float]]:
        """Split `worth` over the channels it came by."""
        worth = self.worth(at)
        if not self.total:
            return []
        return [
            (channel, worth * (points / self.total))
            for channel, points in sorted(self.channels.items())
        ]

    def move_to(self, at: int) -> None:
        """Let it fade until a moment."""
        faded = 2.0 ** ((self.at - at) / self.half_life)
        for channel in self.channels:
            self.channels[channel] *= faded
        self.total *= faded
        self.at = at


class Ledger:
    """All accounts of one person, and the sessions behind them."""

    def __init__(self, session_minutes: float) -> None:
        """Start empty; a pause of so many minutes makes a new session."""
        self._accounts: dict[tuple[str, Phase], Account] = {}
        self._ordered: dict[tuple[Phase, ...], list[Account]] = {}
        self._pause = round(session_minutes * 60 * SECOND)
        self._moments: list[int] = []
        self.sessions = 0

    def open(self, past: Past, rules: Iterable[ScoringRule]) -> None:
        """Begin with what is left of what was forgotten, by the rules there still are.

        The same rule and phase twice are those of two who became one.
        """
        by_id = {rule.id: rule for rule in rules}
        for one in past.booked:
            rule = by_id.get(one.rule)
            if rule is None:
                continue
            channels = {name: share.points for name, share in one.shares.items()}
            half_life = rule.half_life_days * DAY
            account = Account(rule, one.phase, half_life, one.at, channels, one.total)
            known = self._accounts.setdefault((one.rule, one.phase), account)
            if known is not account:
                known.join(account)
        self.sessions = past.sessions
        self._moments = [] if past.last_act is None else [past.last_act]

    def add(self, one: Contribution) -> None:
        """Book a contribution; they must come in the order in which they count."""
        key = (one.rule.id, one.phase)
        account = self._accounts.get(key)
        if account is None:
            half_life = one.rule.half_life_days * DAY
            account = Account(one.rule, one.phase, half_life, one.counts_from)
            self._accounts[key] = account
            self._ordered.clear()
        account.add(one)
        self._count_session(one.at)

    def accounts(self, phases: Iterable[Phase] = tuple(Phase)) -> list[Account]:
        """List the accounts of some phases, in the one order of every sum."""
        wanted = phases if type(phases) is tuple else tuple(phases)
        found = self._ordered.get(wanted)
        if found is None:
            keys = sorted(key for key in self._accounts if key[1] in wanted)
            found = self._ordered[wanted] = [self._accounts[key] for key in keys]
        return found

    @property
    def last_at(self) -> int | None:
        """When something was last booked; None where nothing ever was."""
        return max((one.at for one in self._accounts.values()), default=None)

    @property
    def last_act(self) -> int | None:
        """When the last act was; None where none ever was."""
        return self._moments[-1] if self._moments else None

    def level(self, phases: Iterable[Phase], at: int) -> float:
        """Sum the points for content of some phases at a moment."""
        level = 0.0
        for one in self.accounts(phases):
            level += one.worth(at)
        return level

    def falls_below(
        self, phases: Iterable[Phase], limit: float, since: int
    ) -> int | None:
        """Find the first microsecond from `since` on with a level below `limit`.

        None when that never comes: with a limit of 0.
        """
        accounts = self.accounts(phases)

        def excess(at: int) -> float:
            """Halvings left until the limit; below 0 when it is passed."""
            level = 0.0
            for one in accounts:
                level += one.worth(at)
            return log2(max(level, float_info.min) / limit)

        if limit <= 0:
            return None
        if self.level(phases, since) < limit:
            return since
        step = round(max(one.half_life for one in accounts))
        high = since + step
        while excess(high) >= 0:
            high += step
        return first_below(excess, since, high)

    def _count_session(self, at: int) -> None:
        """Count the session of a moment: begun, gone on with, or joined with one."""
        moments = self._moments
        place = bisect_left(moments, at)
        before = place > 0 and at - moments[place - 1] <= self._pause
        after = place < len(moments) and moments[place] - at <= self._pause
        insort(moments, at)
        if not (before or after):
            self.sessions += 1
        elif before and after and self._were_apart(place):
            self.sessions -= 1

    def _were_apart(self, place: int) -> bool:
        return self._moments[place + 1] - self._moments[place - 1] > self._pause


def first_below(excess: Callable[[int], float], low: int, high: int) -> int:
    """Find where a falling function goes below 0, between `low` and `high`.

    `excess` is nearly a straight line, so each guess is close; the answer is exact,
    whatever it is.
    """
    over, under = excess(low), excess(high)
    while high - low > 1:
        guess = low + round((high - low) * over / (over - under))
        margin = 1 + (high - low >> 12)
        for probe in (guess - margin, guess + margin, (low + high) // 2):
            if low < probe < high:
                found = excess(probe)
                if found >= 0:
                    low, over = probe, found
                else:
                    high, under = probe, found
    return high
