"""Who was erased: known again by keyed hashes, and by nothing else.

The key is one of this store, made with the first erasure. Whoever has the whole
store can try contact ids one by one; nobody can read one from a hash.
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import func, literal, select, update

from plugin.store.marks import Marks
from plugin.store.repository import Repository, chunks
from plugin.store.tables import tombstones

#: Name of the mark that has the key.
KEY = "erasure.key"
#: Begins the marks that name who is to be erased by a worker.
ASKED = "erasure.asked:"
#: Whoever keeps something waits for an erasure that begins, and it for them:
#: PostgreSQL's advisory lock, by an arbitrary number.
LOCK = 7_283_302
#: Set on a connection: the transaction that holds it, and whether anybody was erased.
HELD = "stdc_tombstones"


class Grave(NamedTuple):
    """Which erasure somebody or something was part of, and when."""

    erasure: str
    at: datetime


class Tombstones(Repository):
    """Who was erased, within one transaction."""

    def bury(
        self, contact_ids: Iterable[int], emails: Iterable[str], erasure: str
    ) -> None:
        """Remember that these were erased; what is known already stays as it is.

        Whoever was keeping something of them is waited for, so that it can be
        deleted afterwards; whoever comes later sees the tombstone.
        """
        self.alone()
        key = self._key()
        hashes = [_hash(key, one) for one in _named(contact_ids, emails)]
        self._add(hashes, Grave(erasure, self._clock()))
        self._remember(is_any=True)

    def alone(self) -> None:
        """Wait until nobody keeps anything, and keep everybody waiting.

        Before anything else in a unit: who holds a row may be waiting for this.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(LOCK)))

    def follow(self, contacts: Mapping[int, str]) -> None:
        """Bury contacts, new ones, that an erased person's address shows to be them."""
        if not contacts:
            return
        key = self._key()
        hashes = {one: _hash(key, _email(told)) for one, told in contacts.items()}
        found = self._found(hashes.values())
        for one, told in sorted(hashes.items()):
            self._add([_hash(key, _contact(one))], found[told])

    def join(self, contact_ids: Iterable[int], erased: int) -> None:
        """Bury contacts, under the erasure of one that they turn out to be."""
        key = self._key()
        hashes = [_hash(key, _contact(one)) for one in contact_ids]
        self._add(hashes, self.grave_of(erased))

    def cut(self, contact_ids: Iterable[int], grave: Grave) -> None:
        """Keep from these contacts, who live on, the past of an erased one."""
        key = self._key()
        hashes = sorted(_hash(key, _past(one)) for one in contact_ids)
        self._add(hashes, grave)
        for some in chunks(hashes):
            self._connection.execute(
                update(tombstones)
                .where(tombstones.c.hash.in_(some), tombstones.c.at < grave.at)
                .values(erasure=grave.erasure, at=grave.at)
            )

    def share(self, contact_ids: Iterable[int]) -> datetime | None:
        """Let contacts who are one have one past; return until when it is not kept."""
        if not self._hold():
            return None
        ids, key = list(contact_ids), self._key()
        graves = self._found(_hash(key, _past(one)) for one in ids).values()
        if not graves:
            return None
        last = max(graves, key=attrgetter("at"))
        self.cut(ids, last)
        return last.at

    def pasts(self, contact_ids: Iterable[int]) -> dict[int, datetime]:
        """Say of which contacts nothing is kept that happened until when."""
        if not self._hold():
            return {}
        key = self._key()
        asked = {_hash(key, _past(one)): one for one in set(contact_ids)}
        return {asked[one]: at for one, (_, at) in self._found(asked).items()}

    def among(self, contact_ids: Iterable[int]) -> set[int]:
        """Say which of these contacts were erased.

        Until the unit ends nobody of the others is: an erasure waits for it.
        """
        if not self._hold():
            return set()
        key = self._key()
        asked = {_hash(key, _contact(one)): one for one in set(contact_ids)}
        return {asked[one] for one in self._found(asked)}

    def since(self, emails: Iterable[str]) -> dict[str, datetime]:
        """Say which of these addresses were erased, and when; in lower case."""
        if not self._hold():
            return {}
        key = self._key()
        asked = {_hash(key, _email(one)): one.strip().lower() for one in set(emails)}
        return {asked[one]: at for one, (_, at) in self._found(asked).items()}

    def find(self, name: str) -> Grave | None:
        """Say which erasure a contact id or an address was part of, and since when."""
        key = Marks(self._connection, self._clock).get(KEY)
        if key is None:
            return None
        who = _contact(int(name)) if name.isdecimal() else _email(name)
        found = self._found([_hash(bytes.fromhex(key), who)])
        return next(iter(found.values()), None)

    def bury_events(
        self, keys: Iterable[str], contact_ids: Iterable[int], erasure: str
    ) -> None:
        """Remember what they did, so that it is known again under whatever contact."""
        key = self._key()
        known = self._found(_hash(key, _contact(one)) for one in contact_ids).values()
        grave = min(known, key=attrgetter("at"), default=Grave(erasure, self._clock()))
        self._add([_hash(key, _event(one)) for one in keys], grave)

    def of_events(self, keys: Iterable[str]) -> dict[str, Grave]:
        """Say which of these events the erased did."""
        if not self._hold():
            return {}
        key = self._key()
        asked = {_hash(key, _event(one)): one for one in keys}
        return {asked[one]: grave for one, grave in self._found(asked).items()}

    def grave_of(self, contact_id: int) -> Grave:
        """Say which erasure a contact was part of, and when."""
        found = self._found([_hash(self._key(), _contact(contact_id))])
        return next(iter(found.values()))

    def _add(self, hashes: Iterable[str], grave: Grave) -> None:
        self._insert_new(
            tombstones, [{"hash": one, **grave._asdict()} for one in hashes]
        )

    def _hold(self) -> bool:
        """Keep erasures from beginning; say whether there was one ever.

        Asked once in a transaction: while it holds, the answer stays the same.
        """
        held = self._connection.info.get(HELD)
        if held is not None and held[0] is self._connection.get_transaction():
            return bool(held[1])
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock_shared(LOCK)))
        one = select(literal(1)).select_from(tombstones).limit(1)
        return self._remember(is_any=self._connection.scalar(one) is not None)

    def _remember(self, *, is_any: bool) -> bool:
        transaction = self._connection.get_transaction()
        self._connection.info[HELD] = (transaction, is_any)
        return is_any

    def _found(self, hashes: Iterable[str]) -> dict[str, Grave]:
        rows = self._where_in(select(tombstones), tombstones.c.hash, hashes)
        return {row.hash: Grave(row.erasure, row.at) for row in rows}

    def _key(self) -> bytes:
        marks = Marks(self._connection, self._clock)
        kept: str | None = marks.get(KEY)
        if kept is None:
            kept = secrets.token_hex(32)
            marks.put(KEY, kept)
        return bytes.fromhex(kept)


def _named(contact_ids: Iterable[int], emails: Iterable[str]) -> Iterator[str]:
    yield from map(_contact, contact_ids)
    yield from map(_email, emails)


def _contact(contact_id: int) -> str:
    return f"contact:{contact_id}"


def _past(contact_id: int) -> str:
    return f"past:{contact_id}"


def _event(key: str) -> str:
    return f"event:{key}"


def _email(email: str) -> str:
    return f"email:{email.strip().lower()}"


def _hash(key: bytes, name: str) -> str:
    return hmac.digest(key, name.encode("utf-8", "replace"), "sha256").hex()
