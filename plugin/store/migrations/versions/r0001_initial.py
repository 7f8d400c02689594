"""The first schema: inbox, history, people, outbox and what goes with them."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import BigKey, Instant, Json, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: In the order in which they can be dropped.
TABLES = (
    "people",
    "merges",
    "owned",
    "outbox",
    "moves",
    "marks",
    "links",
    "events",
    "deliveries",
    "content",
    "contacts",
    "audit",
)


def upgrade() -> None:
    """Go to this revision."""
    _audit()
    _contacts()
    _content()
    _deliveries()
    _events()
    _links()
    _marks()
    _moves()
    _outbox()
    _owned()
    _merges()
    _people()


def downgrade() -> None:
    """Go back to an empty database."""
    for table in TABLES:
        op.drop_table(table)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, sqlite_where=condition, postgresql_where=condition
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject", "audit", ["subject", "id"])


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("contact_id", BigKey, autoincrement=False, nullable=False),
        sa.Column("person_id", BigKey, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("deleted_at", Instant, nullable=True),
        sa.Column("email", Words, nullable=True),
        sa.Column("first_name", Words, nullable=True),
        sa.Column("last_name", Words, nullable=True),
        sa.Column("fields", Json, nullable=True),
        sa.Column("owner_id", BigKey, nullable=True),
        sa.Column("tags", Json, nullable=True),
        sa.Column("do_not_contact", Json, nullable=True),
        sa.Column("whole", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("seen_at", Instant, nullable=True),
        sa.Column("seen_key", Words, nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name="pk_contacts"),
    )
    _partial("ix_contacts_email", "contacts", ["email"], "email IS NOT NULL")
    op.create_index("ix_contacts_person_id", "contacts", ["person_id"])


def _content() -> None:
    op.create_table(
        "content",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("category", Words, nullable=True),
        sa.Column("url", Words, nullable=True),
        sa.Column("language", Words, nullable=True),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_content"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("source", Words, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("done_at", Instant, nullable=True),
        sa.Column("parked_at", Instant, nullable=True),
        sa.Column("events", sa.Integer, nullable=True),
        sa.Column("unknown", sa.Integer, nullable=True),
        sa.Column("reason", Words, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    _partial("ix_deliveries_done", "deliveries", ["done_at"], "done_at IS NOT NULL")
    _partial("ix_deliveries_due", "deliveries", ["due_at", "id"], "due_at IS NOT NULL")
    _partial("ix_deliveries_live", "deliveries", ["state", "id"], "done_at IS NULL")


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("contact_id", BigKey, nullable=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("occurred_at", Instant, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("content", Words, nullable=True),
        sa.Column("via", Words, nullable=True),
        sa.Column("rest", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    _partial("ix_events_contact_id", "events", ["contact_id"], "contact_id IS NOT NULL")
    _partial("ix_events_content", "events", ["content"], "content IS NOT NULL")
    _partial("ix_events_via", "events", ["via"], "via IS NOT NULL")
    op.create_index("uq_events_key", "events", ["key"], unique=True)


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("contact_id", BigKey, autoincrement=False, nullable=False),
        sa.Column("ref", Words, nullable=False),
        sa.Column("url", Words, nullable=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("marker", Words, nullable=False),
        sa.Column("handed_over_at", Instant, nullable=True),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("connection", "contact_id", name="pk_links"),
    )
    op.create_index("ix_links_contact_id", "links", ["contact_id"])
    op.create_index("ix_links_ref", "links", ["connection", "ref"])


def _marks() -> None:
    op.create_table(
        "marks",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )


def _moves() -> None:
    op.create_table(
        "moves",
        sa.Column("contact_id", BigKey, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("before", sa.Text, nullable=True),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("detail", Words, nullable=False),
        sa.Column("event_key", Words, nullable=True),
        sa.PrimaryKeyConstraint("contact_id", "position", name="pk_moves"),
    )
    op.create_index("ix_moves_at", "moves", ["at"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("contact_id", BigKey, nullable=True),
        sa.Column("person_id", BigKey, nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("supersedes", Words, nullable=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("done_at", Instant, nullable=True),
        sa.Column("last_error", Words, nullable=True),
        sa.Column("result", Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    _partial("ix_outbox_done", "outbox", ["done_at"], "done_at IS NOT NULL")
    _partial(
        "ix_outbox_due", "outbox", ["destination", "due_at", "id"], "due_at IS NOT NULL"
    )
    _partial(
        "ix_outbox_live", "outbox", ["destination", "state", "id"], "done_at IS NULL"
    )
    op.create_index("ix_outbox_person_id", "outbox", ["person_id", "destination", "id"])
    _partial(
        "ix_outbox_supersedes",
        "outbox",
        ["supersedes", "destination"],
        "done_at IS NULL",
    )
    op.create_index("uq_outbox_key", "outbox", ["key"], unique=True)


def _owned() -> None:
    op.create_table(
        "owned",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("remote_id", BigKey, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_owned"),
    )


def _merges() -> None:
    op.create_table(
        "merges",
        sa.Column("loser", BigKey, nullable=False),
        sa.Column("winner", BigKey, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("why", Words, nullable=False),
        sa.Column("undone_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["loser"], ["contacts.contact_id"], name="fk_merges_loser"
        ),
        sa.ForeignKeyConstraint(
            ["winner"], ["contacts.contact_id"], name="fk_merges_winner"
        ),
        sa.PrimaryKeyConstraint("loser", "winner", name="pk_merges"),
    )
    op.create_index("ix_merges_winner", "merges", ["winner"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("person_id", BigKey, autoincrement=False, nullable=False),
        sa.Column("gone", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("phase", sa.Text, nullable=True),
        sa.Column("since", Instant, nullable=True),
        sa.Column("cause", sa.Text, nullable=True),
        sa.Column("centipoints", BigKey, server_default="0", nullable=False),
        sa.Column("review_at", Instant, nullable=True),
        sa.Column("falls_to", sa.Text, nullable=True),
        sa.Column("wanted", Json, nullable=True),
        sa.Column("written", Json, nullable=True),
        sa.Column("mapping_version", sa.Text, nullable=True),
        sa.Column("scored_at", Instant, nullable=True),
        sa.Column("dirty_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["contacts.contact_id"], name="fk_people_person_id"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_people"),
    )
    _partial("ix_people_dirty_at", "people", ["dirty_at"], "dirty_at IS NOT NULL")
    op.create_index("ix_people_phase", "people", ["phase", "centipoints"])
    _partial("ix_people_review_at", "people", ["review_at"], "review_at IS NOT NULL")
