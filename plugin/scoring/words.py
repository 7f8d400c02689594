"""The sentences people read, per language: one table, used wherever we explain.

The contact field, the note, the page and `stdc explain` all speak with these.
"""

from collections.abc import Mapping
from datetime import date

#: A class below has a `date` of its own.
Day = date

#: Where a language lacks a sentence, this one speaks.
FALLBACK = "en"

#: Visits per week from which they are told by the week, and below which hardly.
_OFTEN, _SELDOM = 0.67, 1 / 26

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}

#: Ways to cut a month that are not its first three letters.
_SHORT = {"mrt": 3, "sept": 9}

_WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "standing": "{phase} sinds {since}: {cause}.",
        "headline": "{name} is in {phase} sinds {since}, score {score}.",
        "score": "score",
        "nobody": "Contact {id}",
        "because": "Waarom: {cause}.",
        "cause.started": "kwam in beeld",
        "cause.score": "klikt door op inhoud voor deze fase",
        "cause.score.detail": "klikte door op {detail}",
        "cause.cooled": "afgekoeld, te weinig recente activiteit",
        "cause.sign-up": "heeft zichzelf aangemeld",
        "cause.sign-up.detail": "heeft zichzelf aangemeld via {detail}",
        "cause.hired": "aangenomen",
        "cause.unhired": "de aanname is teruggedraaid",
        "cause.rejected": "door de recruiter afgewezen, even rust",
        "cause.withdrawn": "heeft zich bij de recruiter teruggetrokken, even rust",
        "cause.assignment-ended": "de opdracht is afgelopen, de cirkel begint opnieuw",
        "falls": "Als er niets gebeurt: valt op {date} terug naar {phase}.",
        "looks-again": "Als er niets gebeurt: wordt op {date} opnieuw bekeken.",
        "stays": "Als er niets gebeurt: blijft in {phase}.",
        "undo": "Zonder {acts} was het nu {phase}.",
        "act": "“{content}” ({date})",
        "acts.more": "nog {count}",
        "and": " en ",
        "rounding": "afronding op hele punten",
        "limit": "de getoonde score gaat niet boven {most}",
        "least": "de getoonde score gaat niet onder {least}",
        "interests": "Interesses: {topics}.",
        "momentum.rising": (
            "Komt in beweging (sinds {since}): bezoeken vanaf {began}: {count}; "
            "gewoonlijk {usual}."
        ),
        "momentum.cooling": (
            "Koelt af (sinds {since}): bezoeken na {began}: {count}; "
            "gewoonlijk {usual}."
        ),
        "available": "{month} ({confidence})",
        "confidence.certain": "eigen opgave",
        "confidence.probable": "waarschijnlijk",
        "confidence.possible": "misschien",
        "available-from": "Beschikbaar vanaf {told}.",
        "available-from.looked": "Beschikbaar vanaf {told}: bekeek {projects}.",
        "next": "Volgende inhoud: {name} ({phase}; nog niet gezien).",
        "next.topic": "Volgende inhoud: {name} ({phase}, {topic}; nog niet gezien).",
        "pace.weekly": "{count} per week",
        "pace.weeks": "1 per {weeks} weken",
        "pace.seldom": "minder dan 1 per half jaar",
        "left-out.machine": "{count} keer een machine (mailscanner of robot)",
        "left-out.quarantined": "{count} keer misschien een machine (quarantaine)",
        "left-out.unclassified": "{count} keer op inhoud zonder fase",
        "left-out.no-consent": "{count} keer zonder toestemming om te profileren",
        "left-out": "Niet meegeteld: {parts}.",
        "forgotten": (
            "Gedrag van voor {date} wordt niet meer bewaard; wat het opleverde wel."
        ),
        "forgotten.then": (
            "Gedrag van voor {date} wordt niet meer bewaard: van dit moment zijn "
            "alleen de fase en de stappen bekend, niet de score en de redenen."
        ),
        "evidence": "{count}×: {told}",
        "note": "STDC: {before} → {after} op {date}: {cause}.",
        "note.same": "STDC: {after} op {date}: {cause}.",
        "note.score": "Score {score}.",
        "note.rising": "STDC: {told}",
        "rule.email.opened": "{count}× een e-mail geopend ({content}), laatst {last}",
        "rule.email.clicked": "{count}× e-mail doorgeklikt ({content}), laatst {last}",
        "rule.page.visited": "{count}× een pagina bezocht ({content}), laatst {last}",
        "rule.form.submitted": "{count}× een formulier ingevuld ({content}), {last}",
        "rule.asset.downloaded": "{count}× iets gedownload ({content}), laatst {last}",
        "rule.video.watched": "{count}× een video bekeken ({content}), laatst {last}",
        "rule": "{count}× {content}, laatst {last}",
        "channel.site": "site",
        "channel.mail": "mail",
        "channel.magazine": "magazine",
        "channel.social": "social",
        "channel.event": "event",
    },
    "en": {
        "standing": "{phase} since {since}: {cause}.",
        "headline": "{name} is in {phase} since {since}, score {score}.",
        "score": "score",
        "nobody": "Contact {id}",
        "because": "Why: {cause}.",
        "cause.started": "came into view",
        "cause.score": "clicks on content for this phase",
        "cause.score.detail": "clicked on {detail}",
        "cause.cooled": "cooled down, too little recent activity",
        "cause.sign-up": "signed up",
        "cause.sign-up.detail": "signed up by {detail}",
        "cause.hired": "hired",
        "cause.unhired": "the hire was taken back",
        "cause.rejected": "rejected by the recruiter, resting for a while",
        "cause.withdrawn": "withdrew with the recruiter, resting for a while",
        "cause.assignment-ended": "the assignment has ended, the circle starts again",
        "falls": "If nothing happens: falls back to {phase} on {date}.",
        "looks-again": "If nothing happens: is looked at again on {date}.",
        "stays": "If nothing happens: stays in {phase}.",
        "undo": "Without {acts} it would now be {phase}.",
        "act": "“{content}” ({date})",
        "acts.more": "{count} more",
        "and": " and ",
        "rounding": "rounding to whole points",
        "limit": "the score shown does not go above {most}",
        "least": "the score shown does not go below {least}",
        "interests": "Interests: {topics}.",
        "momentum.rising": (
            "Begins to move (since {since}): visits from {began} on: {count}; "
            "usually {usual}."
        ),
        "momentum.cooling": (
            "Cools down (since {since}): visits after {began}: {count}; "
            "usually {usual}."
        ),
        "available": "{month} ({confidence})",
        "confidence.certain": "their own word",
        "confidence.probable": "probably",
        "confidence.possible": "perhaps",
        "available-from": "Available from {told}.",
        "available-from.looked": "Available from {told}: looked at {projects}.",
        "next": "Next content: {name} ({phase}; not seen yet).",
        "next.topic": "Next content: {name} ({phase}, {topic}; not seen yet).",
        "pace.weekly": "{count} a week",
        "pace.weeks": "1 in {weeks} weeks",
        "pace.seldom": "less than 1 in half a year",
        "left-out.machine": "{count} times a machine (mail scanner or robot)",
        "left-out.quarantined": "{count} times perhaps a machine (in quarantine)",
        "left-out.unclassified": "{count} times on content without a phase",
        "left-out.no-consent": "{count} times without consent to profile",
        "left-out": "Not counted: {parts}.",
        "forgotten": (
            "Behaviour from before {date} is no longer kept; what it came to is."
        ),
        "forgotten.then": (
            "Behaviour from before {date} is no longer kept: of this moment only the "
            "phase and the moves are known, not the score and its reasons."
        ),
        "evidence": "{count}×: {told}",
        "note": "STDC: {before} → {after} on {date}: {cause}.",
        "note.same": "STDC: {after} on {date}: {cause}.",
        "note.score": "Score {score}.",
        "note.rising": "STDC: {told}",
        "rule.email.opened": "opened an e-mail {count}× ({content}), last {last}",
        "rule.email.clicked": "clicked in an e-mail {count}× ({content}), last {last}",
        "rule.page.visited": "visited a page {count}× ({content}), last {last}",
        "rule.form.submitted": "filled in a form {count}× ({content}), {last}",
        "rule.asset.downloaded": "downloaded {count}× ({content}), last {last}",
        "rule.video.watched": "watched a video {count}× ({content}), last {last}",
        "rule": "{count}× {content}, last {last}",
        "channel.site": "site",
        "channel.mail": "mail",
        "channel.magazine": "magazine",
        "channel.social": "social",
        "channel.event": "event",
    },
}

LANGUAGES = tuple(_WORDS)


def month_number(word: str) -> int | None:
    """Read the name of a month in any of our languages, whole or cut at three."""
    wanted = word.lower()
    for names in _MONTHS.values():
        for number, name in enumerate(names, 1):
            if wanted in (name.lower(), name.lower()[:3]):
                return number
    return _SHORT.get(wanted)


class Words:
    """One language's sentences."""

    def __init__(self, lang: str) -> None:
        """Speak `lang`, or English where it is unknown."""
        self.lang = lang if lang in _WORDS else FALLBACK
        self._words = _WORDS[self.lang]

    def __contains__(self, name: str) -> bool:
        return name in self._words

    def say(self, _sentence: str, /, **values: object) -> str:
        """Fill in a sentence; KeyError for a name that is not in the table."""
        # mypyc takes a value of the same name for the parameter: hence the underscore
        return self._words[_sentence].format(**values)

    def cause(self, cause: str, detail: str) -> str:
        """Say why somebody moved, with what tipped it where that is known."""
        with_detail = f"cause.{cause}.detail"
        if detail and with_detail in self:
            return self.say(with_detail, detail=detail)
        return self.say(f"cause.{cause}")

    def date(self, moment: Day, near: Day) -> str:
        """Write a day in words; the year only where it is not that of `near`."""
        month = _MONTHS[self.lang][moment.month - 1]
        year = "" if moment.year == near.year else f" {moment.year}"
        return f"{moment.day} {month}{year}"

    def month(self, day: Day) -> str:
        """Write a month in words, with its year."""
        return f"{_MONTHS[self.lang][day.month - 1]} {day.year}"

    def pace(self, per_week: float) -> str:
        """Write how often, from visits per week."""
        if per_week >= _OFTEN:
            count = f"{per_week:.1f}".removesuffix(".0")
            decimal = "," if self.lang == "nl" else "."
            return self.say("pace.weekly", count=count.replace(".", decimal))
        if per_week < _SELDOM:
            return self.say("pace.seldom")
        return self.say("pace.weeks", weeks=round(1 / per_week))

    def number(self, centipoints: int) -> str:
        """Write hundredths of points with two decimals."""
        whole = f"{centipoints / 100:.2f}"
        return whole.replace(".", ",") if self.lang == "nl" else whole

    def pick(self, texts: Mapping[str, str], otherwise: str = "") -> str:
        """Choose from a mapping's own texts: this language, English, any."""
        found = texts.get(self.lang) or texts.get(FALLBACK)
        return found or next(iter(texts.values()), otherwise)
