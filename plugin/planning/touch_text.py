"""Why somebody is due on a day, or not at all, in one line that people read. Pure.

The line rests on what happened and never on today, so it stands in Mautic's field as
it stands on the page.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from plugin.mappings.audiences import SunsetStep
from plugin.mappings.model import Phase
from plugin.planning.rhythm import Reason, Touch, Why
from plugin.scoring.words import FALLBACK, Words

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "on": "Aan de beurt vanaf {on}: {reasons}.",
        "never": "Krijgt niets volgens het ritme: {reasons}.",
        Why.FIRST: "kreeg nog niets, in beeld sinds {since}",
        Why.SIGN_OF_LIFE: "liet op {since} zelf van zich horen",
        Why.RHYTHM: "elke {days} dagen in {phase}, de laatste mail was op {since}",
        Why.GAP: "minstens {days} dagen na de laatste mail ({since})",
        Why.CAP: "hoogstens {count} mails in {days} dagen, de eerste was op {since}",
        Why.TURN: "was op {since} in een andere fase aan de beurt, dus misschien is er "
        "al een mail onderweg",
        Why.WEEKDAY: "op {since} wordt niets verstuurd",
        Why.NO_RHYTHM: "in {phase} geldt geen ritme, alleen wat op een gebeurtenis "
        "volgt",
        Why.STOPPED: "{count} mails zonder teken van leven, dus stil tot zij iets doen",
        Why.REFUSED: "wil geen mail",
        Why.NO_ADDRESS: "geen e-mailadres",
        SunsetStep.SLOW: "half zo vaak, want {count} mails zonder teken van leven",
        SunsetStep.WIN_BACK: "{count} mails zonder teken van leven: vraag of zij door "
        "willen",
    },
    "en": {
        "on": "Due from {on}: {reasons}.",
        "never": "Nothing is sent by rhythm: {reasons}.",
        Why.FIRST: "was sent nothing yet, in view since {since}",
        Why.SIGN_OF_LIFE: "spoke up on {since}",
        Why.RHYTHM: "every {days} days in {phase}, the last mail was on {since}",
        Why.GAP: "at least {days} days after the last mail ({since})",
        Why.CAP: "at most {count} mails in {days} days, the first was on {since}",
        Why.TURN: "was due in another phase on {since}, so a mail may be on its way",
        Why.WEEKDAY: "nothing is sent on {since}",
        Why.NO_RHYTHM: "{phase} has no rhythm, only what follows from an event",
        Why.STOPPED: "{count} mails without a sign of life, so silence until they do "
        "something",
        Why.REFUSED: "wants no mail",
        Why.NO_ADDRESS: "no e-mail address",
        SunsetStep.SLOW: "half as often, after {count} mails without a sign of life",
        SunsetStep.WIN_BACK: "{count} mails without a sign of life: ask whether to "
        "go on",
    },
}

#: What a hold is called in a list, where there is no room for a line.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "nl": {
        Why.FIRST: "kreeg nog niets",
        Why.SIGN_OF_LIFE: "liet van zich horen",
        Why.RHYTHM: "ritme",
        Why.GAP: "tussenruimte",
        Why.CAP: "bovengrens over alle campagnes",
        Why.TURN: "mail van de vorige fase misschien onderweg",
        Why.WEEKDAY: "geen verzenddag",
        Why.NO_RHYTHM: "geen ritme in deze fase",
        Why.STOPPED: "uitgedoofd: geen teken van leven",
        Why.REFUSED: "wil geen mail",
        Why.NO_ADDRESS: "geen e-mailadres",
    },
    "en": {
        Why.FIRST: "sent nothing yet",
        Why.SIGN_OF_LIFE: "spoke up",
        Why.RHYTHM: "rhythm",
        Why.GAP: "minimum gap",
        Why.CAP: "cap over all campaigns",
        Why.TURN: "mail of the phase before may be on its way",
        Why.WEEKDAY: "no day for sending",
        Why.NO_RHYTHM: "no rhythm in this phase",
        Why.STOPPED: "sunset: no sign of life",
        Why.REFUSED: "wants no mail",
        Why.NO_ADDRESS: "no e-mail address",
    },
}


#: The steps of the sunset, as they are called in a list.
_STEPS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        SunsetStep.AWAKE: "wakker",
        SunsetStep.SLOW: "half zo vaak",
        SunsetStep.WIN_BACK: "terugwinnen",
        SunsetStep.STOPPED: "stil",
    },
    "en": {
        SunsetStep.AWAKE: "awake",
        SunsetStep.SLOW: "half as often",
        SunsetStep.WIN_BACK: "win back",
        SunsetStep.STOPPED: "silent",
    },
}


def touch_text(touch: Touch, phase: Phase, lang: str) -> str:
    """Say in one line from which day somebody is due, and by which rules."""
    words = Words(lang)
    sentences = _SENTENCES.get(lang, _SENTENCES[FALLBACK])
    told = [_told(one, touch, phase, words) for one in touch.reasons]
    if touch.on is not None and touch.step in sentences:
        told.insert(1, sentences[touch.step].format(count=touch.ignored))
    whole = sentences["never" if touch.on is None else "on"]
    on = words.date(touch.on, date.min) if touch.on else ""
    return whole.format(on=on, reasons="; ".join(told))


def as_json(touch: Touch) -> dict[str, Any]:
    """Write a touch as plain JSON values: the day, and every rule that had a say."""
    return {
        "on": touch.on.isoformat() if touch.on else None,
        "why": touch.why.value,
        "step": touch.step.value,
        "every_days": touch.every_days,
        "reasons": [
            {
                "why": one.why.value,
                "on": one.on.isoformat() if one.on else None,
                "since": one.since.isoformat() if one.since else None,
                "days": one.days,
                "count": one.count,
            }
            for one in touch.reasons
        ],
    }


def why_name(why: Why, lang: str) -> str:
    """Name a rule in two or three words."""
    return _NAMES.get(lang, _NAMES[FALLBACK])[why]


def step_name(step: SunsetStep, lang: str) -> str:
    """Name a step of the sunset in two or three words."""
    return _STEPS.get(lang, _STEPS[FALLBACK])[step]


def _told(reason: Reason, touch: Touch, phase: Phase, words: Words) -> str:
    sentences = _SENTENCES.get(words.lang, _SENTENCES[FALLBACK])
    since = reason.since
    return sentences[reason.why].format(
        since=words.date(since, touch.on or since) if since else "",
        days=reason.days,
        count=reason.count,
        phase=phase.label,
    )
