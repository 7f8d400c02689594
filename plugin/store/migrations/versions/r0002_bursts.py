"""Bursts over one mail domain, as found in each e-mail."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "bursts",
        sa.Column("mail", Words, nullable=False),
        sa.Column("domain", Words, nullable=False),
        sa.Column("begins", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("ends", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("mail", "domain", "begins", name="pk_bursts"),
    )
    op.create_index("ix_bursts_domain", "bursts", ["domain"])


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("bursts")
