"""The planner: so many hires by a day, and what that takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import render_template, request
from flask_babel import lazy_gettext as _

from plugin.mappings.audiences import Audience
from plugin.mappings.model import Mappings
from plugin.pipeline.funnel import EVERYBODY
from plugin.pipeline.parts import Parts
from plugin.planning.model import Goal
from plugin.planning.plan import FunnelPlan
from plugin.planning.text import tell
from plugin.ui import charts, roles
from plugin.ui.language import current
from plugin.ui.roles import Right

#: What is asked before anybody has asked anything.
HIRES, AHEAD = 10, timedelta(days=180)
#: Nobody plans further ahead.
LATEST = timedelta(days=3650)
#: More than this nobody hires.
MOST_HIRES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the form says."""

    hires: int
    by: date
    audience: Audience
    certainty: float
    #: What cannot be answered, in words; empty where nothing is wrong.
    problem: str = ""


def show(parts: Parts) -> str:
    """Render the planner for this request; nothing is written."""
    roles.require(Right.PLANS)
    now = parts.clock().astimezone(UTC)
    question = _question(parts.mappings, now)
    found = None if question.problem else _answer(parts, question, now)
    return render_template(
        "planner.html",
        question=question,
        audiences=parts.mappings.audiences.values(),
        lang=current(),
        plan=found,
        told=tell(found, current()) if found else None,
        fan=_fan(found) if found else None,
        market=_market(found) if found else None,
    )


def _question(mappings: Mappings, now: datetime) -> Question:
    args = request.args
    hires = args.get("hires", HIRES, type=int)
    by = args.get("by", (now + AHEAD).date(), type=date.fromisoformat)
    latest = (now + LATEST).date()
    certainty = args.get("certainty", 90, type=int) / 100
    return Question(
        hires=min(max(1, hires), MOST_HIRES),
        by=by,
        audience=mappings.audiences.get(args.get("audience", ""), EVERYBODY),
        certainty=min(max(0.5, certainty), 0.99),
        problem=_problem(by, now.date(), latest),
    )


def _problem(by: date, today: date, latest: date) -> str:
    if by < today:
        return str(_("That day has passed."))
    return str(_("That is further away than anybody plans.")) if by > latest else ""


def _answer(parts: Parts, question: Question, now: datetime) -> FunnelPlan:
    goal = Goal(
        hires=question.hires, by=question.by, certainty=round(question.certainty, 2)
    )
    asked = (question.audience, goal, now)
    return parts.histories.plan(parts.store, parts.mappings, *asked)


def _fan(found: FunnelPlan) -> charts.Fan | None:
    points = [(one.on, one.low, one.middle, one.high) for one in found.fan]
    return charts.fan(points, found.goal.hires)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the market, as a bar."""

    label: str
    people: int
    #: Of the whole market, 0..100.
    width: float


def _market(found: FunnelPlan) -> Sequence[Share] | None:
    """Set the people that can be won against those that are there and needed."""
    ceiling = found.ceiling
    if ceiling is None:
        return None
    need = found.phases[0].at(found.goal.certainty).extra
    rows = [
        (str(_("everybody who fits")), ceiling.size),
        (str(_("latent or active")), ceiling.reachable),
        (str(_("in view already")), ceiling.known),
    ]
    if need is not None:
        rows.append((str(_("still needed")), need))
    most = max(people for _label, people in rows) or 1
    return [
        Share(label=label, people=people, width=100 * people / most)
        for label, people in rows
    ]
