"""Erasing a person: everything we hold, and their ATS told, once and for good.

The order is what makes it safe to be killed anywhere and begun again: first the
tombstone, from which on nothing about them is kept; then what is raw, found by what
the tables still say of them; the tables last. Whoever begins again finds them by the
tables, or finds the work done.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TypeVar

import structlog

from plugin.ats.draft import marker_of
from plugin.errors import Retryable
from plugin.pipeline import traces, writes
from plugin.pipeline.ats_news import DELETED
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import Spool
from plugin.pipeline.traces import Reader, Trace, Who
from plugin.store import OutboxWrite, Unit
from webhooks.mentions import without

log = structlog.get_logger(__name__)

#: How often a step is tried that another process is in the way of, and how far apart.
TRIES, APART_SECONDS = 20, 0.5
T = TypeVar("T")
#: Who speaks in the audit.
ACTOR = "stdc erase"
#: More lines of the audit than anybody has.
LINES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What an erasure would take away, or took."""

    #: Rows by table; of "audit" the lines that lose whose they are.
    rows: Mapping[str, int]
    #: Raw deliveries that go as a whole, and those that keep what is about others.
    deleted: int
    redacted: int
    #: Files on the spool.
    files: int
    #: Destinations that are told: "ats:<connection>".
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """An erasure, done."""

    #: Its name, which the audit and the proof have: nobody's data.
    name: str
    survey: Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Who is told how far it came."""

    #: How many deliveries there are to look through, then how many more were.
    total: Callable[[int], None] = lambda _: None
    more: Callable[[int], None] = lambda _: None


def survey(parts: Parts, person_id: int, progress: Progress = Progress()) -> Survey:
    """Look what an erasure would take away; nothing is changed."""
    with parts.store.view() as unit:
        who = traces.who_is(parts, unit, person_id)
        rows = unit.erasure.count(who.rows)
        told = writes.destinations(_wishes(unit, who, ""))
    reader = Reader(parts, who)
    found = [one for some in _pages(parts, reader, progress) for one in some]
    return _survey(rows, found, traces.on_spool(parts, reader), told)


def erase(
    parts: Parts,
    person_id: int,
    *,
    actor: str = ACTOR,
    progress: Progress = Progress(),
) -> Erased:
    """Take a person out of everything, for good, and want their ATS told.

    Other people's events in the same deliveries stay. Killed at any point it can be
    begun again. Raises Retryable when store or spool cannot be had now.
    """
    who, name = _patiently(lambda: _bury(parts, person_id))
    rows, told = _patiently(lambda: _halt(parts, who, name))
    reader = Reader(parts, who)
    files = _off_the_spool(parts, reader)
    found: list[Trace] = []
    for some in _pages(parts, reader, progress):
        _patiently(partial(traces.take_out_of_inbox, parts, some))
        found += some
    done = _survey(rows, found, files, told)
    _patiently(lambda: _end(parts, who, actor, Erased(name=name, survey=done)))
    parts.store.checkpoint()
    log.info("person.erased", erasure=name, deliveries=len(found), files=len(files))
    return Erased(name=name, survey=done)


def _bury(parts: Parts, person_id: int) -> tuple[Who, str]:
    """Set the tombstone: from here on nothing about them is kept any more.

    Says who they are, and the erasure's name: the same when it was begun before. A
    unit of its own, that waits for whoever keeps something and for nothing else.
    """
    with parts.store.unit() as unit:
        unit.tombstones.alone()
        who = traces.who_is(parts, unit, person_id)
        ids = who.rows.contact_ids
        known = (unit.tombstones.find(str(one)) for one in sorted(ids))
        begun = next((found[0] for found in known if found), None)
        name = begun or secrets.token_hex(6)
        unit.tombstones.bury(ids, who.emails, name)
    return who, name


def _halt(
    parts: Parts, who: Who, name: str
) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """Let nothing more be sent of them; say what there is, and who is told."""
    with parts.store.unit() as unit:
        rows = unit.erasure.count(who.rows)
        wishes = list(_wishes(unit, who, name))
        unit.outbox.put_many(wishes)
        unit.erasure.halt(who.rows)
    return rows, writes.destinations(wishes)


def _end(parts: Parts, who: Who, actor: str, erased: Erased) -> None:
    """Delete the rows, and keep the proof."""
    with parts.store.unit() as unit:
        unit.erasure.erase(who.rows, erased.name)
        unit.erasure.scrub(who.named.pieces, partial(without, who=who.named))
        _note(parts, unit, actor, erased)


def _patiently(step: Callable[[], T]) -> T:
    """Do a step again when the database had to choose between it and a worker."""
    pause = Event()
    for _ in range(TRIES):
        try:
            return step()
        except Retryable as error:
            log.info("erase.again", why=str(error))
        pause.wait(APART_SECONDS)
    return step()


def _wishes(unit: Unit, who: Who, name: str) -> Iterator[OutboxWrite]:
    """Want every ATS told where they stand, or may stand by an answer that got lost."""
    made = _made_by_us(unit, who)
    linked = {one.connection for one in who.links}
    for link in who.links:
        if link.status != DELETED:
            yield writes.erase(link, name, is_ours=(link.connection, link.ref) in made)
    for destination, person in unit.erasure.attempted(who.rows, writes.HANDOVER):
        connection = destination.removeprefix(writes.ats(""))
        if connection not in linked:
            marker = marker_of(who.instance, person or who.person_id)
            yield writes.erase_marked(connection, marker, name)


def _made_by_us(unit: Unit, who: Who) -> set[tuple[str, str]]:
    """List (connection, ref) of the candidates who were not there before us."""
    lines = (
        line
        for subject in sorted(who.rows.subjects)
        for line in unit.audit.list(subject, limit=LINES)
    )
    return {
        (str(line.detail.get("connection")), str(line.detail.get("ref")))
        for line in lines
        if line.action == "candidate.handed_over" and line.detail.get("created")
    }


def _pages(parts: Parts, reader: Reader, progress: Progress) -> Iterator[list[Trace]]:
    with parts.store.view() as unit:
        progress.total(unit.inbox.count())
    return traces.in_inbox(parts, reader, progress.more)


def _off_the_spool(parts: Parts, reader: Reader) -> list[Trace]:
    """Take them off this machine's spool, when nobody else moves it."""
    spool, pause = Spool(parts.settings.spool), Event()
    if not spool.folder.is_dir():
        return []
    for _ in range(TRIES):
        with spool.alone() as mine:
            if mine:
                found = traces.on_spool(parts, reader)
                traces.take_off_spool(found)
                return found
        pause.wait(APART_SECONDS)
    raise Retryable(f"another process holds the spool {spool.folder}: try again")


def _survey(
    rows: Mapping[str, int],
    found: Sequence[Trace],
    files: Sequence[Trace],
    told: tuple[str, ...],
) -> Survey:
    whole = [one for one in found if one.mention.rest is None]
    return Survey(
        rows=rows,
        deleted=len(whole),
        redacted=len(found) - len(whole),
        files=len(files),
        told=told,
    )


def _note(parts: Parts, unit: Unit, actor: str, erased: Erased) -> None:
    """Keep the proof: when, by whom, how much; nothing that says of whom."""
    done = erased.survey
    detail = {
        "rows": dict(done.rows),
        "deliveries": {"deleted": done.deleted, "redacted": done.redacted},
        "files": done.files,
        "told": list(done.told),
        "mappings": parts.mappings.version,
    }
    subject = f"erased:{erased.name}"
    unit.audit.add(parts.clock(), actor, "person.erased", subject, detail)
