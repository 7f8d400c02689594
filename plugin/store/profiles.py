"""What Mautic says of contacts: the newest word counts, in whatever order it comes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from plugin.history.model import Profile
from plugin.store.bulk import Bulk
from plugin.store.columns import EPOCH, clean
from plugin.store.recreated import RECREATED, Recreated
from plugin.store.repository import AnyRow
from plugin.store.tables import contacts, merges
from plugin.store.tombstones import Tombstones
from webhooks.sources.base import ProfileSeen

#: Fields whose alias starts so are written by us: reading them back would echo.
OURS = "stdc_"
#: What everything from Mautic tells, and what only a whole contact does.
TOLD = ("email", "first_name", "last_name", "fields")
WHOLE = ("owner_id", "tags", "do_not_contact")
#: Whose change makes a difference to anything we decide; of tags, only some do.
DECIDING = (*TOLD, "owner_id", "do_not_contact")

COLUMNS = (
    contacts.c.contact_id,
    *(contacts.c[name] for name in (*TOLD, *WHOLE)),
    contacts.c.seen_at,
    contacts.c.seen_key,
    contacts.c.whole,
    contacts.c.address,
    contacts.c.came_as,
    contacts.c.came_at,
)
#: What says whether a contact is another one made anew.
COMING = ("address", "came_as", "came_at")


class Profiles(Recreated):
    """The part of `people` that keeps what Mautic says of them."""

    def see_profile(self, seen: ProfileSeen) -> bool:
        """Keep a profile if it is the newest; say whether that changed anything."""
        return bool(self.see_profiles([seen]))

    def see_profiles(
        self, seen: Iterable[ProfileSeen], watched: Collection[str] = ()
    ) -> set[int]:
        """Keep the newest profile of each contact, by (seen_at, key).

        A whole contact outranks what rides along with an event, however new:
        Mautic's form and page payloads carry fields from before the change.
        Returns the contact ids of whom something changed that decides: our own
        fields and tags, which come back as an echo, do not, but for the `watched`
        tags by which people speak. A contact not known yet becomes a new person.
        """
        told = sorted(
            self._of_the_living(list(seen)),
            key=lambda one: (one.contact_id, one.seen_at, one.key),
        )
        stored = self._stored({one.contact_id for one in told})
        before = {who: dict(values) for who, values in stored.items()}
        for one in told:
            _absorb(stored[one.contact_id], one)
        new = [who for who, values in stored.items() if values != before[who]]
        UPDATE.run(self._connection, (_bound(who, stored[who]) for who in new))
        tags = frozenset(watched)
        news = {who for who in new if _decides(before[who], stored[who], tags)}
        return news | self._recreate(before, stored, new)

    def recognise(self, told: Iterable[ProfileSeen]) -> None:
        """Bury whom these show to be erased; nothing else of them is kept."""
        self._of_the_living(list(told))

    def _of_the_living(self, seen: Sequence[ProfileSeen]) -> list[ProfileSeen]:
        """Leave out the erased, also where an old picture shows them under another id.

        A picture of after the erasure is of somebody new, who came of their own; and
        who was known before it, by another address, is somebody else.
        """
        tombstones = Tombstones(self._connection, self._clock)
        erased = tombstones.among(one.contact_id for one in seen)
        left = [one for one in seen if one.contact_id not in erased]
        since = tombstones.since(one.email for one in left if one.email)
        past: dict[int, tuple[str, datetime]] = {}
        for one in left:
            at = since.get(one.email.strip().lower()) if one.email else None
            if one.email and at is not None and one.seen_at <= at:
                past[one.contact_id] = one.email, at
        if not past:
            return left
        for who in self._known_otherwise(past):
            del past[who]
        tombstones.follow({who: email for who, (email, _) in past.items()})
        for who in sorted(self._known(past)):
            self._follow(who, who, self._clock(), "an old picture of an erased person")
        return [one for one in left if one.contact_id not in past]

    def _known_otherwise(self, past: Mapping[int, tuple[str, datetime]]) -> list[int]:
        """List who had an address of their own before that of the erased was buried."""
        query = select(contacts.c.contact_id, contacts.c.created_at).where(
            contacts.c.email.is_not(None)
        )
        return [
            row.contact_id
            for row in self._where_in(query, contacts.c.contact_id, past)
            if row.created_at < past[row.contact_id][1]
        ]

    def _recreate(
        self,
        before: Mapping[int, Mapping[str, Any]],
        after: Mapping[int, Mapping[str, Any]],
        new: Iterable[int],
    ) -> set[int]:
        """Look who was made anew, where addresses changed; return whom it concerns."""
        changed = [
            who
            for who in new
            if any(before[who][name] != after[who][name] for name in COMING)
        ]
        addresses = {
            values[who][name]
            for who in changed
            for values in (before, after)
            for name in ("address", "came_as")
        }
        return self._rejoin(addresses, changed) if changed else set()

    def tags_of(self, contact_id: int) -> list[str]:
        """List the tags Mautic last told of a contact."""
        query = select(contacts.c.tags).where(contacts.c.contact_id == contact_id)
        return list(self._connection.scalar(query) or ())

    def do_not_contact(self, contact_ids: Iterable[int]) -> dict[int, frozenset[str]]:
        """Give the channels that these contacts were last told to refuse, by id."""
        query = select(contacts.c.contact_id, contacts.c.do_not_contact)
        return {
            row.contact_id: frozenset(row.do_not_contact or ())
            for row in self._where_in(query, contacts.c.contact_id, contact_ids)
        }

    def refusing(self, after: int, limit: int) -> dict[int, frozenset[str]]:
        """Give the first contacts above an id that refuse anything: id -> channels."""
        query = (
            select(contacts.c.contact_id, contacts.c.do_not_contact)
            .where(contacts.c.contact_id > after, contacts.c.deleted_at.is_(None))
            .where(literal_column("do_not_contact <> '[]'"))
            .order_by(contacts.c.contact_id)
            .limit(limit)
        )
        return {
            row.contact_id: frozenset(row.do_not_contact)
            for row in self._connection.execute(query)
        }

    def _stored(self, contact_ids: set[int]) -> dict[int, dict[str, Any]]:
        """Read what is kept, locked until the unit ends."""
        self.persons_of(contact_ids, self._clock())
        query = select(*COLUMNS).order_by(contacts.c.contact_id).with_for_update()
        rows = self._where_in(query, contacts.c.contact_id, contact_ids)
        return {row.contact_id: row._asdict() for row in rows}

    def _profiles(self, person_ids: Iterable[int]) -> dict[int, Profile]:
        """Put together one profile per person from all of their contacts."""
        query = select(
            contacts.c.person_id,
            merges.c.at.label("merged_at"),
            merges.c.why.label("merged_why"),
            *COLUMNS,
        ).outerjoin(
            merges,
            (merges.c.loser == contacts.c.contact_id) & merges.c.undone_at.is_(None),
        )
        found: dict[int, list[AnyRow]] = {}
        for row in self._where_in(query, contacts.c.person_id, person_ids):
            found.setdefault(row.person_id, []).append(row)
        return {who: combined(who, rows) for who, rows in found.items()}


UPDATE = Bulk(
    update(contacts)
    .where(contacts.c.contact_id == bindparam("_contact_id"))
    .values(
        {
            column.name: bindparam(f"_{column.name}")
            for column in COLUMNS
            if column is not contacts.c.contact_id
        }
    )
)


def _bound(contact_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    bound = {f"_{name}": value for name, value in values.items()}
    return {**bound, "_contact_id": contact_id}


def _absorb(values: dict[str, Any], seen: ProfileSeen) -> None:
    """Take over what outranks what is kept."""
    _come(values, seen)
    rank = (seen.complete, seen.seen_at, clean(seen.key))
    if rank <= (values["whole"], values["seen_at"] or EPOCH, values["seen_key"] or ""):
        return
    values["whole"], values["seen_at"], values["seen_key"] = rank
    values["email"] = seen.email
    values["address"] = folded(seen.email)
    values["first_name"] = seen.first_name
    values["last_name"] = seen.last_name
    values["fields"] = {
        alias: value
        for alias, value in sorted(seen.fields.items())
        if not alias.startswith(OURS)
    }
    if seen.complete:
        values["owner_id"] = seen.owner_id
        values["tags"] = sorted(seen.tags)
        values["do_not_contact"] = sorted(seen.do_not_contact)


def _come(values: dict[str, Any], seen: ProfileSeen) -> None:
    """Keep the first address they had, however late that is told."""
    address = folded(seen.email)
    if address is None:
        return
    first = values["came_at"], values["came_as"]
    if values["came_at"] is None or (seen.seen_at, address) < first:
        values["came_at"], values["came_as"] = seen.seen_at, address


def folded(email: str | None) -> str | None:
    """Write an address so that two of one mailbox are equal."""
    return clean(email).strip().lower() or None if email else None


def _decides(
    before: Mapping[str, Any], after: Mapping[str, Any], watched: frozenset[str]
) -> bool:
    spoken = watched & (set(before["tags"] or ()) ^ set(after["tags"] or ()))
    return bool(spoken) or any(
        (before[name] or None) != (after[name] or None) for name in DECIDING
    )


def combined(person_id: int, rows: Sequence[AnyRow]) -> Profile:
    """Make one profile of several contacts' rows.

    The contact that is left speaks first, then the newest; blanks are filled
    from the others, as Mautic's own merge does, until the contact that is left
    was read whole since: what is blank in Mautic then is blank. A do-not-contact
    of a loser holds until the winner's own word is newer than the merge.
    """
    if len(rows) == 1:
        return _profile(rows[0])
    own = [row for row in rows if row.contact_id == person_id]
    others = sorted(
        (row for row in rows if row.contact_id != person_id),
        key=lambda row: (row.seen_at or EPOCH, row.contact_id),
        reverse=True,
    )
    told_at = max((row.seen_at for row in own if row.whole), default=EPOCH)
    ordered = [*own, *(row for row in others if _may_fill(row, told_at))]
    fields: dict[str, str] = {}
    for row in reversed(ordered):
        fields |= row.fields or {}
    return Profile(
        email=_first(ordered, "email"),
        first_name=_first(ordered, "first_name"),
        last_name=_first(ordered, "last_name"),
        owner_id=_first(ordered, "owner_id"),
        fields=fields,
        do_not_contact=_do_not_contact(own, others, told_at),
        tags=frozenset(_first(ordered, "tags") or ()),
    )


def _may_fill(loser: AnyRow, told_at: datetime) -> bool:
    """Whether what the winner last told is from before this one was merged.

    Who was made anew is in Mautic what was told since: nothing is taken over there.
    """
    if loser.merged_why == RECREATED:
        return False
    return loser.merged_at is None or loser.merged_at > told_at


def _profile(row: AnyRow) -> Profile:
    """Make a profile of a contact that is nobody else: most people are."""
    return Profile(
        email=row.email or None,
        first_name=row.first_name or None,
        last_name=row.last_name or None,
        owner_id=row.owner_id or None,
        fields=row.fields or {},
        do_not_contact=frozenset(row.do_not_contact or ()),
        tags=frozenset(row.tags or ()),
    )


def _first(rows: Iterable[AnyRow], name: str) -> Any:
    values = (getattr(row, name) for row in rows)
    return next((value for value in values if value), None)


def _do_not_contact(
    own: Iterable[AnyRow], others: Iterable[AnyRow], told_at: datetime
) -> frozenset[str]:
    channels: set[str] = set()
    for row in own:
        channels.update(row.do_not_contact or ())
    for row in others:
        if row.merged_at is None or row.merged_at >= told_at:
            channels.update(row.do_not_contact or ())
    return frozenset(channels)
