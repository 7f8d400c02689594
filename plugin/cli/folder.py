"""A working folder: config.toml, secrets and mappings, written once."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: The checkout this runs from; it has the example and the packaged mappings.
CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLE = CHECKOUT / "config.example.toml"
MAPPINGS = CHECKOUT / "mappings"
#: Files with random secrets, which config.example.toml points at.
SECRETS = ("webhook_secret", "admin_token")
#: The packaged folder with what editors know the files by.
SCHEMAS = "schemas"
#: Folders for our own eyes, which do not belong in a repository either.
PRIVATE = ("secrets", "data")

_IGNORE_ALL = "*\n"


@dataclass(frozen=True, slots=True)
class Written:
    """One file of the folder, and whether it was there already."""

    path: Path
    kept: bool


def write_folder(folder: Path) -> Iterator[Written]:
    """Write what is not there yet; yield every file.

    Nothing is overwritten but the schemas for editors.
    """
    yield _write(folder / "config.toml", _config())
    for name in SECRETS:
        secret = secrets.token_urlsafe(32)
        yield _write(folder / "secrets" / name, f"{secret}\n")
    for private in PRIVATE:
        yield _write(folder / private / ".gitignore", _IGNORE_ALL)
    for source in sorted(MAPPINGS.rglob("*")):
        if source.is_file():
            target = folder / "mappings" / source.relative_to(MAPPINGS)
            text = source.read_text(encoding="utf-8")
            if source.parent.name == SCHEMAS:
                yield _renew(target, text)
            else:
                yield _write(target, text)


def _config() -> str:
    """Take the example with a name of its own: markers in the ATS carry it."""
    example = EXAMPLE.read_text(encoding="utf-8")
    name = f"stdc-{secrets.token_hex(3)}"
    return example.replace('\nname = "example"\n', f'\nname = "{name}"\n')


def _renew(path: Path, text: str) -> Written:
    """Write a schema for editors: made by us, edited by nobody, so never old."""
    if path.exists() and path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        return Written(path, kept=False)
    return _write(path, text)


def _write(path: Path, text: str) -> Written:
    is_private = path.parent.name in PRIVATE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if is_private else 0o777)
    mode = 0o600 if is_private else 0o666
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return Written(path, kept=True)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    return Written(path, kept=False)
