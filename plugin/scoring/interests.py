"""What somebody cares for: points per topic that fade, with two thresholds.

A topic becomes an interest above the one and stays one until it is below the other,
so that a tag does not come and go. Replayed from the first act, so that the order in
which events arrive cannot matter. Pure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from plugin.history.clicks import DAY
from plugin.mappings.model import Content
from plugin.scoring.contributions import Contribution
from plugin.scoring.model import Interest


def interests(
    contributions: Sequence[Contribution], content: Content, at: int
) -> tuple[Interest, ...]:
    """List the interests at a moment, strongest first.

    `contributions` come in the order in which they count; content of two topics is
    half of each.
    """
    replay = _Replay(content)
    for one in contributions:
        replay.add(one)
    return replay.read(at)


class _Replay:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0
        #: Half-life -> all points, and those of each topic.
        self._whole: dict[float, float] = defaultdict(float)
        self._topics: dict[str, dict[float, float]] = {}
        self._held: set[str] = set()

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
        self._at = at

    def _levels(self) -> tuple[dict[str, float], float]:
        levels = {topic: sum(mine.values()) for topic, mine in self._topics.items()}
        return levels, sum(self._whole.values())

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
