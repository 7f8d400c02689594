"""What the look-alike's records are made of, and what can go wrong with a call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: One record: field -> value; many2one is an id or False, many2many a list of ids.
Record = dict[str, Any]
#: Model -> id -> record.
Tables = dict[str, dict[int, Record]]

APPLICANT, CANDIDATE, TAG = "hr.applicant", "hr.candidate", "hr.applicant.category"
POOL, STAGE, JOB = "hr.talent.pool", "hr.recruitment.stage", "hr.job"
MESSAGE, PARTNER, USER = "mail.message", "res.partner", "res.users"
POOL_WIZARD, JOB_WIZARD = "talent.pool.add.applicants", "job.add.applicants"
REASON = "hr.applicant.refuse.reason"

#: Where a relation leads.
RELATIONS: Mapping[str, str] = {
    "user_id": USER,
    "create_uid": USER,
    "write_uid": USER,
    "categ_ids": TAG,
    "partner_id": PARTNER,
    "job_id": JOB,
    "job_ids": JOB,
    "stage_id": STAGE,
    "last_stage_id": STAGE,
    "refuse_reason_id": REASON,
    "source_id": "utm.source",
    "medium_id": "utm.medium",
    "campaign_id": "utm.campaign",
    "candidate_id": CANDIDATE,
    "pool_applicant_id": APPLICANT,
    "talent_pool_ids": POOL,
    "applicant_ids": APPLICANT,
    "author_id": PARTNER,
    "template_id": "mail.template",
}
_ALWAYS = {
    "id": "integer",
    "display_name": "char",
    "active": "boolean",
    "create_date": "datetime",
    "write_date": "datetime",
    "create_uid": "many2one",
    "write_uid": "many2one",
}
_PERSON = {
    "partner_name": "char",
    "email_from": "char",
    "email_normalized": "char",
    "partner_phone": "char",
    "partner_phone_sanitized": "char",
    "linkedin_profile": "char",
    "partner_id": "many2one",
    "availability": "date",
    "priority": "selection",
    "user_id": "many2one",
    "categ_ids": "many2many",
}
_APPLICATION = {
    "job_id": "many2one",
    "stage_id": "many2one",
    "last_stage_id": "many2one",
    "application_status": "selection",
    "date_closed": "datetime",
    "date_last_stage_update": "datetime",
    "refuse_reason_id": "many2one",
    "refuse_date": "datetime",
    "applicant_notes": "html",
    "salary_expected": "float",
    "kanban_state": "selection",
    "source_id": "many2one",
    "medium_id": "many2one",
    "campaign_id": "many2one",
    "user_id": "many2one",
    "categ_ids": "many2many",
}
_POOLED = {
    "talent_pool_ids": "many2many",
    "pool_applicant_id": "many2one",
    "is_pool_applicant": "boolean",
    "application_count": "integer",
}
_NAMED = {"name": "char"}
_SHARED = {
    TAG: _NAMED | {"color": "integer"},
    STAGE: _NAMED
    | {"sequence": "integer", "fold": "boolean", "hired_stage": "boolean"}
    | {"template_id": "many2one", "job_ids": "many2many"},
    JOB: _NAMED | {"user_id": "many2one", "no_of_recruitment": "integer"},
    "utm.source": _NAMED,
    "utm.medium": _NAMED,
    "utm.campaign": _NAMED | {"title": "char"},
    PARTNER: _NAMED | {"email": "char", "email_normalized": "char"},
    USER: _NAMED | {"login": "char"},
    REASON: _NAMED,
    "mail.template": _NAMED,
    MESSAGE: {
        "model": "char",
        "res_id": "integer",
        "body": "html",
        "message_type": "selection",
        "author_id": "many2one",
        "subject": "char",
    },
}
#: Fields of an application of 18 that are the candidate's.
RELATED = ("partner_name", "email_from", "email_normalized", "partner_phone")
#: Computed: a write is taken and changes nothing.
READ_ONLY = frozenset(
    {
        "application_status",
        "email_normalized",
        "is_pool_applicant",
        "application_count",
        "partner_phone_sanitized",
        "display_name",
    }
)


def schema(version: int) -> dict[str, dict[str, str]]:
    """Tell the fields of each model, name -> type, of one generation."""
    if version == 18:  # noqa: PLR2004 -- a version
        related = dict.fromkeys(RELATED, "char") | {"candidate_id": "many2one"}
        persons = {
            CANDIDATE: _PERSON | {"application_count": "integer"},
            APPLICANT: _APPLICATION | related,
        }
    else:
        wizard = {"applicant_ids": "many2many"}
        persons = {
            APPLICANT: _PERSON | _APPLICATION | _POOLED,
            POOL: _NAMED,
            POOL_WIZARD: wizard | {"talent_pool_ids": "many2many"},
            JOB_WIZARD: wizard | {"job_ids": "many2many"},
        }
    return {model: _ALWAYS | fields for model, fields in (_SHARED | persons).items()}


@dataclass
class OdooError(Exception):
    """A call that fails; `status` is what 19 answers, 18 always says 200."""

    name: str
    message: str
    status: int = 500


def value_error(message: str) -> OdooError:
    """Fail as Python does in there: a 500 that is permanent."""
    return OdooError("builtins.ValueError", message)


def validation_error(message: str) -> OdooError:
    """Fail a rule of the data."""
    return OdooError("odoo.exceptions.ValidationError", message, 422)


def missing_error(model: str, number: int, user: int) -> OdooError:
    """Say that a record is not there, whoever named it."""
    return OdooError(
        "odoo.exceptions.MissingError",
        "Record does not exist or has been deleted.\n"
        f"(Record: {model}({number},), User: {user})",
        404,
    )


def access_error(what: str) -> OdooError:
    """Say that a user may not."""
    return OdooError(
        "odoo.exceptions.AccessError",
        f"You are not allowed to access {what} records.\n\nContact your "
        "administrator to request access if necessary.",
        403,
    )
