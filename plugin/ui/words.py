"""Causes, happenings, moments and numbers as people read them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    lazy_gettext,
)

from plugin.ats.base import StageKind
from plugin.phases.model import Cause
from plugin.pipeline import writes
from plugin.pipeline.ats_news import DELETED
from plugin.pipeline.rescore import (
    ATTENTION,
    NO_CONSENT,
    NOT_NOW,
    WAITING,
    WAITS_FOR_YES,
)
from plugin.planning.words import Words as PlanWords
from plugin.scoring.words import Words
from plugin.ui.language import current
from webhooks.events import EventType

_ = lazy_gettext

HAPPENINGS: Mapping[EventType, str] = {
    EventType.CONTACT_IDENTIFIED: _("became known"),
    EventType.CONTACT_UPDATED: _("was saved in Mautic"),
    EventType.CONTACT_DELETED: _("was deleted in Mautic"),
    EventType.POINTS_CHANGED: _("Mautic's points changed"),
    EventType.SUBSCRIPTION_CHANGED: _("subscription changed"),
    EventType.CONTACT_COMPANY_CHANGED: _("company changed"),
    EventType.SEGMENT_CHANGED: _("segment changed"),
    EventType.COMPANY_SAVED: _("company was saved"),
    EventType.COMPANY_DELETED: _("company was deleted"),
    EventType.EMAIL_SENT: _("was sent an e-mail"),
    EventType.EMAIL_OPENED: _("opened an e-mail"),
    EventType.EMAIL_CLICKED: _("clicked in an e-mail"),
    EventType.PAGE_VISITED: _("visited a page"),
    EventType.FORM_SUBMITTED: _("sent a form"),
    EventType.SMS_SENT: _("was sent a text message"),
    EventType.ASSET_DOWNLOADED: _("downloaded a file"),
    EventType.UTM_ADDED: _("came by a campaign link"),
    EventType.STAGE_CHANGED: _("came into another stage in Mautic"),
    EventType.CAMPAIGN_ACTED: _("a campaign of Mautic acted"),
    EventType.VIDEO_WATCHED: _("watched a video"),
    EventType.CANDIDATE_HIRED: _("was hired"),
    EventType.CANDIDATE_REJECTED: _("the recruiter said no for now"),
    EventType.CANDIDATE_WITHDRAWN: _("withdrew"),
    EventType.CANDIDATE_UNHIRED: _("the hire was taken back"),
    EventType.ASSIGNMENT_ENDED: _("the assignment ended"),
    EventType.UNKNOWN: _("something we have no word for"),
}
#: How somebody stands in an ATS.
STANDINGS: Mapping[str, str] = {
    StageKind.NEW: _("new"),
    StageKind.ACTIVE: _("in conversation"),
    StageKind.OFFER: _("has an offer"),
    StageKind.HIRED: _("hired"),
    StageKind.REJECTED: _("rejected"),
    StageKind.WITHDRAWN: _("withdrew"),
    StageKind.ENDED: _("the assignment ended"),
    DELETED: _("deleted there"),
    WAITING: _("on the way to the ATS"),
    NO_CONSENT: _("not handed over: the consent is missing"),
    ATTENTION: _("not handed over yet: a person must look at it"),
    WAITS_FOR_YES: _("waits for a yes from a person"),
    NOT_NOW: _("not handed over: a person said not now"),
}
#: The steps of the funnel.
STEPS: Mapping[str, str] = {
    "see-think": "See → Think",
    "think-do": "Think → Do",
    "do-hire": _("Do → hired"),
}
#: What a write is for.
ERRANDS: Mapping[str, str] = {
    writes.CONTACT: _("phase, score and tags"),
    writes.NOTE: _("note"),
    writes.RESOLVE: _("look up a vanished contact"),
    writes.CATALOGUE: _("read the content again"),
    writes.HANDOVER: _("hand-over"),
    writes.REREAD: _("read the candidate again"),
    writes.ERASE: _("erase the candidate"),
    writes.CONSENT: _("tell of consent and do-not-contact"),
    writes.RISING: _("say that somebody begins to move"),
    writes.FAILING: _("say that an e-mail does worse"),
    writes.DIGEST: _("tell an owner of their week"),
}


def configure(app: Flask) -> None:
    """Give the templates these words."""
    for one in (
        moment, day, points, number, decimal, crowd, share, permille, step, web_address
    ):  # fmt: skip
        app.jinja_env.filters[one.__name__] = one
    for word in (cause, happening, standing, errand, place, channel_name):
        app.jinja_env.globals[word.__name__] = word


def moment(value: datetime) -> str:
    """Write a moment: 3 mrt 2026 14:05."""
    return str(format_datetime(value, "d MMM y HH:mm"))


def day(value: datetime) -> str:
    """Write a day: 3 mrt 2026."""
    return str(format_date(value, "d MMM y"))


def points(centipoints: int) -> str:
    """Write hundredths of points with two decimals: 12,50."""
    return Words(current()).number(centipoints)


def number(value: int) -> str:
    """Write a count: 1.204."""
    return str(format_decimal(value))


def decimal(value: float) -> str:
    """Write a number with one decimal where it needs one: 12, 2,5."""
    return str(format_decimal(value, "#,##0.#"))


def crowd(people: int) -> str:
    """Write how many people a plan asks for: 31.500, meer dan 1.000.000."""
    return PlanWords(current()).people(people)


def share(value: float) -> str:
    """Write a share of one in whole per cents: 43%."""
    return str(format_percent(value))


def permille(value: float) -> str:
    """Write a share of one in per cents with one decimal: 4,3%."""
    return str(format_percent(value, "#,##0.0%"))


def step(edge: str) -> str:
    """Name a step from phase to phase: See → Think."""
    return str(STEPS.get(edge, edge))


def web_address(url: str | None) -> str | None:
    """Let only what a browser may open through: an ATS may send anything."""
    return url if url and urlsplit(url).scheme in {"http", "https"} else None


def cause(one: Cause, detail: str = "") -> str:
    """Say why somebody moved, in the words of every explanation."""
    told = Words(current()).cause(one, detail)
    return told if not detail or detail in told else f"{told} ({detail})"


def happening(one: EventType) -> str:
    """Name what happened."""
    return str(HAPPENINGS[one])


def channel_name(channel: str) -> str:
    """Name a channel by which somebody came or did something."""
    return Words(current()).say(f"channel.{channel}")


def standing(status: str) -> str:
    """Say how somebody stands in an ATS; a status of its own stays as it is."""
    return str(STANDINGS.get(status, status))


def errand(kind: str) -> str:
    """Name what a write is for."""
    return str(ERRANDS.get(kind, kind))


def place(destination: str) -> str:
    """Name where a write goes: Mautic, or the ATS by its connection."""
    names: dict[str, Any] = {writes.MAUTIC: "Mautic", writes.ALERT: _("alerts")}
    return str(names.get(destination, destination.removeprefix("ats:")))
