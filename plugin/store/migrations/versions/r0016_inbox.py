"""Numbers of deliveries and writes that are never given twice.

SQLite gives the number of a deleted row to the next one when it was the highest. A
worker that still held it then finished a delivery that nobody had read, or a write
that nobody had sent.
"""

from alembic import op

from plugin.store.engine import overwrite_deleted

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: Rows that workers hold by number while others may delete them.
HELD = ("deliveries", "outbox")


def upgrade() -> None:
    """Go to this revision."""
    _remake(sqlite_autoincrement=True)


def downgrade() -> None:
    """Go back to the revision before."""
    _remake()


def _remake(**how: bool) -> None:
    """Copy the tables into new ones; PostgreSQL's sequences never go back."""
    if op.get_bind().dialect.name != "sqlite":
        return
    # what is erased later must not live on in pages that the old table leaves
    overwrite_deleted(op.get_bind())
    for name in HELD:
        with op.batch_alter_table(name, recreate="always", table_kwargs=how):
            pass
