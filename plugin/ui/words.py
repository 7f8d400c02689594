"""Causes, happenings, moments and numbers as people read them."""

from datetime import datetime

from flask import Flask
from flask_babel import format_date, format_datetime, format_decimal, lazy_gettext

from plugin.phases.model import Cause
from webhooks.events import EventType

_ = lazy_gettext

CAUSES = {
    Cause.STARTED: _("made themselves known"),
    Cause.SCORE: _("by behaviour"),
    Cause.COOLED: _("interest cooled down"),
    Cause.SIGN_UP: _("signed up"),
    Cause.HIRED: _("was hired"),
    Cause.UNHIRED: _("the hire was taken back"),
    Cause.REJECTED: _("the recruiter said no for now"),
    Cause.ASSIGNMENT_ENDED: _("the assignment ended"),
}
HAPPENINGS = {
    EventType.CONTACT_IDENTIFIED: _("became known"),
    EventType.CONTACT_DELETED: _("was deleted in Mautic"),
    EventType.POINTS_CHANGED: _("Mautic's points changed"),
    EventType.SUBSCRIPTION_CHANGED: _("subscription changed"),
    EventType.SEGMENT_CHANGED: _("segment changed"),
    EventType.EMAIL_SENT: _("was sent an e-mail"),
    EventType.EMAIL_OPENED: _("opened an e-mail"),
    EventType.EMAIL_CLICKED: _("clicked in an e-mail"),
    EventType.PAGE_VISITED: _("visited a page"),
    EventType.FORM_SUBMITTED: _("sent a form"),
    EventType.SMS_SENT: _("was sent a text message"),
    EventType.ASSET_DOWNLOADED: _("downloaded a file"),
    EventType.VIDEO_WATCHED: _("watched a video"),
    EventType.CANDIDATE_HIRED: _("was hired"),
    EventType.CANDIDATE_REJECTED: _("the recruiter said no for now"),
    EventType.CANDIDATE_WITHDRAWN: _("withdrew"),
    EventType.CANDIDATE_UNHIRED: _("the hire was taken back"),
    EventType.ASSIGNMENT_ENDED: _("the assignment ended"),
}


def configure(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["points"] = points
    app.jinja_env.globals["cause"] = lambda one: CAUSES[one]
    app.jinja_env.globals["happening"] = lambda one: HAPPENINGS.get(one, one.value)


def moment(value: datetime) -> str:
    """Write a moment: 3 mrt 2026 14:05."""
    return str(format_datetime(value, "d MMM y HH:mm"))


def day(value: datetime) -> str:
    """Write a day: 3 mrt 2026."""
    return str(format_date(value, "d MMM y"))


def points(value: float) -> str:
    """Write points with two decimals: 12,50."""
    return str(format_decimal(value, "0.00"))
