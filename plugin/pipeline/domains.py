"""Bursts over one mail domain: what no look at one person can tell.

Found in the background over all clicks in an e-mail, so that the way of an event
costs nothing more; whoever clicked in a burst that came or went is decided again.
"""

from collections.abc import Iterable, Mapping

import structlog

from plugin.history.domains import MailClick, Stretch, bursts
from plugin.pipeline.force import is_ours
from plugin.pipeline.parts import Parts
from plugin.store import Unit

log = structlog.get_logger(__name__)

#: Under this name stands up to which event all have been looked at.
CURSOR_MARK = "domains.cursor"
#: Events looked at in one unit.
STEP = 50_000
#: Numbers looked at again: a transaction may commit later than a higher number.
OVERLAP = 2_000

_Found = Mapping[str, tuple[Stretch, ...]]


def learn_domains(parts: Parts) -> int:
    """Look through the clicks that came in; return how many e-mails changed."""
    total = 0
    while not parts.stopping():
        with parts.store.unit() as unit:
            if not is_ours(parts, unit):
                break
            cursor, last = (
                int(unit.marks.get(CURSOR_MARK) or 0),
                unit.bursts.last_event(),
            )
            if cursor >= last:
                break
            until = min(last, cursor + STEP)
            mails = unit.bursts.mails_clicked(max(0, cursor - OVERLAP), until)
            total += sum(_look(parts, unit, mail) for mail in mails)
            unit.marks.put(CURSOR_MARK, until)
    if total:
        log.info("domains", mails=total)
    return total


def _look(parts: Parts, unit: Unit, mail: str) -> bool:
    """Find the bursts in one e-mail anew; tell whether any came or went."""
    clicks = unit.bursts.clicks(mail)
    known, found = unit.bursts.of_mail(mail), _bursts(parts, clicks)
    if known == found:
        return False
    unit.bursts.replace(mail, found)
    unit.people.mark_dirty(_concerned(clicks, known, found))
    return True


def _bursts(parts: Parts, clicks: Iterable[MailClick]) -> _Found:
    return bursts(clicks, parts.mappings.scoring.humans)


def _concerned(clicks: Iterable[MailClick], known: _Found, found: _Found) -> set[int]:
    """List who clicked in a stretch that came, went or changed."""
    changed = {
        domain: set(known.get(domain, ())) ^ set(found.get(domain, ()))
        for domain in {*known, *found}
    }
    return {
        one.person_id
        for one in clicks
        if any(begins <= one.at <= ends for begins, ends in changed.get(one.domain, ()))
    }
