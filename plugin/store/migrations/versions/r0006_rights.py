"""What an ATS was last told of somebody's consent and do-not-contact."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Instant, Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("links", sa.Column("told", Json))
    op.add_column("links", sa.Column("told_at", Instant))


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("links") as links:
        links.drop_column("told_at")
        links.drop_column("told")
