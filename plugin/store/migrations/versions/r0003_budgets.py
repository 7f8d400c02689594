"""How often each connection was called: its budgets."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "budgets",
        sa.Column("connection", Words, primary_key=True),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("budgets")
