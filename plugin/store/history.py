"""Events: each kept once, whoever reports it and however often."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from plugin.phases.stops import NEWS
from plugin.store.awaited import Awaited
from plugin.store.bulk import Bulk, InsertNew
from plugin.store.columns import EPOCH, clean
from plugin.store.identity import Identity
from plugin.store.pasts import Pasts
from plugin.store.reports import completed, is_same, named
from plugin.store.repository import AnyRow, Clock, Repository, chunks
from plugin.store.tables import contacts, events
from plugin.store.tallies import Tallies
from plugin.store.tombstones import Tombstones
from webhooks.events import ContentKind, Event

#: `received_at` of what a backfill recalled: nobody heard it when it happened.
RECALLED = EPOCH
#: Keeps what is not there yet, whoever brought it first.
RECALL = InsertNew(events, *(column.name for column in events.c if column.name != "id"))
#: Dates what was recalled by when it was heard after all.
HEAR = Bulk(
    update(events)
    .where(events.c.key == bindparam("_key"))
    .values(received_at=bindparam("_at", type_=events.c.received_at.type))
)
#: Adds what a later report of the same event knows.
COMPLETE = Bulk(
    update(events)
    .where(events.c.key == bindparam("_key"))
    .values(
        {
            name: bindparam(f"_{name}", type_=events.c[name].type)
            for name in ("content", "via", "rest")
        }
    )
)


class Kept(NamedTuple):
    """What is kept of one person."""

    #: Oldest first, by (occurred_at, key).
    events: tuple[Event, ...]
    #: When something last came in; 1970 where all was recalled by a backfill.
    seen_at: datetime | None
    #: Keys of the events that only a backfill has brought so far.
    recalled: frozenset[str]


class Old(NamedTuple):
    """An event that is older than it may be."""

    occurred_at: datetime
    id: int
    contact_id: int | None


class History(Repository):
    """The events of everybody."""

    def __init__(
        self, connection: Connection, clock: Clock, tallies: Tallies | None = None
    ) -> None:
        """Count what is new and what was known, where somebody keeps count."""
        super().__init__(connection, clock)
        self._tallies = tallies or Tallies(connection, clock)

    def append(self, given: Iterable[Event], received_at: datetime) -> set[int]:
        """Keep events that are not there yet; return whose ids got something new.

        The key decides, over everything ever kept: the first report wins, and a
        later one adds only what that one lacked. What a backfill had recalled counts
        as heard from now on, and so as new.
        """
        return self.append_all((event, received_at) for event in given)

    def recall(self, given: Iterable[Event]) -> Counter[str]:
        """Keep what happened before anybody listened; count what is new, by type.

        Nothing that rests on these events alone is ever announced.
        """
        rows: dict[str, list[dict[str, Any]]] = {}
        for event, _ in self._of_the_living((one, RECALLED) for one in given):
            rows.setdefault(event.type.value, []).append(_row(event, RECALLED))
        new: Counter[str] = Counter()
        for kind, some in sorted(rows.items()):
            some.sort(key=itemgetter("key"))
            if count := RECALL.run(self._connection, some):
                new[kind] = count
                self._tallies.count(f"events.{kind}", count)
        return new

    def append_all(self, given: Iterable[tuple[Event, datetime]]) -> set[int]:
        """Keep events of several deliveries, each with when it came (see `append`).

        What is older than all that was forgotten of somebody is not kept again.
        """
        rows: dict[str, dict[str, Any]] = {}
        offered = 0
        for event, received_at in self._of_the_living(given):
            offered += 1
            row = _row(event, received_at)
            first = rows.setdefault(row["key"], row)
            if first is not row and first["type"] == row["type"]:
                first |= completed(first["rest"], row["rest"])
        kept = self._insert_rows(rows)
        self._tallies.count("duplicates", offered - len(kept))
        touched = {row.contact_id for row in kept if row.contact_id is not None}
        known = rows.keys() - {row.key for row in kept}
        return touched | self._again({key: rows[key] for key in known})

    def _insert_rows(self, rows: Mapping[str, dict[str, Any]]) -> list[AnyRow]:
        """Insert those whose key is not there yet; return them, and count them."""
        insert = (
            self._insert(events)
            .on_conflict_do_nothing(index_elements=[events.c.key])
            .returning(events.c.key, events.c.contact_id, events.c.type)
        )
        # always in the same order, so that two workers cannot wait for each other
        ordered = [rows[key] for key in sorted(rows)]
        kept: list[AnyRow] = []
        for some in chunks(ordered):
            kept.extend(self._connection.execute(insert, list(some)))
        for row in kept:
            self._tallies.count(f"events.{row.type}")
        return kept

    def complete(self, given: Iterable[Event]) -> set[int]:
        """Add to known events what these reports know; return whose ids it concerns.

        None of them counts as heard.
        """
        rows = {
            (row := _row(event, EPOCH))["key"]: row
            for event, _ in self._of_the_living((one, EPOCH) for one in given)
        }
        return self._complete(self._known(rows), rows)

    def _again(self, rows: Mapping[str, dict[str, Any]]) -> set[int]:
        """Take from reports of known events what the first one lacked.

        What a backfill had recalled, or a pull had brought first, counts as heard.
        Returns whose ids it concerns.
        """
        if not rows:
            return set()
        found = self._known(rows)
        recalled = [one for one in found if one.received_at == RECALLED]
        HEAR.run(
            self._connection,
            (
                {"_key": one.key, "_at": rows[one.key]["received_at"]}
                for one in recalled
            ),
        )
        Awaited(self._connection, self._clock).came(rows)
        news = {one.contact_id for one in recalled if one.contact_id is not None}
        return news | self._complete(found, rows)

    def _known(self, keys: Iterable[str]) -> list[AnyRow]:
        query = select(
            events.c.key,
            events.c.contact_id,
            events.c.type,
            events.c.occurred_at,
            events.c.received_at,
            events.c.rest,
        ).order_by(events.c.key)
        if self._connection.dialect.name == "postgresql":
            query = query.with_for_update()
        return list(self._where_in(query, events.c.key, keys))

    def _complete(
        self, found: Iterable[AnyRow], rows: Mapping[str, dict[str, Any]]
    ) -> set[int]:
        fuller = [
            (one, whole)
            for one in found
            if is_same(one, rows[one.key])
            and (whole := completed(one.rest, rows[one.key]["rest"]))
        ]
        COMPLETE.run(
            self._connection,
            (
                {"_key": one.key, **{f"_{name}": whole[name] for name in whole}}
                for one, whole in fuller
            ),
        )
        return {one.contact_id for one, _ in fuller if one.contact_id is not None}

    def _of_the_living(
        self, given: Iterable[tuple[Event, datetime]]
    ) -> list[tuple[Event, datetime]]:
        """Leave out what is not kept, however late it comes.

        That is all that concerns the erased, and what is as old as what was
        forgotten of somebody.
        """
        told = list(given)
        named = {one.contact_id for one, _ in told if one.contact_id is not None}
        tombstones = Tombstones(self._connection, self._clock)
        erased = tombstones.among(named)
        left = [one for one in told if one[0].contact_id not in erased]
        theirs = self._moved([one for one, _ in left])
        pasts = tombstones.pasts(named)
        horizons = Pasts(self._connection, self._clock).horizons(named)
        return [
            (one, at)
            for one, at in left
            if one.key not in theirs
            and not _is_past(one, pasts)
            and not _is_forgotten(one, horizons)
        ]

    def welcome(self, given: Iterable[Event]) -> list[Event]:
        """Leave out the events that would not be kept, whoever brings them."""
        return [one for one, _ in self._of_the_living((one, RECALLED) for one in given)]

    def _moved(self, given: Collection[Event]) -> Collection[str]:
        """Find what the erased did, which a merge in Mautic gave to somebody else."""
        graves = Tombstones(self._connection, self._clock).of_events(
            one.key for one in given
        )
        found = {
            one.contact_id: graves[one.key]
            for one in given
            if one.key in graves and one.contact_id is not None
        }
        for who, grave in sorted(found.items()):
            identity = Identity(self._connection, self._clock)
            identity.begin_anew(who, grave, self._clock())
        return graves

    def of(self, person_ids: Iterable[int]) -> dict[int, tuple[Event, ...]]:
        """Read whole histories, oldest first by (occurred_at, key), by person."""
        return {who: kept.events for who, kept in self.whole(person_ids).items()}

    def whole(self, person_ids: Iterable[int]) -> dict[int, Kept]:
        """Read histories, when something last came in, and what was only recalled."""
        query = select(
            contacts.c.person_id,
            events.c.key,
            events.c.type,
            events.c.contact_id,
            events.c.occurred_at,
            events.c.received_at,
            events.c.rest,
        ).join(events, events.c.contact_id == contacts.c.contact_id)
        found: dict[int, list[Event]] = {}
        seen: dict[int, datetime] = {}
        recalled: dict[int, set[str]] = {}
        for row in self._where_in(query, contacts.c.person_id, person_ids):
            who = row.person_id
            found.setdefault(who, []).append(_event(row))
            seen[who] = max(seen.get(who, EPOCH), row.received_at)
            if row.received_at == RECALLED:
                recalled.setdefault(who, set()).add(row.key)
        return {
            who: Kept(
                tuple(sorted(kept, key=_in_order)),
                seen[who],
                frozenset(recalled.get(who, ())),
            )
            for who, kept in found.items()
        }

    def received(self, person_ids: Iterable[int]) -> dict[str, datetime]:
        """Say when each event of these persons came in, by its key.

        What a backfill recalled came in 1970: it may have been known all along.
        """
        query = select(events.c.key, events.c.received_at).join(
            contacts, contacts.c.contact_id == events.c.contact_id
        )
        rows = self._where_in(query, contacts.c.person_id, person_ids)
        return {row.key: row.received_at for row in rows}

    def first_at(self) -> datetime | None:
        """Say when the first of all events happened; None when there is none."""
        moment: datetime | None = self._connection.scalar(
            select(events.c.occurred_at).order_by(events.c.occurred_at).limit(1)
        )
        return moment

    def people_of_content(self, kind: ContentKind, ids: Iterable[str]) -> list[int]:
        """List the persons in whose history any of this content occurs."""
        found: set[int] = set()
        for some in chunks(sorted({f"{kind.value}:{one}" for one in ids})):
            rows = self._connection.scalars(
                select(contacts.c.person_id)
                .join(events, events.c.contact_id == contacts.c.contact_id)
                .where(or_(events.c.content.in_(some), events.c.via.in_(some)))
                .distinct()
            )
            found.update(rows)
        return sorted(found)

    def old(self, before: datetime, after: Old | None, limit: int) -> list[Old]:
        """List up to `limit` events of before then, oldest first, from `after` on.

        The ATS's news are none of these: they are kept for good.
        """
        query = select(events.c.occurred_at, events.c.id, events.c.contact_id).where(
            events.c.occurred_at < before, events.c.type.not_in(NEWS)
        )
        if after is not None:
            place = tuple_(events.c.occurred_at, events.c.id)
            # said twice, as a database looks up only the first in its index
            query = query.where(
                events.c.occurred_at >= after.occurred_at,
                place > tuple_(*_bound_place(after)),
            )
        ordered = query.order_by(events.c.occurred_at, events.c.id).limit(limit)
        return [Old(*row) for row in self._connection.execute(ordered)]

    def forget(self, person_id: int, until: datetime) -> int:
        """Delete what a person did before then, but for the ATS's news; count it."""
        theirs = select(contacts.c.contact_id).where(contacts.c.person_id == person_id)
        gone = self._connection.execute(
            delete(events).where(
                events.c.contact_id.in_(theirs),
                events.c.occurred_at < until,
                events.c.type.not_in(NEWS),
            )
        )
        return gone.rowcount

    def drop(self, numbers: Collection[int]) -> int:
        """Delete events by their numbers; count them."""
        gone = self._connection.execute(
            delete(events).where(events.c.id.in_(sorted(numbers)))
        )
        return gone.rowcount

    def has(self, keys: Iterable[str]) -> set[str]:
        """Say which of these keys are kept already, and not just recalled."""
        query = select(events.c.key).where(events.c.received_at != RECALLED)
        return {row.key for row in self._where_in(query, events.c.key, keys)}

    def count(self) -> int:
        """Count all events."""
        return self._connection.scalar(select(func.count()).select_from(events)) or 0


def _is_past(event: Event, pasts: Mapping[int, datetime]) -> bool:
    """Whether it may be of who was erased before that contact went on."""
    until = None if event.contact_id is None else pasts.get(event.contact_id)
    return until is not None and event.occurred_at <= until


def _row(event: Event, received_at: datetime) -> dict[str, Any]:
    return {
        "key": clean(event.key),
        "contact_id": event.contact_id,
        "type": event.type.value,
        "occurred_at": event.occurred_at,
        "received_at": received_at,
        "content": named(event.content),
        "via": named(event.via),
        "rest": event.rest(),
    }


def _is_forgotten(event: Event, horizons: Mapping[int, datetime]) -> bool:
    until = horizons.get(event.contact_id) if event.contact_id is not None else None
    return until is not None and event.occurred_at < until and event.type not in NEWS


def _bound_place(one: Old) -> tuple[Any, Any]:
    moment = literal(one.occurred_at, events.c.occurred_at.type)
    return moment, literal(one.id, events.c.id.type)


def _event(row: AnyRow) -> Event:
    return Event.of(row.key, row.type, row.contact_id, row.occurred_at, row.rest)


def _in_order(event: Event) -> tuple[datetime, str]:
    return event.occurred_at, event.key
