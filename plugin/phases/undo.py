"""The smallest change that would undo a move: which acts it really rests on. Pure.

Acts are left out and the journey is replayed: no approximation of what the rules
would have said. First it is found how many of the heaviest must go. Are these few, one
act is looked for that does it alone, then two, and else what is not needed is put back.
Are they many, the move rests on no few acts, and the heaviest are told.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import combinations

from plugin.content.match import Catalogue
from plugin.history.clicks import DAY, micros, moment_of
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase
from plugin.phases.decide import COUNTS_FOR, ORDER, travel
from plugin.phases.model import Cause, Decision
from plugin.scoring.contributions import Contribution, Counted, SignUp, count, damp
from plugin.scoring.model import Act, Undo
from plugin.scoring.rulebook import rulebook

#: What a move rests on acts by; the ATS's news and time are nobody's clicks.
_BY_ACTS = frozenset({Cause.SCORE, Cause.SIGN_UP})
#: So many acts are few enough to look for fewer, ...
_FEW = 5
#: ... one by one and two by two among the heaviest.
_SINGLES, _PAIRS = 30, 8


def undo(
    decision: Decision, person: Person, mappings: Mappings, catalogue: Catalogue
) -> Undo | None:
    """Find the fewest acts without which somebody would now be in a lower phase.

    None where no acts of theirs brought them there, as after a hire or a fall.
    """
    if decision.cause not in _BY_ACTS:
        return None
    counted = count(person, rulebook(mappings, catalogue), decision.score.as_of)
    search = _Search(decision, counted, mappings)
    found = search.smallest()
    return search.told(found) if found else None


class _Search:
    def __init__(
        self, decision: Decision, counted: Counted, mappings: Mappings
    ) -> None:
        self._decision = decision
        self._counted = counted
        self._mappings = mappings
        self._now = micros(decision.score.as_of)
        self._keys = self._heaviest_first()

    def smallest(self) -> frozenset[str]:
        """Give the keys of the fewest acts; empty where even all change nothing."""
        keys = self._keys
        count = bisect_left(
            range(len(keys) + 1), 1, key=lambda many: int(self._tips(keys[:many]))
        )
        if count > len(keys):
            return frozenset()
        if 1 < count <= _FEW:
            return self._fewer(keys[:count])
        return frozenset(keys[:count])

    def _fewer(self, enough: Sequence[str]) -> frozenset[str]:
        for key in self._keys[:_SINGLES]:
            if self._tips({key}):
                return frozenset({key})
        for pair in combinations(self._keys[:_PAIRS], 2):
            if self._tips(pair):
                return frozenset(pair)
        return self._needed(enough)

    def told(self, keys: Collection[str]) -> Undo:
        earned = self._counted.contributions
        acts = {one.key: _act(one) for one in earned if one.key in keys}
        signed = self._counted.sign_ups
        acts |= {one.key: _act(one) for one in signed if one.key in keys}
        ordered = sorted(acts.values(), key=lambda act: (act.at, act.content))
        return Undo(acts=tuple(ordered), phase=self._phase(keys))

    def _needed(self, enough: Sequence[str]) -> frozenset[str]:
        """Put back what need not be left out."""
        left_out = list(enough)
        for key in enough:
            fewer = [one for one in left_out if one != key]
            if self._tips(fewer):
                left_out = fewer
        return frozenset(left_out)

    def _heaviest_first(self) -> Sequence[str]:
        counts = COUNTS_FOR[self._decision.phase]
        worth = {
            one.key: _worth(one, self._now)
            for one in self._counted.contributions
            if one.phase in counts
        }
        for one in self._counted.sign_ups:
            worth.setdefault(one.key, 0.0)
        return sorted(worth, key=lambda key: (-worth[key], key))

    def _tips(self, keys: Collection[str]) -> bool:
        return ORDER[self._phase(keys)] < ORDER[self._decision.phase]

    def _phase(self, keys: Collection[str]) -> Phase:
        rest = _without(self._counted, keys, self._mappings)
        return travel(rest, self._mappings, self._now).phase


def _act(one: Contribution | SignUp) -> Act:
    return Act(content=one.content, at=moment_of(one.at))


def _worth(one: Contribution, now: int) -> float:
    half_life = one.rule.half_life_days * DAY
    faded: float = one.points * 2.0 ** ((one.at - now) / half_life)
    return faded


def _without(counted: Counted, keys: Collection[str], mappings: Mappings) -> Counted:
    """Read the history as if some acts had not counted; repeats are damped anew."""
    kept = [
        replace(one, points=one.rule.points)
        for one in counted.contributions
        if one.key not in keys
    ]
    repeats = counted.past.repeats if counted.past else {}
    damp(kept, mappings.scoring.damping_hours, repeats)
    sign_ups = [one for one in counted.sign_ups if one.key not in keys]
    return replace(counted, contributions=kept, sign_ups=sign_ups)
