"""Since when a contact has its first address, to know who was made anew."""

import sqlalchemy as sa
from alembic import op

from plugin.store.columns import Instant, Words

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("contacts", sa.Column("address", Words))
    op.add_column("contacts", sa.Column("came_as", Words))
    op.add_column("contacts", sa.Column("came_at", Instant))
    op.execute(
        "UPDATE contacts SET address = lower(trim(email)),"
        " came_as = lower(trim(email)), came_at = seen_at WHERE email IS NOT NULL"
    )
    is_gone = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_contacts_gone",
        "contacts",
        ["address"],
        sqlite_where=is_gone,
        postgresql_where=is_gone,
    )
    has_come = sa.text("came_as IS NOT NULL")
    op.create_index(
        "ix_contacts_came_as",
        "contacts",
        ["came_as"],
        sqlite_where=has_come,
        postgresql_where=has_come,
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_index("ix_contacts_came_as", "contacts")
    op.drop_index("ix_contacts_gone", "contacts")
    op.drop_column("contacts", "came_at")
    op.drop_column("contacts", "came_as")
    op.drop_column("contacts", "address")
