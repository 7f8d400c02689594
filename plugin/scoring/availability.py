"""From when somebody is free: what they say, else what they look at in the calendar.

Pure. A project looked at is a sign for the month it starts in; an answer in a form or
a contact field is the person's own word. Both lapse when their month is over.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from plugin.history.clicks import DAY, micros
from plugin.history.model import Profile
from plugin.mappings.projects import Project, Projects
from plugin.scoring.model import Availability, Confidence
from plugin.scoring.words import month_number
from webhooks.events import Event, EventType

_DIGITS = re.compile(r"(?P<year>20\d\d)[-/.](?P<month>\d\d?)(?![\d])")
_TURNED = re.compile(r"(?:\d\d?[-/.])?(?P<month>\d\d?)[-/.](?P<year>20\d\d)")
_NAMED = re.compile(r"(?P<word>[^\W\d]{3,})\.?\s+(?P<year>20\d\d)")


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a person at a project; the moment in microseconds since 1970."""

    at: int
    project: Project


def availability(
    looks: Sequence[Look],
    answers: Sequence[date],
    rules: Projects,
    as_of: int,
) -> tuple[Availability | None, int | None]:
    """Say from when somebody is free, and when time alone changes that.

    `answers` are the months somebody gave, the one to believe first.
    """
    if not looks and not answers:
        return None, None
    now = _answer(looks, answers, rules, as_of)
    span = _span(rules)
    lapses = {one.at + span for one in looks}
    lapses |= {_end(one.project.start) for one in looks}
    lapses |= {_end(month) for month in answers}
    for at in sorted(one for one in lapses if one > as_of):
        if _answer(looks, answers, rules, at) != now:
            return now, at
    return now, None


def answers_of(
    profile: Profile, events: Iterable[Event], rules: Projects
) -> list[date]:
    """Read the months somebody gave: the contact field, then the newest form."""
    given: list[Any] = []
    names = rules.answer_form_fields
    for event in events if names else ():
        if event.type is EventType.FORM_SUBMITTED:
            results = event.data.get("results")
            told = results if isinstance(results, dict) else {}
            given += [told[name] for name in names if told.get(name)]
    if rules.answer_field is not None:
        given.append(profile.fields.get(rules.answer_field, ""))
    months = (month_of(str(one)) for one in reversed(given))
    return [one for one in months if one is not None]


def month_of(text: str) -> date | None:
    """Read a month out of what somebody wrote: "2027-03", "15-03-2027", "maart 2027".

    None for what names no month.
    """
    for pattern in (_DIGITS, _TURNED):
        if found := pattern.search(text):
            return _month(int(found["year"]), int(found["month"]))
    for found in _NAMED.finditer(text):
        if number := month_number(found["word"]):
            return _month(int(found["year"]), number)
    return None


def _month(year: int, month: int) -> date | None:
    return date(year, month, 1) if 1 <= month <= 12 else None  # noqa: PLR2004


def _answer(
    looks: Sequence[Look], answers: Sequence[date], rules: Projects, at: int
) -> Availability | None:
    for month in answers:
        if at < _end(month):
            return Availability(month=month, confidence=Confidence.CERTAIN)
    span = _span(rules)
    fresh = [
        one for one in looks if at < one.at + span and at < _end(one.project.start)
    ]
    return _likeliest(fresh, rules) if fresh else None


def _likeliest(looks: Sequence[Look], rules: Projects) -> Availability:
    """Choose the month with most looks; of two the one looked at last."""
    days = {(one.project.id, one.at // DAY): one for one in looks}
    by_month: dict[date, list[Look]] = {}
    for one in days.values():
        by_month.setdefault(one.project.start, []).append(one)
    month = max(
        by_month,
        key=lambda one: (len(by_month[one]), max(look.at for look in by_month[one])),
    )
    found = sorted(by_month[month], key=lambda one: (-one.at, one.project.id))
    is_probable = len(found) >= rules.probable_looks and len(
        found
    ) >= rules.probable_share * len(days)
    return Availability(
        month=month,
        confidence=Confidence.PROBABLE if is_probable else Confidence.POSSIBLE,
        projects=tuple(dict.fromkeys(one.project.label for one in found)),
    )


def _span(rules: Projects) -> int:
    return round(rules.sign_days * DAY)


def _end(month: date) -> int:
    """Say when a month is over, in microseconds since 1970."""
    year, number = divmod(month.year * 12 + month.month, 12)
    return micros(datetime(year, number + 1, 1, tzinfo=UTC))
