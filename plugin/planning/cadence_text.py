"""The rhythm of an audience in one line that people read. Pure."""

from collections.abc import Iterator, Mapping

from plugin.mappings.audiences import Cadence
from plugin.mappings.model import Phase
from plugin.scoring.words import FALLBACK

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "every": "{phase} elke {days} dagen",
        "events": "{phases} alleen na een gebeurtenis",
        "weekdays": "op {days}",
        "any-day": "op elke dag",
        "quiet": "niet tussen {begins} en {ends} ({timezone})",
        "gap": "minstens {days} dagen ertussen",
        "cap": "hoogstens {count} in {days} dagen",
        "sunset": "zonder teken van leven half zo vaak na {slow} mails, de vraag om te "
        "blijven na {ask}, stil na {stop}",
        "no-sunset": "niemand dooft uit",
    },
    "en": {
        "every": "{phase} every {days} days",
        "events": "{phases} after an event only",
        "weekdays": "on {days}",
        "any-day": "on any day",
        "quiet": "not between {begins} and {ends} ({timezone})",
        "gap": "at least {days} days apart",
        "cap": "at most {count} in {days} days",
        "sunset": "without a sign of life half as often after {slow} mails, asked to "
        "stay after {ask}, silent after {stop}",
        "no-sunset": "nobody is let go",
    },
}

#: Monday first.
_DAYS: Mapping[str, str] = {
    "nl": "ma di wo do vr za zo",
    "en": "Mon Tue Wed Thu Fri Sat Sun",
}


def cadence_text(cadence: Cadence, lang: str) -> str:
    """Say a rhythm in Dutch (`nl`) or English (`en`), without a full stop."""
    known = lang if lang in _SENTENCES else FALLBACK
    return "; ".join(_told(cadence, known))


def _told(cadence: Cadence, lang: str) -> Iterator[str]:
    say = _SENTENCES[lang]
    for phase in Phase:
        if phase in cadence.every_days:
            days = cadence.every_days[phase]
            yield say["every"].format(phase=phase.label, days=days)
    others = [one.label for one in Phase if one not in cadence.every_days]
    if others:
        yield say["events"].format(phases=", ".join(others))
    names = _DAYS[lang].split()
    days_told = ", ".join(names[one - 1] for one in sorted(cadence.weekdays))
    yield say["weekdays"].format(days=days_told) if days_told else say["any-day"]
    yield say["quiet"].format(
        begins=f"{cadence.quiet_from:%H:%M}",
        ends=f"{cadence.quiet_until:%H:%M}",
        timezone=cadence.timezone,
    )
    yield say["gap"].format(days=cadence.gap_days)
    yield say["cap"].format(count=cadence.cap, days=cadence.cap_days)
    yield _sunset(cadence, say)


def _sunset(cadence: Cadence, say: Mapping[str, str]) -> str:
    sunset = cadence.sunset
    if sunset is None:
        return say["no-sunset"]
    return say["sunset"].format(
        slow=sunset.slow_after, ask=sunset.win_back_after, stop=sunset.stop_after
    )
