"""Who does alone what one worker does for all: a table, taken in one statement."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Instant, Words

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", Words, nullable=False),
        sa.Column("until", Instant, nullable=False),
    )
    # how a worker that was killed left them, until now
    op.execute("DELETE FROM marks WHERE name LIKE 'lease.%'")


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("leases")
