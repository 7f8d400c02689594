"""The cadence calendar: who is due when, what was sent, and what holds back others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for

from plugin.mappings.audiences import SunsetStep
from plugin.mappings.model import Mappings, Phase
from plugin.pipeline.calendar import read
from plugin.pipeline.parts import Parts
from plugin.planning.rhythm import Why
from plugin.planning.touch_text import step_name, why_name
from plugin.planning.turns import OUT_OF_REACH, Calendar, today_in
from plugin.store import Found, Unit, Which
from plugin.ui import paging, pictures, roles
from plugin.ui.bars import Bar, stacked
from plugin.ui.language import current
from plugin.ui.roles import Right

#: People on one page of the list.
PAGE = 25
#: What stands for "today and before" in an address, and for "never".
NOW, NEVER = "now", "never"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Who is asked for; None asks nothing."""

    #: Key of an audience.
    audience: str | None
    #: A day, or `now` or `never`.
    day: str | None
    phase: Phase | None
    why: Why | None
    step: SunsetStep | None
    page: paging.Page

    @property
    def lists_people(self) -> bool:
        """Whether a list of people is asked for beside the counts."""
        return any((self.day, self.phase, self.why, self.step))

    def args(self, **other: Any) -> dict[str, Any]:
        """Write it as the arguments of an address, with some of them another."""
        own = {
            "audience": self.audience,
            "day": self.day,
            "phase": self.phase.value if self.phase else None,
            "why": self.why.value if self.why else None,
            "step": self.step.value if self.step else None,
        }
        return own | other

    def which(self, today: date) -> Which:
        """Write it as the store is asked."""
        which = Which(
            rhythm=self.audience,
            phase=self.phase,
            why=self.why.value if self.why else None,
            sunset=self.step.value if self.step else None,
            but=OUT_OF_REACH if self.step else frozenset(),
        )
        if self.day == NOW:
            return replace(which, last=today)
        if self.day == NEVER:
            return replace(which, never=True)
        if self.day:
            day = date.fromisoformat(self.day)
            return replace(which, first=day, last=day)
        later = self.why is not None and self.why not in _NEVER
        return replace(which, first=today + _DAY) if later else which


#: Rules that say never.
_NEVER = frozenset({Why.NO_RHYTHM, Why.STOPPED, Why.REFUSED, Why.NO_ADDRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The mails that went and the people to come, as bars side by side."""

    went: Sequence[Bar] = field(default_factory=list)
    to_come: Sequence[Bar] = field(default_factory=list)
    #: What stands at the top of each.
    most_went: int
    most_to_come: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """People whom one rule holds back, or who stand at one step of the sunset."""

    key: str
    label: str
    people: int
    #: Of the largest of them, 0..100.
    width: float


def show(parts: Parts) -> str:
    """Render the calendar for this request; nothing is written."""
    roles.require(Right.PLANS)
    now, mappings = parts.clock(), parts.mappings
    query = _query(mappings)
    today = today_in(mappings, now, query.audience or "")
    with parts.store.view() as unit:
        found = read(unit, mappings, now, audience=query.audience)
        people = _people(unit, query, today) if query.lists_people else []
    return render_template(
        "calendar.html",
        calendar=found,
        query=query,
        audiences=mappings.audiences.values(),
        names={one.key: one.name(current()) for one in mappings.audiences.values()},
        lang=current(),
        picture=_picture(found),
        held=_held(found.held, _why),
        never=_held(found.never, _why),
        sunset=_held(found.sunset, _step),
        people=people[:PAGE],
        pages=_pages(query, has_more=len(people) > PAGE),
        phases=list(Phase),
        asked_day=_asked_day(query),
        why_name=_why,
        step_name=_step,
    )


def _query(mappings: Mappings) -> Query:
    args = request.args
    audience = args.get("audience")
    return Query(
        audience=audience if audience in mappings.audiences else None,
        day=_day(args.get("day", "")),
        phase=args.get("phase", type=Phase),
        why=args.get("why", type=Why),
        step=args.get("step", type=SunsetStep),
        page=paging.asked(args, PAGE),
    )


def _day(text: str) -> str | None:
    if text in (NOW, NEVER):
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _asked_day(query: Query) -> date | None:
    if query.day in (None, NOW, NEVER):
        return None
    return date.fromisoformat(query.day or "")


def _people(unit: Unit, query: Query, today: date) -> list[tuple[Found, date | None]]:
    """Find one more than fits, which says whether there is a next page."""
    which, offset = query.which(today), query.page.offset
    return unit.turns.listed(which, PAGE + 1, offset, roles.visible())


def _pages(query: Query, *, has_more: bool) -> tuple[str | None, str | None]:
    """Give the addresses of the pages before and after."""
    number = query.page.number

    def at(page: int) -> str:
        args = query.args(page=page if page > 1 else None)
        return url_for("pages.calendar", _anchor="people", **args)

    return at(number - 1) if number > 1 else None, at(number + 1) if has_more else None


def _picture(found: Calendar) -> Picture:
    went = [[mails] for mails in found.sent.values()]
    to_come = [[one.due[phase] for phase in Phase] for one in found.days]
    most_went = max((sum(one) for one in went), default=0)
    most_to_come = max((sum(one) for one in to_come), default=0)
    return Picture(
        went=stacked(went, most_went),
        to_come=stacked(to_come, most_to_come),
        most_went=most_went,
        most_to_come=most_to_come,
    )


def _held(counts: Mapping[str, int], name: Any) -> list[Held]:
    most = max(counts.values(), default=0)
    return [
        Held(key=key, label=name(key), people=count, width=pictures.width(count, most))
        for key, count in counts.items()
    ]


def _why(key: str) -> str:
    return why_name(Why(key), current())


def _step(key: str) -> str:
    return step_name(SunsetStep(key), current())
