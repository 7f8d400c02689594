"""Checks over projects.toml."""

from plugin.mappings.checks import Files, Found, tables, text, topics, twice, unknown
from plugin.mappings.problems import Problem

PROJECTS = "projects.toml"


def projects(files: Files) -> Found:
    """Check the project calendar, if there is one."""
    rows = tables(files.get(PROJECTS, {}), "projects")
    known = topics(files)
    yield from twice(PROJECTS, rows, "id")
    for path, row in rows:
        topic = text(row.get("topic"))
        if topic:
            what = "topic of content.toml"
            yield from unknown(PROJECTS, (*path, "topic"), topic, known, what)
        if not row.get("urls") and not row.get("names"):
            message = "nobody can be seen looking at it; expected urls or names"
            yield Problem(file=PROJECTS, path=path, message=message)


CHECKS = (projects,)
