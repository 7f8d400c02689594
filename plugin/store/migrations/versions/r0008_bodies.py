"""Bodies of deliveries apart: taking one up and ending it no longer rewrites it.

Deliveries that are there keep theirs where it is, so nothing is copied.
"""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import BigKey

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "bodies",
        sa.Column("delivery_id", BigKey, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Go back to the revision before: bodies go back into their deliveries."""
    op.execute(
        "UPDATE deliveries SET body = "
        "(SELECT body FROM bodies WHERE bodies.delivery_id = deliveries.id) "
        "WHERE id IN (SELECT delivery_id FROM bodies)"
    )
    op.drop_table("bodies")
