"""`stdc db`: the store's tables."""

import click

from plugin import store
from plugin.cli.session import Session, pass_session


@click.group()
def db() -> None:
    """Look after the store's tables."""


@db.command("upgrade")
@pass_session
def upgrade(session: Session) -> None:
    """Bring the store's tables to what this version needs.

    Do it after each update of the code, before `stdc run`. Doing it twice does no
    harm; a new installation gets its tables by itself.
    """
    settings = session.settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before, head = store.revision(settings.database_url)
    if before == head:
        click.echo(f"The store is up to date: {head}.")
        return
    store.upgrade(settings.database_url)
    click.echo(f"The store went from {before or 'empty'} to {head}.")
