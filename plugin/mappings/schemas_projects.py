"""What projects.toml may say."""

from datetime import date
from typing import Any

from marshmallow import post_load

from plugin.config.fields import Number, Text
from plugin.mappings.kinds import Sequence, Tables
from plugin.mappings.projects import Project, Projects
from plugin.mappings.schemas import Table, globs, slug


class ProjectTable(Table):
    """`[[projects]]` in projects.toml."""

    model = Project
    id = slug("a name", required=True)
    name = Text("a name", required=True)
    topic = Text("a topic", required=True)
    start = Text('a month, as in "2027-03"', r"20\d\d-(0[1-9]|1[0-2])", required=True)
    place = Text("a place")
    hours = Number(1, 60, whole=False)
    urls = globs()
    names = globs()

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> Project:
        """Make the frozen value."""
        start = date.fromisoformat(data.pop("start") + "-01")
        return Project(**data, start=start)


class ProjectsFile(Table):
    """projects.toml."""

    model = Projects
    answer_field = Text("a field's alias", r"[a-z][a-z0-9_]*")
    answer_form_fields = Sequence(Text("a form field's name"), load_default=())
    sign_days = Number(1, 3650, whole=False)
    probable_looks = Number(1, 100)
    probable_share = Number(0, 1, whole=False)
    projects = Tables(ProjectTable(), "projects", load_default=())
