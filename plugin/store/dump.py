"""All that matters in a store as one canonical text: equal stores, equal bytes.

Left out is what may differ between two runs that came to the same: when
something was received or decided, numbers the database gave out, attempts, and
wishes that a newer one overtook. So too the tables that say how far something is
or how often (deliveries, bodies, marks, budgets), that follow from the rest and are
made anew (content, bursts, mailings), that people fill (answers, owned,
tombstones), and the audit, whose lines tell of moments. This is what crash tests
compare.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from plugin.store.columns import EPOCH, compact
from plugin.store.repository import AnyRow
from plugin.store.tables import (
    contacts,
    events,
    links,
    merges,
    moves,
    outbox,
    pasts,
    people,
)
from plugin.store.writes import OutboxState

#: Kind of the writes that ask who became of a contact; who told of it first also says
#: when it left, to the second of their own clock.
LOOKED_UP = "resolve"

CONTACT = (
    contacts.c.contact_id,
    contacts.c.person_id,
    contacts.c.deleted_at.is_not(None).label("deleted"),
    contacts.c.email,
    contacts.c.first_name,
    contacts.c.last_name,
    contacts.c.fields,
    contacts.c.owner_id,
    contacts.c.tags,
    contacts.c.do_not_contact,
)
PERSON = (
    people.c.person_id,
    people.c.gone,
    people.c.phase,
    people.c.since,
    people.c.cause,
    people.c.centipoints,
    people.c.review_at,
    people.c.falls_to,
    people.c.wanted,
    people.c.written,
    people.c.mapping_version,
    people.c.due_on,
    people.c.due_why,
    people.c.sunset,
    people.c.rhythm,
    people.c.audiences,
    people.c.came_on,
    people.c.came_by,
    people.c.interests,
    people.c.trend,
)
EVENT = (
    events.c.key,
    events.c.contact_id,
    events.c.type,
    events.c.occurred_at,
    events.c.content,
    events.c.via,
    events.c.rest,
    # what only a backfill told of
    (events.c.received_at == EPOCH).label("recalled"),
)
MERGE = (merges.c.loser, merges.c.winner, merges.c.undone_at.is_not(None))
LINK = (
    links.c.connection,
    links.c.contact_id,
    links.c.ref,
    links.c.status,
    links.c.marker,
)
PAST = (pasts.c.contact_id, pasts.c.until, pasts.c.left)
#: What is read whole, and in which order.
PARTS = (
    ("contact", select(*CONTACT).order_by(contacts.c.contact_id)),
    ("merge", select(*MERGE).order_by(merges.c.loser, merges.c.winner)),
    ("person", select(*PERSON).order_by(people.c.person_id)),
    ("past", select(*PAST).order_by(pasts.c.contact_id)),
    ("event", select(*EVENT).order_by(events.c.key)),
    ("move", select(moves).order_by(moves.c.contact_id, moves.c.position)),
    ("link", select(*LINK).order_by(links.c.connection, links.c.contact_id)),
)


def dump(connection: Connection) -> bytes:
    """Write a store's state as lines of JSON, sorted, in ASCII."""
    return "\n".join(sorted(_lines(connection))).encode("ascii")


def _lines(connection: Connection) -> Iterator[str]:
    for name, query in PARTS:
        for row in connection.execute(query):
            yield compact([name, *(_plain(value) for value in row)])
    for wish in _wishes(connection).values():
        yield compact(["write", *wish])


def _wishes(connection: Connection) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Find the last wish for each thing that was ever wanted."""
    query = (
        select(outbox)
        .where(outbox.c.state != OutboxState.DROPPED)
        .order_by(outbox.c.id)
    )
    return {
        (row.destination, row.supersedes or row.key): _wish(row)
        for row in connection.execute(query)
    }


def _wish(row: AnyRow) -> tuple[Any, ...]:
    name = row.supersedes or row.key
    payload = row.payload
    if row.kind == LOOKED_UP:
        payload = {key: value for key, value in payload.items() if key != "at"}
    return row.destination, row.kind, name, row.person_id, row.contact_id, payload


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
