"""Drafts of the mappings: whole copies beside those in use, to change and to try.

They stand in `drafts/<name>/` within the mappings folder, where nobody takes them for
the policy: only `*.toml` and `ats/*.toml` of the folder itself are read.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugin.errors import Misconfigured
from plugin.mappings import loader
from plugin.mappings.model import Mappings

FOLDER = "drafts"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
#: What a mappings folder is made of.
_PATTERNS = ("*.toml", "ats/*.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft as it stands in its folder now."""

    name: str
    folder: Path
    #: None while something is wrong with it.
    mappings: Mappings | None
    #: Every mistake, as `stdc check` words it.
    problems: Sequence[str] = ()


def drafts(mappings: Path, *, language: str) -> list[Draft]:
    """Read every draft of a mappings folder, by name; broken ones too."""
    folders = sorted((mappings / FOLDER).glob("*/"))
    return [
        _read(one, language) for one in folders if _NAME.fullmatch(one.name) is not None
    ]


def find(mappings: Path, name: str, *, language: str) -> Draft:
    """Read one draft. Raises Misconfigured where there is none of that name."""
    folder = _folder(mappings, name)
    if not folder.is_dir():
        known = ", ".join(one.name for one in drafts(mappings, language=language))
        raise Misconfigured(
            f"there is no draft {name!r}",
            (
                f"there are: {known}"
                if known
                else f"make it: stdc mappings draft {name}",
            ),
        )
    return _read(folder, language)


def begin(mappings: Path, name: str) -> Path:
    """Copy the mappings in use into a new draft; return its folder.

    Raises Misconfigured when there is one already: somebody works at it.
    """
    folder = _folder(mappings, name)
    if folder.exists():
        raise Misconfigured(
            f"there is a draft {name!r} already", (f"it is in {folder}",)
        )
    being_made = folder.with_name(f".{name}")
    shutil.rmtree(being_made, ignore_errors=True)
    for path in _files(mappings):
        copy = being_made / path.relative_to(mappings)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    if (schemas := mappings / "schemas").is_dir():  # editors look for them there
        shutil.copytree(schemas, being_made / "schemas")
    being_made.rename(folder)
    return folder


def publish(mappings: Path, draft: Draft) -> tuple[str, ...]:
    """Put a draft's files in the place of those in use; return which changed.

    Each file is replaced as a whole. The draft stays. Raises Misconfigured while
    something is wrong with it: what is in use stays in use.
    """
    if draft.mappings is None:
        raise Misconfigured(
            f"the draft {draft.name!r} has mistakes", tuple(draft.problems)
        )
    new = {one.relative_to(draft.folder): one for one in _files(draft.folder)}
    old = {one.relative_to(mappings): one for one in _files(mappings)}
    changed = [
        name
        for name in sorted({*new, *old})
        if name not in new
        or name not in old
        or new[name].read_bytes() != old[name].read_bytes()
    ]
    for name in changed:
        if name in new:
            _replace(mappings / name, new[name].read_bytes())
        else:
            old[name].unlink()
    return tuple(map(str, changed))


def _read(folder: Path, language: str) -> Draft:
    try:
        found = loader.load(folder, language=language)
    except Misconfigured as error:
        # The folder's own name says enough; a machine's path is nobody's business.
        problems = error.problems or (str(error),)
        return Draft(name=folder.name, folder=folder, mappings=None, problems=problems)
    return Draft(name=folder.name, folder=folder, mappings=found)


def _folder(mappings: Path, name: str) -> Path:
    if _NAME.fullmatch(name) is None:
        raise Misconfigured(
            f"{name!r} is no name for a draft",
            ("use small letters, digits and hyphens, 41 at the most",),
        )
    return mappings / FOLDER / name


def _files(folder: Path) -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from folder.glob(pattern)


def _replace(path: Path, text: bytes) -> None:
    """Write a file so that a reader finds the old one or the new one."""
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
