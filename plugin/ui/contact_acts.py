"""What may be done about one contact on their page; the audit keeps who did it."""

from datetime import UTC, date, datetime, time

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from plugin.errors import StdcError
from plugin.pipeline import approvals, erasures, people
from plugin.pipeline.parts import Parts
from plugin.ui import contact, roles
from plugin.ui.paging import whole
from plugin.ui.roles import Right
from plugin.ui.words import day

#: The longest reason that is kept.
REASON = 500


def approve(parts: Parts, contact_id: int) -> ResponseReturnValue:
    """Say yes about a candidate: they go to the ATS, consent provided."""
    who = roles.require(Right.HAND_OVER)
    person_id = contact.visible(parts, contact_id)
    try:
        approvals.approve(parts, person_id, who.actor, parts.clock())
    except StdcError as error:
        return _after(person_id, str(error))
    parts.kick()
    return _after(person_id, _("They go to the ATS now, if their consent is there."))


def decline(parts: Parts, contact_id: int) -> ResponseReturnValue:
    """Say not now about somebody; without a day it holds as long as the rules say."""
    who = roles.require(Right.HAND_OVER)
    person_id = contact.visible(parts, contact_id)
    reason = _reason()
    if not reason:
        return _after(person_id, _("Say why: others must know it later."))
    try:
        until = _evening(request.form.get("until", ""))
    except ValueError:
        return _after(person_id, _("That is no day: write it as 2027-01-31."))
    try:
        end = approvals.decline(
            parts, person_id, who.actor, parts.clock(), reason=reason, until=until
        )
    except StdcError as error:
        return _after(person_id, str(error))
    parts.kick()
    return _after(person_id, _("Not handed over until %(day)s.", day=day(end)))


def split(parts: Parts, contact_id: int) -> ResponseReturnValue:
    """Take a contact out that is somebody else: each has their own history again."""
    roles.require(Right.PEOPLE)
    person_id = contact.visible(parts, contact_id)
    other, reason = whole(request.form.get("contact", "")), _reason()
    with parts.store.view() as unit:
        known = unit.people.contacts_of(person_id)
    if other is None or other == person_id or other not in known:
        abort(404, _("That contact is not part of this person."))
    if not reason:
        return _after(person_id, _("Say why: others must know it later."))
    try:
        people.split(parts, other, f"{reason} ({roles.actor()})")
    except StdcError as error:
        return _after(person_id, str(error))
    parts.kick()
    said = _("Contact %(id)s is a person of their own again.", id=other)
    return _after(person_id, said)


def erase(parts: Parts, contact_id: int) -> ResponseReturnValue:
    """Have somebody erased for good; whoever asks must type which contact it is."""
    who = roles.require(Right.ERASE)
    person_id = contact.visible(parts, contact_id)
    if whole(request.form.get("sure", "").strip()) != person_id:
        said = _("Nothing was erased: the number that was typed is not this contact.")
        return _after(person_id, said)
    erasures.ask(parts, person_id, who.actor)
    parts.kick()
    return _after(person_id, _("Everything held of them will be erased."))


def _after(person_id: int, said: object) -> ResponseReturnValue:
    flash(str(said))
    return redirect(url_for("pages.contact", contact_id=person_id))


def _reason() -> str:
    return request.form.get("reason", "").replace("\x00", "").strip()[:REASON]


def _evening(told: str) -> datetime | None:
    """Read a day, which it holds to the end of; None where none was named.

    Raises ValueError for what is no day.
    """
    if not told:
        return None
    return datetime.combine(date.fromisoformat(told), time.max, UTC)
