"""What an admin does on the page of operations; the audit keeps who did it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from plugin.pipeline import ats_queue, writes
from plugin.pipeline.parts import Parts
from plugin.store import OutboxState, Unit
from plugin.ui import roles
from plugin.ui.paging import whole
from plugin.ui.roles import Right, Who

#: Read at once when everything parked is meant.
PAGE = 500
#: The longest reason that is kept.
REASON = 500


def replay(parts: Parts) -> ResponseReturnValue:
    """Work through a parked delivery again, or through all of them."""
    who = roles.require(Right.OPERATIONS)
    with parts.store.unit() as unit:
        chosen = _chosen(lambda after: _parked_deliveries(unit, after))
        done = unit.inbox.replay(chosen)
        _note(unit, parts.clock(), who, "inbox.replayed", chosen)
    return _after(
        parts, str(_("%(count)s deliveries will be processed again.", count=done))
    )


def retry(parts: Parts) -> ResponseReturnValue:
    """Try parked writes again: those that are named, or all of them to one place."""
    who = roles.require(Right.OPERATIONS)
    where = request.form.get("destination", writes.MAUTIC)
    with parts.store.unit() as unit:
        chosen = _chosen(lambda after: _parked_writes(unit, where, after))
        done = unit.outbox.replay(chosen, parts.clock())
        _note(unit, parts.clock(), who, "outbox.replayed", chosen)
    return _after(parts, str(_("%(count)s writes will be tried again.", count=done)))


def pause(parts: Parts, connection: str) -> ResponseReturnValue:
    """Send nothing to an ATS and ask it nothing, until somebody resumes."""
    who = roles.require(Right.OPERATIONS)
    _known(parts, connection)
    why = request.form.get("why", "").replace("\x00", "").strip()[:REASON]
    if not why:
        flash(_("Say why: others must know when to go on."))
        return redirect(url_for("pages.operations", _anchor="ats"))
    ats_queue.pause(parts, connection, who.actor, why)
    return _after(parts, str(_("%(ats)s is paused. Nothing is lost.", ats=connection)))


def resume(parts: Parts, connection: str) -> ResponseReturnValue:
    """Go on with an ATS; what waits is sent at once."""
    who = roles.require(Right.OPERATIONS)
    _known(parts, connection)
    ats_queue.resume(parts, connection, who.actor)
    return _after(parts, str(_("%(ats)s goes on.", ats=connection)))


def _after(parts: Parts, said: str) -> ResponseReturnValue:
    parts.kick()
    flash(said)
    return redirect(url_for("pages.operations"))


def _known(parts: Parts, connection: str) -> None:
    if connection not in parts.connectors:
        abort(404, _("There is no connection to an ATS of that name."))


def _chosen(page: Callable[[int], list[int]]) -> list[int]:
    """Read which ones are meant; without a number everything parked is."""
    told = request.form.getlist("number")
    if told:
        numbers = [whole(one) for one in told]
        return [one for one in numbers if one is not None]
    found: list[int] = []
    while more := page(found[-1] if found else 0):
        found += more
    return found


def _parked_deliveries(unit: Unit, after: int) -> list[int]:
    return [one.id for one in unit.inbox.parked(PAGE, after)]


def _parked_writes(unit: Unit, where: str, after: int) -> list[int]:
    found = unit.outbox.list(OutboxState.PARKED, where, limit=PAGE, after=after)
    return [one.id for one in found]


def _note(
    unit: Unit, at: datetime, who: Who, action: str, numbers: Sequence[int]
) -> None:
    """Keep who did it: one line, also when thousands are meant."""
    if numbers:
        kind = action.partition(".")[0]
        which = str(numbers[0]) if len(numbers) == 1 else "all"
        detail = {"count": len(numbers), "first": numbers[0], "last": numbers[-1]}
        unit.audit.add(at, who.actor, action, f"{kind}:{which}", detail)
