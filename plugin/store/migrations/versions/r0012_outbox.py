"""Which claim of a write is the last: only that one says how it went."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column(
        "outbox", sa.Column("claims", sa.Integer, nullable=False, server_default="0")
    )
    op.execute("UPDATE outbox SET claims = attempts WHERE done_at IS NULL")
    # a replay had set the attempts of what was parked back
    op.execute(
        "UPDATE outbox SET claims = 1"
        " WHERE done_at IS NULL AND claims = 0 AND last_error IS NOT NULL"
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_column("outbox", "claims")
