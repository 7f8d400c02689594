"""When each person should hear from us again, and how they came, to be counted by.

Everybody is decided about anew in the background, which fills the columns.
"""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = {
    "due_on": sa.Date,
    "due_why": sa.Text,
    "sunset": sa.Text,
    "rhythm": Words,
    "audiences": Words,
    "came_on": sa.Date,
    "came_by": sa.Text,
}
INDEXES = {
    "ix_people_due": ["gone", "due_on", "rhythm", "phase", "due_why", "sunset"],
    "ix_people_came": ["gone", "came_on", "audiences", "phase", "came_by"],
}


def upgrade() -> None:
    """Go to this revision."""
    for name, type_ in COLUMNS.items():
        op.add_column("people", sa.Column(name, type_))
    for name, columns in INDEXES.items():
        op.create_index(name, "people", columns)
    is_sent = sa.text("type = 'email.sent'")
    op.create_index(
        "ix_events_sent",
        "events",
        ["occurred_at"],
        sqlite_where=is_sent,
        postgresql_where=is_sent,
    )
    # as if the mappings had changed: a worker then decides about everybody
    op.execute("DELETE FROM marks WHERE name = 'mappings.version'")


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index("ix_events_sent", "events")
    for name in INDEXES:
        op.drop_index(name, "people")
    for name in COLUMNS:
        op.drop_column("people", name)
