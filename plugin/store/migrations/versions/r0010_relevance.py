"""What people are interested in and who begins to move, and what came of each e-mail.

Everybody is decided about anew in the background, which fills the columns.
"""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Json, Words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COUNTS = (
    "sent",
    "bounced",
    "clicked",
    "machines",
    "opened",
    "proxied",
    "unsubscribed",
    "complained",
)


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("people", sa.Column("interests", Words))
    op.add_column("people", sa.Column("trend", sa.Text))
    is_rising = sa.text("trend = 'rising'")
    op.create_index(
        "ix_people_rising",
        "people",
        ["centipoints"],
        sqlite_where=is_rising,
        postgresql_where=is_rising,
    )
    together = ["gone", "phase", "audiences", "interests"]
    op.create_index("ix_people_for", "people", together)
    is_owned = sa.text("owner_id IS NOT NULL")
    op.create_index(
        "ix_contacts_owner_id",
        "contacts",
        ["owner_id"],
        sqlite_where=is_owned,
        postgresql_where=is_owned,
    )
    op.create_table(
        "mailings",
        sa.Column("content", Words, primary_key=True),
        sa.Column("week", sa.Date, primary_key=True),
        sa.Column("audience", Words, primary_key=True),
        sa.Column("name", Words, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.Column("hours", Json, nullable=False),
    )
    # as if the mappings had changed: a worker then decides about everybody
    op.execute("DELETE FROM marks WHERE name = 'mappings.version'")


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("mailings")
    op.drop_index("ix_contacts_owner_id", "contacts")
    op.drop_index("ix_people_for", "people")
    op.drop_index("ix_people_rising", "people")
    op.drop_column("people", "trend")
    op.drop_column("people", "interests")
