"""An installation as `stdc init` writes it, filled in; commands run in it."""

import logging
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from plugin.cli import main
from plugin.cli.session import Session

SECRET = "webhook-secret-of-32-characters!"


class Installation:
    """A working folder, and `stdc` in it."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "config.toml"

    def stdc(self, *words, **kwargs):
        """Run a command; click's result has exit_code, stdout and stderr."""
        return CliRunner().invoke(
            main, ["--config", str(self.config), *map(str, words)], **kwargs
        )

    def session(self):
        """Open the installation as commands do."""
        return Session(self.config, {})

    def edit(self, before, after):
        text = self.config.read_text(encoding="utf-8")
        assert before in text
        self.config.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A folder without anything in it."""
    monkeypatch.delenv("STDC_CONFIG", raising=False)
    monkeypatch.delenv("MAUTIC_CLIENT_SECRET", raising=False)
    return Installation(tmp_path / "acme")


@pytest.fixture
def begun(empty):
    """What `stdc init` writes."""
    result = empty.stdc("init", empty.folder)
    assert result.exit_code == 0, result.output
    return empty


@pytest.fixture
def installed(begun):
    """An installation with nothing to mend."""
    (begun.folder / "secrets" / "client_secret").write_text("client-secret")
    (begun.folder / "secrets" / "webhook_secret").write_text(SECRET)
    begun.edit("env:MAUTIC_CLIENT_SECRET", "file:secrets/client_secret")
    begun.edit("https://mautic.example.org", "http://127.0.0.1:9")
    return begun


@pytest.fixture
def parts(installed):
    """The installation's parts, to look at what a command did."""
    session = installed.session()
    yield session.parts
    session.close()


@pytest.fixture(autouse=True)
def _log():
    """Give logging back as it was: commands set it up for their own stderr."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


ROOT = Path(__file__).parents[3]
