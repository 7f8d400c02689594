"""Tombstones of who was erased."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("erasure", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_tombstones"),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("tombstones")
