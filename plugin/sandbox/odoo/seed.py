"""What a fresh database has: stages, jobs, users and the lists of Odoo's own."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from plugin.sandbox.odoo.model import (
    JOB,
    POOL,
    REASON,
    STAGE,
    TAG,
    USER,
    Record,
    Tables,
)

#: The user we come as, and one who may do nothing in recruitment.
SYNC, NO_RIGHTS, RECRUITER = 7, 10, 5
_STAGES = (
    "New",
    "Qualification",
    "First Interview",
    "Second Interview",
    "Contract Proposal",
    "Contract Signed",
)
#: Stage "New" has a template: writing it mails the candidate.
_TEMPLATE = 15


def seed(fields: Mapping[str, Mapping[str, str]], now: datetime) -> Tables:
    """Make the tables, with their first rows."""
    tables: Tables = {model: {} for model in fields}
    last = len(_STAGES) - 1
    _fill(
        tables,
        STAGE,
        (
            {
                "name": name,
                "sequence": number,
                "hired_stage": number == last,
                "fold": number == last,
                "template_id": _TEMPLATE if number == 0 else False,
            }
            for number, name in enumerate(_STAGES)
        ),
    )
    _fill(tables, JOB, _named("Chief Technical Officer", "Consultant", "Developer"))
    for job in tables[JOB].values():
        job["user_id"] = RECRUITER
    _fill(tables, TAG, _named("Reserve", "Manager", "IT", "Sales"))
    _fill(tables, REASON, _named("Does not fit the job requirements", "Duplicate"))
    _fill(tables, "utm.source", _named("Search engine", "Newsletter", "LinkedIn"))
    _fill(tables, "utm.medium", _named("Website", "Phone", "Direct", "Email"))
    tables["mail.template"][_TEMPLATE] = {
        "id": _TEMPLATE,
        "name": "Recruitment: Application Acknowledgement",
    }
    if POOL in tables:
        _fill(tables, POOL, _named("Security", "Cloud"))
    for number, name, login in (
        (SYNC, "Mautic Sync", "mautic-sync"),
        (RECRUITER, "Marc Demo", "demo"),
        (NO_RIGHTS, "No Rights", "norights"),
    ):
        tables[USER][number] = {"id": number, "name": name, "login": login}
    for rows in tables.values():
        for row in rows.values():
            row |= {"active": True, "create_date": now, "write_date": now}
    return tables


def _fill(tables: Tables, model: str, rows: Iterable[Record]) -> None:
    for number, row in enumerate(rows, start=1):
        tables[model][number] = {"id": number, **row}


def _named(*names: str) -> list[Record]:
    return [{"name": name} for name in names]
