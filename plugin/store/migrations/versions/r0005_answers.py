"""What people answered about candidates."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import BigKey, Instant, Words

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "answers",
        sa.Column("contact_id", BigKey, nullable=False, autoincrement=False),
        sa.Column("question", Words, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("by", Words, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("until", Instant),
        sa.Column("ref", Words),
        sa.PrimaryKeyConstraint("contact_id", "question", name="pk_answers"),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("answers")
