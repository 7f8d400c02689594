"""What no pull has brought yet, and which events still await their webhook."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import BigKey, Instant, Words

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "gaps",
        sa.Column("what", Words, primary_key=True),
        sa.Column("number", BigKey, primary_key=True, autoincrement=False),
        sa.Column("why", Words, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("tried_at", Instant, nullable=False),
    )
    op.create_index("ix_gaps_tried_at", "gaps", ["tried_at"])
    op.create_table(
        "awaited",
        sa.Column("key", Words, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("since", Instant, nullable=False),
    )
    op.create_index("ix_awaited_since", "awaited", ["since"])
    is_refusing = sa.text("do_not_contact <> '[]'")
    op.create_index(
        "ix_contacts_refusing",
        "contacts",
        ["contact_id"],
        sqlite_where=is_refusing,
        postgresql_where=is_refusing,
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index("ix_contacts_refusing", "contacts")
    op.drop_table("awaited")
    op.drop_table("gaps")
