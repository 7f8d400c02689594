"""What is left of behaviour that is too old to be kept, and an index to find it by.

Nothing is known of what was deleted before: it stays as it was last decided.
"""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import BigKey, Instant, Json

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "pasts",
        sa.Column("contact_id", BigKey, primary_key=True, autoincrement=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("left", Json),
    )
    op.create_index("ix_events_occurred_at", "events", ["occurred_at", "id"])


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index("ix_events_occurred_at", "events")
    op.drop_table("pasts")
