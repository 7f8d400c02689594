"""The pasts of contacts that turn out to be one person, as one. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from plugin.history.past import Course, Past
from plugin.mappings.model import Phase

#: From See up.
_ORDER = {phase: place for place, phase in enumerate(Phase)}


def together(pasts: Sequence[Past]) -> Past | None:
    """Make one past of several; None of none.

    They must come in an order of their own, as by contact id: then the answer does
    not depend on who merged into whom. The journey that went on is the one that had
    come furthest; points add up where the accounts are opened.
    """
    if len(pasts) <= 1:
        return pasts[0] if pasts else None
    in_order = sorted(pasts, key=lambda one: one.began)
    return Past(
        until=max(one.until for one in pasts),
        began=in_order[0].began,
        came_by=next((one.came_by for one in in_order if one.came_by), None),
        utm=next((one.utm for one in in_order if one.utm), {}),
        identified_at=min(_told(one.identified_at for one in pasts), default=None),
        heard_at=max(_told(one.heard_at for one in pasts), default=None),
        asked_at=max(_told(one.asked_at for one in pasts), default=None),
        is_recalled=any(one.is_recalled for one in pasts),
        course=_course([one.course for one in pasts]),
        booked=tuple(booked for one in pasts for booked in one.booked),
        sessions=sum(one.sessions for one in pasts),
        last_act=max((one.last_act for one in pasts if one.last_act), default=None),
        pace=max(
            (one.pace for one in pasts if one.pace),
            key=lambda pace: pace.visits,
            default=None,
        ),
        news=frozenset().union(*(one.news for one in pasts)),
        verdicts={key: at for one in pasts for key, at in one.verdicts.items()},
        repeats={key: many for one in pasts for key, many in one.repeats.items()},
    )


def _told(moments: Iterable[datetime | None]) -> list[datetime]:
    return [one for one in moments if one is not None]


def _course(courses: Sequence[Course]) -> Course:
    """Go on with the journey that came furthest, and of those the longest there."""
    furthest = min(
        courses, key=lambda one: (-_ORDER[one.moves[-1].after], one.moves[-1].at)
    )
    paused = max(courses, key=lambda one: one.paused_until)
    return replace(
        furthest,
        at=max(one.at for one in courses),
        paused_until=paused.paused_until,
        pause=paused.pause,
        acted=frozenset().union(*(one.acted for one in courses)),
    )
