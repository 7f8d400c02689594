"""What the look-alike remembers: models, records, and what a write brings about."""

import html
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from plugin.sandbox.odoo.domain import fits

Record = dict[str, Any]
Clock = Callable[[], datetime]

#: Field -> what an unset one reads as; many2one are ids here and pairs in answers.
PERSON = {
    "partner_name": False, "email_from": False, "email_normalized": False,
    "partner_phone": False, "linkedin_profile": False, "categ_ids": [],
    "active": True, "user_id": False, "x_mautic_id": False,
}  # fmt: skip
APPLICATION = {
    "job_id": False, "stage_id": False, "date_closed": False,
    "refuse_reason_id": False, "applicant_notes": False, "source_id": False,
    "application_status": "ongoing",
}  # fmt: skip
POOL = {"talent_pool_ids": [], "pool_applicant_id": False, "is_pool_applicant": False}
MODELS: Mapping[int, Mapping[str, Mapping[str, Any]]] = {
    19: {
        "hr.applicant": {**PERSON, **APPLICATION, **POOL},
        "hr.talent.pool": {"name": False},
    },
    18: {
        "hr.candidate": dict(PERSON),
        "hr.applicant": {**PERSON, **APPLICATION, "candidate_id": False},
    },
}
SHARED: Mapping[str, Mapping[str, Any]] = {
    "hr.job": {"name": False},
    "hr.recruitment.stage": {
        "name": False, "sequence": 0, "hired_stage": False, "template_id": False,
    },
    "hr.applicant.category": {"name": False},
    "hr.applicant.refuse.reason": {"name": False},
    "mail.message": {"model": False, "res_id": 0, "body": False, "message_type": False},
    "res.users": {"name": False},
}  # fmt: skip
#: Many2one field -> its model, for the pair that a read gives.
RELATIONS = {
    "job_id": "hr.job", "stage_id": "hr.recruitment.stage", "user_id": "res.users",
    "candidate_id": "hr.candidate", "pool_applicant_id": "hr.applicant",
    "refuse_reason_id": "hr.applicant.refuse.reason",
}  # fmt: skip
STAGES = (
    "New", "Qualification", "First Interview", "Second Interview",
    "Contract Proposal", "Contract Signed",
)  # fmt: skip
HIRED = len(STAGES)
#: Fields of the person that an application of 18 only shows.
RELATED = ("partner_name", "email_from", "email_normalized", "partner_phone")


class OdooError(Exception):
    """What Odoo answers instead of a result."""

    def __init__(self, name: str, message: str, status: int) -> None:
        """Take Odoo's name of it, its words, and the status that 19 gives it."""
        super().__init__(message)
        self.name = name
        self.status = status


def wall_clock() -> datetime:
    """Read the time of the machine; the demo hands in its own clock."""
    return datetime.fromtimestamp(time.time(), tz=UTC)


@dataclass
class State:
    """The database of one Odoo; readers and writers hold `lock`."""

    version: int
    clock: Clock
    lock: threading.RLock = field(default_factory=threading.RLock)
    tables: dict[str, dict[int, Record]] = field(default_factory=dict)
    #: Mails that a stage's template would have sent: nobody wants any.
    mails: list[str] = field(default_factory=list)
    _last: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Install the demo data that the recordings had."""
        self.tables = {model: {} for model in (*MODELS[self.version], *SHARED)}
        self.add("res.users", {"name": "Mautic Sync"})
        for place, name in enumerate(STAGES):
            self.add(
                "hr.recruitment.stage",
                {
                    "name": name,
                    "sequence": place,
                    "hired_stage": place + 1 == HIRED,
                    "template_id": 15 if place == 0 else False,
                },
            )
        for name in ("Security Engineer", "Consultant", "Data Engineer"):
            self.add("hr.job", {"name": name})
        self.add("hr.applicant.refuse.reason", {"name": "Does not fit now"})
        if self.version >= 19:  # noqa: PLR2004 -- the generation with pools
            self.add("hr.talent.pool", {"name": "Recruitment marketing"})

    def defaults(self, model: str) -> Mapping[str, Any]:
        """Give a model's fields; an unknown model is an error."""
        known = {**MODELS[self.version], **SHARED}
        if model not in known:
            self._unknown_model(model)
        return known[model]

    def _unknown_model(self, model: str) -> None:
        if self.version >= 19:  # noqa: PLR2004
            message = f"the model {model!r} does not exist"
            raise OdooError("werkzeug.exceptions.NotFound", message, 404)
        raise OdooError(
            "odoo.exceptions.UserError", f"Object {model} doesn't exist", 200
        )

    def now(self) -> str:
        """Write the time as Odoo stores it: UTC, whole seconds, no zone."""
        return f"{self.clock().astimezone(UTC):%Y-%m-%d %H:%M:%S}"

    def add(self, model: str, values: Mapping[str, Any]) -> int:
        """Make a record; unknown fields are refused and nothing is made."""
        self._check(model, values)
        number = self._last.get(model, 0) + 1
        record = {"id": number, **self._copied(model), "write_date": self.now()}
        record["write_uid"] = 1
        self._set(record, values)
        self._on_create(model, record, values)
        self._last[model] = number
        self.tables[model][number] = record
        return number

    def write(self, model: str, ids: list[int], values: Mapping[str, Any]) -> bool:
        """Change records; with one deleted id nothing is written at all."""
        self._check(model, values)
        for number in ids:
            self.record(model, number)
        for number in ids:
            record = self.tables[model][number]
            self._set(record, values)
            self._on_write(record, values)
            record["write_date"] = self.now()
        return True

    def record(self, model: str, number: int) -> Record:
        """Find a record or fail as Odoo does."""
        self.defaults(model)
        if number not in self.tables[model]:
            message = (
                "Record does not exist or has been deleted.\n"
                f"(Record: {model}({number},), User: 1)"
            )
            raise OdooError("odoo.exceptions.MissingError", message, 404)
        return self.tables[model][number]

    def search(self, model: str, domain: list[Any], *, all_too: bool) -> list[Record]:
        """Find records by a domain; archived ones only when asked for."""
        self.defaults(model)
        rows = [self._shown(model, one) for one in self.tables[model].values()]
        if "active" in self.defaults(model) and not all_too:
            rows = [row for row in rows if row["active"]]
        try:
            return [row for row in rows if fits(row, domain)]
        except KeyError as error:
            self._unknown_field(model, str(error.args[0]))
            raise

    def _shown(self, model: str, record: Record) -> Record:
        """Add what an application of 18 only shows of its candidate."""
        person = self.tables.get("hr.candidate", {}).get(record.get("candidate_id", 0))
        if model != "hr.applicant" or person is None:
            return record
        return {**record, **{name: person[name] for name in RELATED}}

    def _copied(self, model: str) -> Record:
        defaults = self.defaults(model)
        return {k: list(v) if isinstance(v, list) else v for k, v in defaults.items()}

    def _check(self, model: str, values: Mapping[str, Any]) -> None:
        for name in values:
            if name not in self.defaults(model):
                self._unknown_field(model, name)

    def _unknown_field(self, model: str, name: str) -> None:
        where = "in" if self.version >= 19 else "on model"  # noqa: PLR2004
        message = f"Invalid field {name!r} {where} {model!r}"
        raise OdooError("builtins.ValueError", message, 500)

    def _set(self, record: Record, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            many = isinstance(record.get(name), list)
            record[name] = _linked(record[name], value) if many else value
        if values.get("email_from"):
            record["email_normalized"] = _normalized(str(values["email_from"]))

    def _on_create(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        if model == "hr.applicant.category":
            self._unique_name(record["name"])
        if model != "hr.applicant":
            return
        if self.version < 19 and not record["candidate_id"]:  # noqa: PLR2004
            message = "The operation cannot be completed: mandatory field candidate_id"
            raise OdooError("odoo.exceptions.ValidationError", message, 422)
        if "stage_id" in values:
            self._mail(record)
        if record.get("talent_pool_ids") and not record["job_id"]:
            record["is_pool_applicant"] = True
            record["pool_applicant_id"] = record["id"]
        elif not record["stage_id"]:
            record["stage_id"] = 1

    def _unique_name(self, name: str) -> None:
        """Refuse a tag of the same name; another case is another tag."""
        rows = self.tables["hr.applicant.category"].values()
        if any(row["name"] == name for row in rows):
            message = "The operation cannot be completed: Tag name already exists!"
            raise OdooError("odoo.exceptions.ValidationError", message, 422)

    def _on_write(self, record: Record, values: Mapping[str, Any]) -> None:
        if "stage_id" in values:
            is_hired = values["stage_id"] == HIRED
            record["date_closed"] = self.now() if is_hired else False
            record["application_status"] = "hired" if is_hired else "ongoing"
            self._mail(record)
        if "active" in values:
            refused = bool(record.get("refuse_reason_id"))
            archived = "refused" if refused else "archived"
            record["application_status"] = "ongoing" if values["active"] else archived

    def _mail(self, record: Record) -> None:
        stage = self.tables["hr.recruitment.stage"][record["stage_id"]]
        if stage["template_id"]:
            self.mails.append(f"stage {stage['name']} to {record['id']}")

    def post(self, model: str, number: int, body: str, *, is_html: bool) -> int:
        """Keep a message; without `body_is_html` its text is escaped."""
        self.record(model, number)
        text = _safe(body) if is_html else f"<p>{html.escape(body)}</p>"
        message = {"model": model, "res_id": number, "body": text}
        return self.add("mail.message", {**message, "message_type": "comment"})


def _linked(have: list[int], commands: Any) -> list[int]:
    """Apply many2many commands: 4 adds, 3 removes, 6 replaces."""
    links = list(have)
    for command in commands:
        match command:
            case [4, number, *_]:
                links += [] if number in links else [number]
            case [3, number, *_]:
                links = [one for one in links if one != number]
            case [6, _, numbers]:
                links = list(numbers)
            case number:  # a plain list of ids replaces everything
                links = [one for one in commands if isinstance(one, int)]
                del number
                break
    return links


def _normalized(address: str) -> str | bool:
    found = re.search(r"[^\s<>,;]+@[^\s<>,;]+", address)
    return found[0].lower() if found else False


def _safe(body: str) -> str:
    """Take scripts and handlers out, as Odoo's sanitiser does."""
    text = re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL | re.IGNORECASE)
    return re.sub(r"\son\w+=\"[^\"]*\"", "", text)
