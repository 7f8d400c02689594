"""Whether somebody goes to the ATS: their own sign-up, or a person's yes. Pure.

Nobody is judged by a machine alone: who is in Do by score waits until a person
says yes. Who signs up has asked for it, and that outweighs a no given before.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.history.model import Profile
from plugin.mappings.ats import HandOver
from plugin.mappings.model import Phase
from plugin.phases.model import Decision

#: What a boolean field of Mautic says when it is ticked.
TRUE = frozenset({"1", "true", "yes", "ja"})
#: What is asked of a person about a candidate.
HAND_OVER = "hand-over"
#: What they may answer.
YES, NO = "yes", "no"
#: What they may answer about who somebody is there: this one, nobody, never mind.
CHOOSE, CREATE, IGNORE = "choose", "create", "ignore"


def match_of(connection: str) -> str:
    """Name the question who of a connection's candidates somebody is."""
    return f"match:{connection}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person said about a candidate."""

    #: The contact it was said of; an answer follows the person through merges.
    contact_id: int
    #: `HAND_OVER`, or "match:<connection>".
    question: str
    said: str
    #: Who said it.
    by: str
    at: datetime
    reason: str = ""
    #: Until when it holds; None for good.
    until: datetime | None = None
    #: The candidate in the ATS that was chosen.
    ref: str | None = None


class Verdict(StrEnum):
    """What is to become of somebody."""

    #: Nobody asks for a hand-over.
    NOT_ASKED = "not-asked"
    YES = "yes"
    #: A person has to say yes first.
    WAITS = "waits"
    #: A person said no, or not now.
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A verdict, whose it is and how long it holds."""

    verdict: Verdict
    #: "candidate", "tag:<tag>", "field:<alias>", or who answered; empty for nobody.
    by: str = ""
    reason: str = ""
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether they are to be handed over."""
        return self.verdict is Verdict.YES


CLOSED = Gate(verdict=Verdict.NOT_ASKED)


def judge(
    decision: Decision,
    profile: Profile,
    rules: HandOver,
    answer: Answer | None,
    *,
    asks: bool,
) -> Gate:
    """Say whether somebody is to be handed over, as of the decision's moment.

    `asks`: they signed up themselves, while somebody listened. `answer` is the last
    one given about them; a yes holds for the stay in Do in which it was given.
    """
    if decision.phase is not Phase.DO:
        return CLOSED
    now = decision.score.as_of
    declined = answer if answer and _is_no(answer, now) else None
    if declined and not (asks and declined.at < decision.moves[-1].at):
        return _said(Verdict.NO, declined)
    if asks:
        return Gate(verdict=Verdict.YES, by="candidate")
    if rules.no_tag and rules.no_tag in profile.tags:
        return Gate(verdict=Verdict.NO, by=f"tag:{rules.no_tag}")
    return _approved(decision, profile, rules, answer)


def _approved(
    decision: Decision, profile: Profile, rules: HandOver, answer: Answer | None
) -> Gate:
    if answer and answer.said == YES and answer.at >= decision.since:
        return _said(Verdict.YES, answer)
    if rules.yes_tag and rules.yes_tag in profile.tags:
        return Gate(verdict=Verdict.YES, by=f"tag:{rules.yes_tag}")
    alias = rules.yes_field
    if alias and profile.fields.get(alias, "").lower() in TRUE:
        return Gate(verdict=Verdict.YES, by=f"field:{alias}")
    return CLOSED if rules.by_score == "never" else Gate(verdict=Verdict.WAITS)


def _is_no(answer: Answer, now: datetime) -> bool:
    return answer.said == NO and (answer.until is None or now < answer.until)


def _said(verdict: Verdict, answer: Answer) -> Gate:
    return Gate(verdict=verdict, by=answer.by, reason=answer.reason, until=answer.until)
