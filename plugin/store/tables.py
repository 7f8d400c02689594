"""The tables. A queue's open rows have a `due_at`; finished ones have none.

What a person is, hangs on contact ids: `contacts.person_id` says whose an id
is, and a merge only re-points it. So histories are never rewritten, and a
merge can be undone.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from plugin.store.columns import BigKey, Instant, Json, Words

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _partial(name: str, *columns: str, where: str) -> Index:
    """Index only the rows that are ever looked for this way."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


#: What came in at the door, as it came. States: new, claimed, done, parked.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("source", Words, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    #: From when a worker may take it: once received, or when a lease is over.
    Column("due_at", Instant),
    Column("done_at", Instant),
    Column("parked_at", Instant),
    #: Events in it, and items that we have no word for.
    Column("events", Integer),
    Column("unknown", Integer),
    Column("reason", Words),
    _partial("ix_deliveries_due", "due_at", "id", where="due_at IS NOT NULL"),
    _partial("ix_deliveries_live", "state", "id", where="done_at IS NULL"),
    _partial("ix_deliveries_done", "done_at", where="done_at IS NOT NULL"),
    sqlite_autoincrement=True,  # workers hold rows by number
)

#: What a delivery said, apart from how it stands: that changes twice, and a database
#: rewrites the whole row. An older delivery has its body in itself.
bodies = Table(
    "bodies",
    metadata,
    Column("delivery_id", BigKey, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

#: What happened, each once.
events = Table(
    "events",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("key", Words, nullable=False),
    Column("contact_id", BigKey),
    Column("type", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    #: "page:12": the content an event is about, and what led there.
    Column("content", Words),
    Column("via", Words),
    Column("rest", Json, nullable=False),
    Index("uq_events_key", "key", unique=True),
    _partial("ix_events_contact_id", "contact_id", where="contact_id IS NOT NULL"),
    _partial("ix_events_content", "content", where="content IS NOT NULL"),
    _partial("ix_events_via", "via", where="via IS NOT NULL"),
    _partial("ix_events_sent", "occurred_at", where="type = 'email.sent'"),
    Index("ix_events_occurred_at", "occurred_at", "id"),
)

#: What is left of behaviour that is too old to be kept: everything that was decided by
#: it. A person's contacts share `until`; `left` stands with the one they are.
pasts = Table(
    "pasts",
    metadata,
    Column("contact_id", BigKey, primary_key=True, autoincrement=False),
    #: What happened before it is not kept, however late it comes.
    Column("until", Instant, nullable=False),
    Column("left", Json),
)

#: Every contact id we ever heard of, whose it is, and what Mautic says of it.
contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", BigKey, primary_key=True, autoincrement=False),
    Column("person_id", BigKey, nullable=False),
    Column("created_at", Instant, nullable=False),
    #: Mautic has it no more since then: deleted, or merged into another.
    Column("deleted_at", Instant),
    Column("email", Words),
    Column("first_name", Words),
    Column("last_name", Words),
    Column("fields", Json),
    Column("owner_id", BigKey),
    Column("tags", Json),
    Column("do_not_contact", Json),
    #: The rank of the profile that is kept: a whole contact outranks what rides
    #: along with an event, then the moment counts, then the tie-break.
    Column("whole", Boolean, nullable=False, server_default=text("false")),
    Column("seen_at", Instant),
    Column("seen_key", Words),
    #: Their address in lower case; the first they had, and when that was.
    Column("address", Words),
    Column("came_as", Words),
    Column("came_at", Instant),
    Index("ix_contacts_person_id", "person_id"),
    _partial("ix_contacts_gone", "address", where="deleted_at IS NOT NULL"),
    _partial("ix_contacts_came_as", "came_as", where="came_as IS NOT NULL"),
    _partial("ix_contacts_owner_id", "owner_id", where="owner_id IS NOT NULL"),
    _partial("ix_contacts_refusing", "contact_id", where="do_not_contact <> '[]'"),
    _partial("ix_contacts_email", "email", where="email IS NOT NULL"),
)

#: Which contact became which, so that it can be undone.
merges = Table(
    "merges",
    metadata,
    Column("loser", BigKey, ForeignKey("contacts.contact_id"), primary_key=True),
    Column("winner", BigKey, ForeignKey("contacts.contact_id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("why", Words, nullable=False),
    Column("undone_at", Instant),
    Index("ix_merges_winner", "winner"),
)

#: Where each person stands; everything here follows from history and mappings,
#: save `wanted` and `written`, which say what Mautic was last to have and has.
people = Table(
    "people",
    metadata,
    Column(
        "person_id",
        BigKey,
        ForeignKey("contacts.contact_id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("gone", Boolean, nullable=False, server_default=text("false")),
    Column("phase", Text),
    Column("since", Instant),
    Column("cause", Text),
    Column("centipoints", BigKey, nullable=False, server_default="0"),
    Column("review_at", Instant),
    Column("falls_to", Text),
    Column("wanted", Json),
    Column("written", Json),
    Column("mapping_version", Text),
    Column("scored_at", Instant),
    #: Set while somebody has to decide again; a claim moves it into the future.
    Column("dirty_at", Instant),
    #: From which day they should hear from us again, None for never; by which rule,
    #: how far they are who show no sign of life, and whose rhythm it is.
    Column("due_on", Date),
    Column("due_why", Text),
    Column("sunset", Text),
    Column("rhythm", Words),
    #: Keys of the audiences they belong to, strongest interest first, with a comma
    #: after each; and on which day (UTC) and by which channel they came.
    Column("audiences", Words),
    Column("came_on", Date),
    Column("came_by", Text),
    #: Topics, strongest first, a comma after each; and whether they begin to move.
    Column("interests", Words),
    Column("trend", Text),
    Index("ix_people_phase", "phase", "centipoints"),
    Index("ix_people_for", "gone", "phase", "audiences", "interests"),
    _partial("ix_people_rising", "centipoints", where="trend = 'rising'"),
    _partial("ix_people_review_at", "review_at", where="review_at IS NOT NULL"),
    _partial("ix_people_dirty_at", "dirty_at", where="dirty_at IS NOT NULL"),
    # everything that the calendar and the market count, so that neither reads rows
    Index("ix_people_due", "gone", "due_on", "rhythm", "phase", "due_why", "sunset"),
    Index("ix_people_came", "gone", "came_on", "audiences", "phase", "came_by"),
)

#: The journey of each person; `contact_id` is the person's id at that time.
moves = Table(
    "moves",
    metadata,
    Column("contact_id", BigKey, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("detail", Words, nullable=False),
    Column("event_key", Words),
    Index("ix_moves_at", "at"),
)

#: Writes we want done elsewhere. States: pending, claimed, done, parked, dropped.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("contact_id", BigKey),
    Column("person_id", BigKey),
    Column("payload", Json, nullable=False),
    Column("key", Words, nullable=False),
    Column("supersedes", Words),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    #: How often a worker took it; never goes back.
    Column("claims", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    #: From when it may be claimed: at once, after a back-off, or after a lease.
    Column("due_at", Instant),
    #: When it was done or dropped for good.
    Column("done_at", Instant),
    Column("last_error", Words),
    Column("result", Json),
    Index("uq_outbox_key", "key", unique=True),
    _partial(
        "ix_outbox_due", "destination", "due_at", "id", where="due_at IS NOT NULL"
    ),
    Index("ix_outbox_person_id", "person_id", "destination", "id"),
    _partial("ix_outbox_live", "destination", "state", "id", where="done_at IS NULL"),
    _partial(
        "ix_outbox_supersedes",
        "supersedes",
        "destination",
        where="done_at IS NULL",
    ),
    _partial("ix_outbox_done", "done_at", where="done_at IS NOT NULL"),
    sqlite_autoincrement=True,  # workers hold rows by number
)

#: What came of each e-mail, per week it was sent in and audience: counts only.
mailings = Table(
    "mailings",
    metadata,
    #: Key of the e-mail, as in events.
    Column("content", Words, primary_key=True),
    #: Monday of the week, in the first audience's time zone.
    Column("week", Date, primary_key=True),
    #: Key of the audience; empty for who belongs to none.
    Column("audience", Words, primary_key=True),
    #: What it was called then.
    Column("name", Words, nullable=False),
    #: People it was sent to, and how many of those: it came back; a person clicked,
    #: only machines clicked; opened, and opened through a proxy alone; unsubscribed
    #: or complained after it.
    Column("sent", Integer, nullable=False),
    Column("bounced", Integer, nullable=False),
    Column("clicked", Integer, nullable=False),
    Column("machines", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("proxied", Integer, nullable=False),
    Column("unsubscribed", Integer, nullable=False),
    Column("complained", Integer, nullable=False),
    #: Hour of the week (0 for Monday from midnight) -> how many were sent then.
    Column("hours", Json, nullable=False),
)

#: The content that Mautic has, as last read.
content = Table(
    "content",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("category", Words),
    Column("url", Words),
    Column("language", Words),
    Column("published", Boolean, nullable=False),
)

#: Which candidate in which ATS a contact is.
links = Table(
    "links",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("contact_id", BigKey, primary_key=True, autoincrement=False),
    Column("ref", Words, nullable=False),
    Column("url", Words),
    Column("status", Text, nullable=False),
    Column("marker", Words, nullable=False),
    Column("handed_over_at", Instant),
    Column("updated_at", Instant, nullable=False),
    #: What it was last told of consent and do-not-contact, and since when it knows.
    Column("told", Json),
    Column("told_at", Instant),
    #: What was last read there for Mautic: alias -> text, and when.
    Column("pulled", Json),
    Column("pulled_at", Instant),
    Index("ix_links_ref", "connection", "ref"),
    Index("ix_links_contact_id", "contact_id"),
)

#: What people answered about candidates; `question` is "hand-over" or
#: "match:<connection>".
answers = Table(
    "answers",
    metadata,
    Column("contact_id", BigKey, primary_key=True, autoincrement=False),
    Column("question", Words, primary_key=True),
    Column("said", Text, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Words, nullable=False),
    Column("until", Instant),
    Column("ref", Words),
)

#: When many people of a mail domain clicked in one e-mail at once; moments are
#: microseconds since 1970.
bursts = Table(
    "bursts",
    metadata,
    Column("mail", Words, primary_key=True),
    Column("domain", Words, primary_key=True),
    Column("begins", BigInteger, primary_key=True, autoincrement=False),
    Column("ends", BigInteger, nullable=False),
    Index("ix_bursts_domain", "domain"),
)

#: Named values that outlive a process: high-water marks, tokens, cursors.
marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
)

#: Who does alone what one worker does for all, and until when unless it is renewed.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Words, nullable=False),
    Column("until", Instant, nullable=False),
)

#: What no pull has brought yet: a row of Mautic's that could not be read, by its
#: number, or with number 0 a whole table.
gaps = Table(
    "gaps",
    metadata,
    Column("what", Words, primary_key=True),
    Column("number", BigKey, primary_key=True, autoincrement=False),
    Column("why", Words, nullable=False),
    Column("since", Instant, nullable=False),
    Column("tried_at", Instant, nullable=False),
    Index("ix_gaps_tried_at", "tried_at"),
)

#: Events that a pull brought and whose webhook did not come yet.
awaited = Table(
    "awaited",
    metadata,
    Column("key", Words, primary_key=True),
    Column("type", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Index("ix_awaited_since", "since"),
)

#: How often each destination was called that has a limit: when the next call may be
#: made, in microseconds since 1970, and how many were made in a month (YYYY-MM). Of an
#: ATS it is the connection's name, else one with a colon.
budgets = Table(
    "budgets",
    metadata,
    Column("connection", Words, primary_key=True),
    Column("next_at", BigInteger, nullable=False),
    Column("month", Text, nullable=False),
    Column("calls", BigInteger, nullable=False),
)

#: What `stdc apply` made in Mautic.
owned = Table(
    "owned",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("remote_id", BigKey, nullable=False),
    Column("fingerprint", Text, nullable=False),
)

#: Who did what to whom and why; never an address or a name of a person.
audit = Table(
    "audit",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Words, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Words, nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_audit_subject", "subject", "id"),
    Index("ix_audit_at", "at"),
)

#: Who was erased, so that nothing brings them back: keyed hashes of their contact ids
#: and addresses, nothing else.
tombstones = Table(
    "tombstones",
    metadata,
    Column("hash", Text, primary_key=True),
    #: Which erasure it was: the audit's "erasure:<name>".
    Column("erasure", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
