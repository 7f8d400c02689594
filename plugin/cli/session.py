"""What a command works with: the installation, read when it is first asked for."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugin import config, logs
from plugin.config import Settings

if TYPE_CHECKING:
    from plugin.pipeline.parts import Parts


class Session:
    """One run of `stdc`."""

    def __init__(self, config_path: Path, environ: Mapping[str, str]) -> None:
        """Remember where the installation is; nothing is read yet."""
        self.config_path = config_path
        self.environ = environ

    @cached_property
    def settings(self) -> Settings:
        """The installation's settings; reading them also sets up the log."""
        settings = config.load(self.config_path, self.environ)
        logs.configure(settings)
        return settings

    @cached_property
    def parts(self) -> "Parts":
        """The installation, wired."""
        from plugin import bootstrap  # noqa: PLC0415 -- `stdc --help` need not wait

        return bootstrap.build(self.settings)

    def wake(self) -> None:
        """Ask the worker for a pass over inbox and outbox, now and not in a minute."""
        from plugin.pipeline.jobs import Jobs, open_huey  # noqa: PLC0415 -- the same

        settings = self.settings
        Jobs(self.parts, open_huey(settings.jobs, settings.data_dir)).process()

    def close(self) -> None:
        """Let go of the store."""
        if "parts" in self.__dict__:
            self.parts.store.close()


pass_session = click.make_pass_decorator(Session)
