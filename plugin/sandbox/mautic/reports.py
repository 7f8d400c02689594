"""Reports: listed by every version, made over the API only by newer ones.

Not recorded: paths and columns are those of ReportBundle's API controller and entity.
"""

from plugin.sandbox.mautic.crud import Resource, by_name

REPORTS = Resource(
    path="reports",
    one="report",
    many="reports",
    table="reports",
    columns={
        "name": None,
        "description": None,
        "system": False,
        "source": None,
        "columns": [],
        "filters": [],
        "tableOrder": [],
        "graphs": [],
        "groupBy": [],
        "aggregators": [],
        "isScheduled": False,
    },
    required={"name": "A name is required.", "source": "A source is required."},
    order=by_name,
)
