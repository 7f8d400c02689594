"""The ways between the phases by a set of mappings, and a picture of them (Mermaid)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plugin.mappings.model import Mappings, Phase, PhaseRule
from plugin.phases.model import Cause

#: What is written along an arrow or in a note: language -> name -> template. Without
#: colons, semicolons and `<`, which mean something to Mermaid.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "started": "first seen",
        "score": "from {enter} points, in {sessions} or by a form",
        "cooled": "under {leave} points",
        "cooled-far": "under {leave} points, and under {think} for Think",
        "sign-up": "signs up",
        "sign-up-again": "signs up who came by points",
        "hired": "hired",
        "unhired": "hire taken back",
        "rejected": "rejected",
        "withdrawn": "withdraws",
        "assignment-ended": "assignment ends",
        "dwell": "at least {days} before points lead down",
        "pause": "after a rejection {days} without rising above {phase} by points",
        "pause-withdrawn": "after a withdrawal {days} not above {phase} by points",
        "handover": "a sign-up goes to the ATS, by points a person says yes first",
        "stay": "a withdrawal alone moves nobody",
        "care": "left only by news from the ATS",
        "day": "1 day",
        "days": "{count} days",
        "session": "1 visit",
        "sessions": "{count} visits",
    },
    "nl": {
        "started": "voor het eerst gezien",
        "score": "vanaf {enter} punten, in {sessions} of met een formulier",
        "cooled": "onder {leave} punten",
        "cooled-far": "onder {leave} punten, en onder {think} voor Think",
        "sign-up": "meldt zich aan",
        "sign-up-again": "meldt zich aan na binnenkomst op punten",
        "hired": "aangenomen",
        "unhired": "aanname teruggedraaid",
        "rejected": "afgewezen",
        "withdrawn": "trekt zich terug",
        "assignment-ended": "opdracht eindigt",
        "dwell": "minstens {days} voordat punten omlaag leiden",
        "pause": "na een afwijzing {days} niet op punten boven {phase}",
        "pause-withdrawn": "na terugtrekken {days} niet op punten boven {phase}",
        "handover": "aanmelding gaat naar het ATS, op punten zegt een mens eerst ja",
        "stay": "alleen zich terugtrekken verplaatst niemand",
        "care": "eindigt alleen met nieuws uit het ATS",
        "day": "1 dag",
        "days": "{count} dagen",
        "session": "1 bezoek",
        "sessions": "{count} bezoeken",
    },
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way from phase to phase; `before` is None where a journey starts."""

    before: Phase | None
    after: Phase
    cause: Cause


def ways(mappings: Mappings) -> list[Way]:
    """List every way that the mappings leave open."""
    rules = mappings.phases
    found = [Way(None, Phase.SEE, Cause.STARTED)]
    if rules.may_skip_think:
        found.append(Way(Phase.SEE, Phase.DO, Cause.SCORE))
    found += [
        Way(Phase.SEE, Phase.THINK, Cause.SCORE),
        Way(Phase.THINK, Phase.DO, Cause.SCORE),
        Way(Phase.THINK, Phase.SEE, Cause.COOLED),
        Way(Phase.DO, Phase.THINK, Cause.COOLED),
        Way(Phase.DO, Phase.SEE, Cause.COOLED),
    ]
    looking = (Phase.SEE, Phase.THINK, Phase.DO)
    if rules.gate_enters_do:
        found += [Way(one, Phase.DO, Cause.SIGN_UP) for one in looking]
    above = looking[looking.index(rules.rejected_to) + 1 :]
    found += [Way(one, rules.rejected_to, Cause.REJECTED) for one in above]
    if rules.withdrawn_to is not None:
        left = rules.withdrawn_to
        above = looking[looking.index(left) + 1 :]
        found += [Way(one, left, Cause.WITHDRAWN) for one in above]
    found += [Way(one, Phase.CARE, Cause.HIRED) for one in looking]
    found.append(Way(Phase.CARE, Phase.DO, Cause.UNHIRED))
    found.append(Way(Phase.CARE, rules.assignment_ended_to, Cause.ASSIGNMENT_ENDED))
    return found


def mermaid(mappings: Mappings, lang: str) -> str:
    """Draw the phases as a Mermaid state diagram, in `nl` or `en`."""
    told = _Told(mappings, _WORDS[lang])
    lines = [
        "stateDiagram-v2",
        "direction LR",
        *(f'state "{phase.label}" as {_id(phase)}' for phase in Phase),
        *(told.arrow(way) for way in ways(mappings)),
    ]
    for phase in Phase:
        notes = list(told.notes(phase))
        if notes:
            lines += [f"note right of {_id(phase)}", *notes, "end note"]
    return "\n".join(lines[:1] + [f"    {line}" for line in lines[1:]])


def _id(phase: Phase) -> str:
    """Name a state; never a bare word that Mermaid may keep for itself."""
    return f"phase_{phase.value}"


class _Told:
    """Puts thresholds into words."""

    def __init__(self, mappings: Mappings, words: Mapping[str, str]) -> None:
        self._rules = mappings.phases
        self._words = words

    def arrow(self, way: Way) -> str:
        before = "[*]" if way.before is None else _id(way.before)
        return f"{before} --> {_id(way.after)} : {self._label(way)}"

    def notes(self, phase: Phase) -> Iterator[str]:
        rules = self._rules
        rule = {Phase.THINK: rules.think, Phase.DO: rules.do}.get(phase)
        if rule is not None and rule.dwell_days:
            yield self._words["dwell"].format(days=self._days(rule.dwell_days))
        if phase is rules.rejected_to and rules.rejected_pause_days:
            days = self._days(rules.rejected_pause_days)
            yield self._words["pause"].format(days=days, phase=phase.label)
        if phase is rules.withdrawn_to and rules.withdrawn_pause_days:
            days = self._days(rules.withdrawn_pause_days)
            yield self._words["pause-withdrawn"].format(days=days, phase=phase.label)
        if phase is Phase.DO:
            yield self._words["handover"]
            if rules.withdrawn_to is None:
                yield self._words["stay"]
        if phase is Phase.CARE:
            yield self._words["care"]

    def _label(self, way: Way) -> str:
        match way.cause:
            case Cause.SCORE:
                return self._entered(self._rule(way.after))
            case Cause.COOLED if way == Way(Phase.DO, Phase.SEE, Cause.COOLED):
                return self._words["cooled-far"].format(
                    leave=self._number(self._rules.do.leave),
                    think=self._number(self._rules.think.leave),
                )
            case Cause.COOLED:
                leave = self._rule(way.before or Phase.SEE).leave
                return self._words["cooled"].format(leave=self._number(leave))
            case Cause.SIGN_UP if way.before is way.after:
                return self._words["sign-up-again"]
            case _:
                return self._words[way.cause.value]

    def _entered(self, rule: PhaseRule) -> str:
        many = "session" if rule.sessions == 1 else "sessions"
        sessions = self._words[many].format(count=rule.sessions)
        enter = self._number(rule.enter)
        return self._words["score"].format(enter=enter, sessions=sessions)

    def _rule(self, phase: Phase) -> PhaseRule:
        return self._rules.do if phase is Phase.DO else self._rules.think

    def _days(self, days: float) -> str:
        many = "day" if days == 1 else "days"
        return self._words[many].format(count=self._number(days))

    def _number(self, value: float) -> str:
        text = f"{value:g}"
        return text.replace(".", ",") if self._words is _WORDS["nl"] else text
