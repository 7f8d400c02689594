"""The sentences of a plan, in Dutch and English."""

import math
from collections.abc import Mapping
from datetime import date

#: Numbers above this are told in three figures: more would be a pretence.
_EXACT_TO = 1000
#: No count of people beyond this is worth its figures: only "more than" is told.
_TOLD_TO = 1_000_000

_MONTHS: Mapping[str, str] = {
    "nl": "januari februari maart april mei juni juli augustus september oktober "
    "november december",
    "en": "January February March April May June July August September October "
    "November December",
}

_WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "title": "{hires} aannames op uiterlijk {by}, doelgroep {audience}",
        "hired": "Al binnen sinds {since}: {count}; nog te gaan: {left}.",
        "done": "Het doel is al gehaald.",
        "needs": (
            "Nieuwe mensen die tot {by} nog nodig zijn, gelijkmatig vanaf nu, "
            "naast wie er al is"
        ),
        "certainty": "zekerheid",
        "now": "nu",
        "never": "kan niet",
        "beyond": "meer dan {people}",
        "in-hand": (
            "Wie er nu is levert naar verwachting {mean} aannames op "
            "(90 %: {low} tot {high})."
        ),
        "spreadsheet": (
            "Een rekenblad zegt: {people} mensen in See. Daarmee is de kans op het "
            "doel {ever}, en op tijd {by_date}."
        ),
        "pace": (
            "In het huidige tempo ({weekly} nieuwe mensen per week) komen er {mean} "
            "aannames (90 %: {low} tot {high}). Kans op het doel: {chance}."
        ),
        "weekly": (
            "Voor {certainty} zekerheid zijn {needed} nieuwe mensen per week nodig."
        ),
        "start-by": "In dit tempo moet je uiterlijk op {date} beginnen.",
        "start-late": "In dit tempo had je op {date} al bezig moeten zijn.",
        "start-never": "In dit tempo lukt het niet, hoe vroeg je ook begint.",
        "reached": "In dit tempo is die zekerheid er op {date}.",
        "possible": (
            "De markt is groot genoeg: nog {room} van de {reachable} bereikbare mensen "
            "kunnen erbij komen, {need} zijn er nodig."
        ),
        "impossible": (
            "Dit plan kan niet: {need} nieuwe mensen nodig, en er zijn er nog {room} "
            "({reachable} latent of actief, {known} daarvan al in beeld). Met iedereen "
            "erbij ben je {certainty} zeker van {most}."
        ),
        "later": "Met meer tijd kan het wel: de doorlooptijd is het probleem.",
        "unlimited": "meer dan er mensen zijn",
        "must": "Het kan wel als {edge} stijgt van {now} naar {must}.",
        "must-not": "Alleen {edge} verbeteren is niet genoeg, zelfs niet tot 100 %.",
        "together": "Of als elke conversie {times} keer zo goed wordt.",
        "no-market": (
            "Hoe groot de markt is weten we niet: vul [audiences.market] in."
        ),
        "lever": (
            "Goedkoopste hefboom: {edge}. Eén procentpunt erbij ({now} naar {better}) "
            "scheelt {saved} mensen in See."
        ),
        "conversion": (
            "{edge}: {mean} (90 %: {low} tot {high}), helft binnen {days} dagen; "
            "{passed} van {entered} mensen, eigen cijfers wegen {weight}"
        ),
        "weakest": (
            "Zwakste getal: {edge}. Nog {more} mensen tot het eind volgen maakt de "
            "marge half zo breed."
        ),
        "misfit": (
            "Let op: de doorlooptijd {edge} loopt anders dan het model aanneemt."
        ),
        "see-think": "van See naar Think",
        "think-do": "van Think naar Do",
        "do-hire": "van Do naar aanname",
    },
    "en": {
        "title": "{hires} hires by {by}, audience {audience}",
        "hired": "Made since {since}: {count}; to go: {left}.",
        "done": "The goal has been reached.",
        "needs": (
            "New people still needed until {by}, evenly from now, beside those "
            "there are"
        ),
        "certainty": "certainty",
        "now": "now",
        "never": "cannot be",
        "beyond": "more than {people}",
        "in-hand": (
            "The people there are now should give {mean} hires (90 %: {low} to {high})."
        ),
        "spreadsheet": (
            "A spreadsheet says: {people} people in See. With these the chance of the "
            "goal is {ever}, and in time {by_date}."
        ),
        "pace": (
            "At the present pace ({weekly} new people a week) there will be {mean} "
            "hires (90 %: {low} to {high}). Chance of the goal: {chance}."
        ),
        "weekly": "For {certainty} certainty {needed} new people a week are needed.",
        "start-by": "At this pace you must begin on {date} at the latest.",
        "start-late": "At this pace you had to be at it on {date}.",
        "start-never": "At this pace it cannot be done, however early you start.",
        "reached": "At this pace that certainty is there on {date}.",
        "possible": (
            "The market is large enough: {room} of the {reachable} people within reach "
            "can still come, {need} are needed."
        ),
        "impossible": (
            "This plan is impossible: {need} new people needed, and {room} are left "
            "({reachable} latent or active, {known} of them known already). With all "
            "of them you can be {certainty} certain of {most}."
        ),
        "later": "With more time it can be done: the time it takes is the problem.",
        "unlimited": "more than there are people",
        "must": "It can be done if the step {edge} rises from {now} to {must}.",
        "must-not": "To improve the step {edge} alone is not enough, even to 100 %.",
        "together": "Or if every conversion gets {times} times as good.",
        "no-market": "The size of the market is not known: fill in [audiences.market].",
        "lever": (
            "Cheapest lever: the step {edge}. One point more ({now} to {better}) saves "
            "{saved} people in See."
        ),
        "conversion": (
            "{edge}: {mean} (90 %: {low} to {high}), half within {days} days; "
            "{passed} of {entered} people, own numbers weigh {weight}"
        ),
        "weakest": (
            "Weakest number: {edge}. Watching {more} more people to the end halves "
            "its margin."
        ),
        "misfit": "Mind: the time the step {edge} takes is not what the model assumes.",
        "see-think": "from See to Think",
        "think-do": "from Think to Do",
        "do-hire": "from Do to hire",
    },
}


class Words:
    """One language: its sentences, numbers and dates."""

    def __init__(self, lang: str) -> None:
        self.lang = lang if lang in _WORDS else "en"

    def say(self, name: str, **values: object) -> str:
        """Fill in a sentence."""
        return _WORDS[self.lang][name].format(**values)

    def people(self, count: float) -> str:
        """Write a number of people, above a thousand rounded up to three figures.

        Above a million it says so, and no more.
        """
        whole = math.ceil(count)
        if whole > _TOLD_TO:
            return self.say("beyond", people=self._local(f"{_TOLD_TO:,}"))
        if whole > _EXACT_TO:
            figure = 10 ** (len(str(whole)) - 3)
            whole = -(-whole // figure) * figure
        return self._local(f"{whole:,}")

    def number(self, value: float, digits: int = 1) -> str:
        """Write a number with so many decimals."""
        return self._local(f"{value:,.{digits}f}")

    def share(self, value: float) -> str:
        """Write a share as a percentage."""
        return f"{self.number(value * 100)} %"

    def chance(self, value: float) -> str:
        """Write a chance as a percentage; never 0 % and never 100 %: nothing is."""
        if value < 0.01:  # noqa: PLR2004 -- one percent
            return "< 1 %"
        if value > 0.99:  # noqa: PLR2004 -- all but one
            return "> 99 %"
        return f"{value * 100:.0f} %"

    def date(self, day: date) -> str:
        """Write a day with its month in words."""
        return f"{day.day} {_MONTHS[self.lang].split()[day.month - 1]} {day.year}"

    def _local(self, text: str) -> str:
        if self.lang == "en":
            return text
        return text.translate(str.maketrans(",.", ".,"))
