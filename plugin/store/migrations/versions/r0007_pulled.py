"""What an ATS was last read to know of somebody, for Mautic's fields."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Instant, Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("links", sa.Column("pulled", Json))
    op.add_column("links", sa.Column("pulled_at", Instant))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("links") as links:
        links.drop_column("pulled_at")
        links.drop_column("pulled")
