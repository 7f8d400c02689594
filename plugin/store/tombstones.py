"""Who was erased: known again by keyed hashes, and by nothing else.

The key is one of this store, made with the first erasure. Whoever has the whole
store can try contact ids one by one; nobody can read one from a hash.
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, literal, select

from plugin.store.marks import Marks
from plugin.store.repository import Repository
from plugin.store.tables import tombstones

#: Name of the mark that has the key.
KEY = "erasure.key"
#: Whoever keeps something waits for an erasure that begins, and it for them:
#: PostgreSQL's advisory lock, by an arbitrary number.
LOCK = 7_283_302
#: Set on a connection: the transaction that holds it, and whether anybody was erased.
HELD = "stdc_tombstones"


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
        now, key = self._clock(), self._key()
        hashes = [_hash(key, one) for one in _named(contact_ids, emails)]
        self._insert_new(
            tombstones,
            [{"hash": one, "erasure": erasure, "at": now} for one in hashes],
        )
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
        key, now = self._key(), self._clock()
        hashes = {one: _hash(key, _email(told)) for one, told in contacts.items()}
        found = self._found(hashes.values())
        self._insert_new(
            tombstones,
            [
                {
                    "hash": _hash(key, _contact(one)),
                    "erasure": found[told][0],
                    "at": now,
                }
                for one, told in sorted(hashes.items())
            ],
        )

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
        asked = {_hash(key, _email(one)): one.lower() for one in set(emails)}
        return {asked[one]: at for one, (_, at) in self._found(asked).items()}

    def find(self, name: str) -> tuple[str, datetime] | None:
        """Say which erasure a contact id or an address was part of, and since when."""
        key = Marks(self._connection, self._clock).get(KEY)
        if key is None:
            return None
        who = _contact(int(name)) if name.isdecimal() else _email(name)
        found = self._found([_hash(bytes.fromhex(key), who)])
        return next(iter(found.values()), None)

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

    def _found(self, hashes: Iterable[str]) -> dict[str, tuple[str, datetime]]:
        rows = self._where_in(select(tombstones), tombstones.c.hash, hashes)
        return {row.hash: (row.erasure, row.at) for row in rows}

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


def _email(email: str) -> str:
    return f"email:{email.strip().lower()}"


def _hash(key: bytes, name: str) -> str:
    return hmac.digest(key, name.encode("utf-8", "replace"), "sha256").hex()
