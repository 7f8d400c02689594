"""What of a person's moves the recruiter hears, who has them already. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from plugin.mappings.ats import AtsOn
from plugin.mappings.model import Phase
from plugin.phases.model import Cause, Move


class Turn(StrEnum):
    """What happened after the hand-over."""

    RE_ENTRY = "re_entry"
    LEAVE_DO = "leave_do"

    def reaction(self, rules: AtsOn) -> str:
        """Say what the mapping wants done: nothing, note or update."""
        return str(getattr(rules, self.value))

    def note(self, rules: AtsOn) -> str:
        """Give the text of the note."""
        return str(getattr(rules, f"{self.value}_note"))


#: What somebody does themselves; the rest the ATS told us itself.
_OWN = frozenset({Cause.SCORE, Cause.SIGN_UP, Cause.COOLED})


def turn_of(
    moves: Sequence[Move],
    news: Sequence[Move],
    was: Phase | None,
    handed_over_at: datetime | None,
) -> tuple[Turn, Move] | None:
    """Say what a journey's latest part is to a recruiter, and by which move.

    `moves` are all, `news` those of them that were not known, `was` is the phase last
    known. A move from before the hand-over led to it, also when it is dated anew.
    """
    own = [
        one
        for one in moves
        if one.cause in _OWN and handed_over_at and one.at > handed_over_at
    ]
    into = [one for one in own if one.after is Phase.DO and one in news]
    if into and moves[-1].after is Phase.DO:
        return Turn.RE_ENTRY, into[-1]
    out_of = [
        one for one in own if one.before is Phase.DO and one.after is not Phase.DO
    ]
    if out_of and was is Phase.DO and moves[-1].after in (Phase.SEE, Phase.THINK):
        return Turn.LEAVE_DO, out_of[-1]
    return None
