"""Read the mappings folder: all of it or nothing, with every mistake named at once."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from marshmallow import Schema, ValidationError

from plugin.errors import Misconfigured
from plugin.mappings import (
    checks_ats,
    checks_audiences,
    checks_consent,
    checks_mautic,
    checks_policy,
    checks_projects,
)
from plugin.mappings.alerts import Alerts
from plugin.mappings.lint import Lint
from plugin.mappings.model import Mappings
from plugin.mappings.origin import Origin
from plugin.mappings.problems import Problem, Source, flat
from plugin.mappings.projects import Projects
from plugin.mappings.schemas import (
    ContentFile,
    FieldsFile,
    PhasesFile,
    ScoringFile,
)
from plugin.mappings.schemas_alerts import AlertsFile
from plugin.mappings.schemas_ats import AtsFile, ats_mapping
from plugin.mappings.schemas_audiences import AudiencesFile
from plugin.mappings.schemas_lint import LintFile
from plugin.mappings.schemas_projects import ProjectsFile
from plugin.mappings.schemas_provisioned import CampaignsFile, SegmentsFile

#: The files there must be; ats/*.toml may be there besides.
FILES: Mapping[str, type[Schema]] = {
    "scoring.toml": ScoringFile,
    "content.toml": ContentFile,
    "phases.toml": PhasesFile,
    "fields.toml": FieldsFile,
    "segments.toml": SegmentsFile,
    "campaigns.toml": CampaignsFile,
}

#: Files that may be left out.
OPTIONAL: Mapping[str, type[Schema]] = {
    "alerts.toml": AlertsFile,
    "projects.toml": ProjectsFile,
    "lint.toml": LintFile,
    "audiences.toml": AudiencesFile,
}

CHECKS = (
    *checks_policy.CHECKS,
    *checks_mautic.CHECKS,
    *checks_ats.CHECKS,
    *checks_projects.CHECKS,
    *checks_consent.CHECKS,
    *checks_audiences.CHECKS,
)

_TOML_PLACE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)


def load(directory: Path, *, language: str = "nl") -> Mappings:
    """Read and check a mappings folder.

    `language` is that of what is written into Mautic. Raises Misconfigured with
    every problem as `file:line:column: path: message`, files named relative to the
    folder; a missing file is a problem like any other.
    """
    sources: list[Source] = []
    lines: list[str] = []
    optional = [name for name in OPTIONAL if (directory / name).exists()]
    for name in [*FILES, *optional, *_ats_names(directory)]:
        read = _read(directory, name)
        if isinstance(read, str):
            lines.append(read)
        else:
            sources.append(read)
    values, problems = _validated(sources)
    raws = {one.name: one.raw for one in sources}
    problems += [found for check in CHECKS for found in check(raws)]
    for source in sources:
        own = [one for one in problems if one.file == source.name]
        lines += source.lines(list(dict.fromkeys(own)))
    if lines:
        _refuse(directory, tuple(lines))
    found = _mappings(values, _version(sources), language)
    return replace(found, origin=_origin(directory, sources))


def _ats_names(directory: Path) -> list[str]:
    return [f"ats/{one.name}" for one in sorted((directory / "ats").glob("*.toml"))]


def _read(directory: Path, name: str) -> Source | str:
    """Read one file, or say in a line why that cannot be done."""
    try:
        text = (directory / name).read_bytes().decode()
    except FileNotFoundError:
        return f"{name}: there is no such file; write it with: stdc init"
    except OSError as error:
        return f"{name}: cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        return f"{name}: holds no UTF-8 text: byte {error.start} is wrong"
    try:
        return Source(name=name, text=text, raw=tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return _syntax(name, text, str(error))


def _syntax(name: str, text: str, message: str) -> str:
    """Word a syntax error; tomllib names no line for the end of the file."""
    found = _TOML_PLACE.fullmatch(message)
    if found is not None:
        what, line, column = found.groups()
        return f"{name}:{line}:{column}: no valid TOML: {what}"
    last = text.splitlines()[-1:] or [""]
    line, column = max(1, len(text.splitlines())), len(last[0]) + 1
    return f"{name}:{line}:{column}: no valid TOML: {message}"


def _validated(sources: list[Source]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for source in sources:
        schema = {**FILES, **OPTIONAL}.get(source.name, AtsFile)()
        try:
            values[source.name] = schema.load(source.raw)
        except ValidationError as error:
            problems += _problems(source.name, error)
    return values, problems


def _problems(name: str, error: ValidationError) -> Iterator[Problem]:
    for path, message in flat(error.messages):
        yield Problem(file=name, path=path, message=message)


def _version(sources: list[Source]) -> str:
    """Hash what the files say, comments included: the same text, the same version."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.name}\0{source.text}\0".encode())
    return digest.hexdigest()[:12]


def _origin(directory: Path, sources: list[Source]) -> Origin:
    """Keep the texts, and look who wrote a file last."""
    texts = {one.name: one.text for one in sources}
    try:
        last = max((directory / one for one in texts), key=_written_at)
        edited_at = datetime.fromtimestamp(_written_at(last), UTC)
    except OSError:  # gone since it was read
        return Origin(texts=texts)
    return Origin(texts=texts, edited_at=edited_at, edited_by=_owner(last))


def _written_at(path: Path) -> float:
    return path.stat().st_mtime


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (OSError, KeyError):
        return ""  # a user of another machine, as in a container


def _refuse(directory: Path, lines: tuple[str, ...]) -> NoReturn:
    count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    raise Misconfigured(f"{directory}: {count}", lines)


def _mappings(values: Mapping[str, Any], version: str, language: str) -> Mappings:
    connections = {
        name.removeprefix("ats/").removesuffix(".toml"): value
        for name, value in values.items()
        if name.startswith("ats/")
    }
    return Mappings(
        version=version,
        scoring=values["scoring.toml"],
        content=values["content.toml"],
        phases=values["phases.toml"],
        fields=values["fields.toml"],
        segments=values["segments.toml"],
        campaigns=values["campaigns.toml"],
        projects=values.get("projects.toml", Projects()),
        alerts=values.get("alerts.toml", Alerts()),
        lint=values.get("lint.toml", Lint()),
        audiences=values.get("audiences.toml", {}),
        ats={name: ats_mapping(name, value) for name, value in connections.items()},
        language=language,
    )
