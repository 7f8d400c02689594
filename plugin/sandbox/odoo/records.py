"""Making, writing and deleting records, with what Odoo does besides."""

import html
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from plugin.sandbox.odoo import hooks
from plugin.sandbox.odoo.model import (
    APPLICANT,
    CANDIDATE,
    JOB,
    MESSAGE,
    PARTNER,
    READ_ONLY,
    RELATED,
    RELATIONS,
    STAGE,
    TAG,
    USER,
    Record,
    missing_error,
    validation_error,
    value_error,
)
from plugin.sandbox.odoo.reading import BLANK
from plugin.sandbox.odoo.state import State, Transaction

_ADDRESS = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_SCRIPT = re.compile(r"<script\b.*?</script>", re.IGNORECASE | re.DOTALL)
_DELETING = (
    "The operation cannot be completed: another model requires the record being "
    "deleted. If possible, archive it instead."
)
_MAY_BE_GONE = frozenset({"user_id", "candidate_id"})


class Records:
    """Changes to the records of one transaction, by one user."""

    def __init__(self, state: State, transaction: Transaction, user: int) -> None:
        """Take where to write, and who does."""
        self._state = state
        self._transaction = transaction
        self._user = user
        self._now = state.naive_now()

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        """Make one record and all that comes with it."""
        values = self._untwinned(model, values)
        number = self._state.next_id(model)
        record = {
            name: [] if kind == "many2many" else BLANK.get(kind, False)
            for name, kind in self._state.fields[model].items()
        }
        record |= {"id": number, "active": True, "color": 1}
        record |= {"create_date": self._now, "create_uid": self._user}
        self._transaction.tables[model][number] = record
        self._check_new(model, values)
        self._defaults(model, record, values)
        self._write(model, record, values)
        if model in (APPLICANT, CANDIDATE):
            self._made(model, record, values)
        return number

    def write(self, model: str, numbers: list[int], values: Mapping[str, Any]) -> None:
        """Write the same values into some records; one that is gone stops all."""
        for number in numbers:
            record = self.existing(model, number)
            before = dict(record)
            self._write(model, record, values)
            hooks.written(self._state, self._transaction, model, before, record)
            self._check_users(record)

    def unlink(self, model: str, numbers: list[int]) -> None:
        """Delete records; the partner stays behind."""
        tables = self._transaction.tables
        for number in numbers:
            record = self.existing(model, number)
            is_needed = model == CANDIDATE and any(
                row["candidate_id"] == number for row in tables[APPLICANT].values()
            )
            if is_needed:
                raise validation_error(_DELETING)
            hooks.deleted(self._state, self._transaction, model, record)
            del tables[model][number]

    def existing(self, model: str, number: Any) -> Record:
        """Find a record, or fail."""
        record = self._transaction.get(model, number)
        if record is None:
            raise missing_error(model, number, self._user)
        return record

    def post(
        self, model: str, number: int, body: str, kind: str, subject: str = ""
    ) -> int:
        """Leave a message on a record; does not touch its write_date."""
        values = {"model": model, "res_id": number, "message_type": kind}
        return self.create(MESSAGE, values | {"body": body, "subject": subject})

    def _write(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        fields = self._state.fields[model]
        for name, value in values.items():
            if name not in fields:
                where = "on model" if self._state.version == 18 else "in"  # noqa: PLR2004 -- a version
                raise value_error(f"Invalid field {name!r} {where} {model!r}")
            if name in READ_ONLY:
                continue
            if name in RELATED and "candidate_id" in fields:
                candidate = self.existing(CANDIDATE, record["candidate_id"])
                self._write(CANDIDATE, candidate, {name: value})
                continue
            before = record.get(name)
            record[name] = self._converted(record, name, fields[name], value)
            if name == "stage_id" and before != record[name]:
                self._moved(record, before)
        if "email_from" in values and "email_from" in record:
            self._addressed(record)
        record |= {"write_date": self._now, "write_uid": self._user}

    def _converted(  # noqa: PLR0911 -- one for each type
        self, record: Record, name: str, kind: str, value: Any
    ) -> Any:
        if kind == "many2many":
            return self._linked(record, name, value)
        if value in (None, False, ""):
            return False
        if kind == "many2one":
            return self._referred(name, value)
        if kind in ("char", "html", "selection") and "\0" in str(value):
            raise value_error("A string literal cannot contain NUL (0x00) characters.")
        if kind in ("float", "integer"):
            return float(value) if kind == "float" else int(value)
        if kind == "boolean":
            return bool(value)  # the text "false" is true
        if kind == "date":
            return _day(str(value))
        return _SCRIPT.sub("", str(value)) if kind == "html" else str(value)

    def _referred(self, name: str, value: Any) -> int:
        number = int(value)
        if name not in _MAY_BE_GONE:
            self.existing(RELATIONS[name], number)
        return number

    def _check_users(self, record: Record) -> None:
        """Check what the database itself checks, at the end of a call."""
        user = record.get("user_id")
        if user and user not in self._transaction.tables[USER]:
            raise validation_error(_DELETING)

    def _linked(self, record: Record, name: str, value: Any) -> list[int]:
        """Do the commands [4, id], [3, id], [6, 0, ids], [5] and [0, 0, {}]."""
        linked = list(record.get(name) or [])
        if value and all(isinstance(one, int) for one in value):
            value = [[6, 0, value]]
        for command in value:
            match command:
                case [4, number, *_]:
                    linked = [*(one for one in linked if one != number), number]
                case [3, number, *_]:
                    linked = [one for one in linked if one != number]
                case [6, _, numbers]:
                    linked = list(numbers)
                case [5, *_]:
                    linked = []
                case [0, _, inner]:
                    linked.append(self.create(RELATIONS[name], inner))
        if any(one not in self._transaction.tables[RELATIONS[name]] for one in linked):
            raise validation_error(_DELETING)
        if name == "talent_pool_ids" and record.get("pool_applicant_id") and not linked:
            raise validation_error("Talent must belong to at least one Talent Pool.")
        return linked

    def _check_new(self, model: str, values: Mapping[str, Any]) -> None:
        rows = self._transaction.tables[model].values()
        if model == TAG and sum(row["name"] == values.get("name") for row in rows):
            raise validation_error(
                "The operation cannot be completed: Tag name already exists!"
            )
        if model == APPLICANT and CANDIDATE in self._transaction.tables:
            if not values.get("candidate_id"):
                raise validation_error(
                    "The operation cannot be completed:\n- Create/update: a mandatory "
                    "field is not set.\n\nField: Candidate (candidate_id)\n"
                )
            if values["candidate_id"] not in self._transaction.tables[CANDIDATE]:
                raise validation_error(_DELETING)

    def _defaults(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        """Give what nobody asked for: stage and recruiter come from the job."""
        job = self._transaction.get(JOB, values.get("job_id"))
        if model == APPLICANT and job is not None:
            first = min(
                self._transaction.tables[STAGE].values(),
                key=lambda one: one["sequence"],
            )
            record |= {"stage_id": first["id"], "user_id": job["user_id"]}
        if model == APPLICANT:
            record |= {"kanban_state": "normal", "date_last_stage_update": self._now}
            candidates = self._transaction.tables.get(CANDIDATE, {})
            if candidate := candidates.get(values.get("candidate_id", 0)):
                record["categ_ids"] = list(candidate["categ_ids"])
        if model == CANDIDATE:
            record["user_id"] = self._user

    def _untwinned(self, model: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give a source whose name is taken another one: "Name [2]"."""
        names = {row.get("name") for row in self._transaction.tables[model].values()}
        if model.startswith("utm.") and values.get("name") in names:
            return {**values, "name": f"{values['name']} [2]"}
        return values

    def _made(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        if record.get("talent_pool_ids") and not record.get("job_id"):
            record |= {"pool_applicant_id": record["id"], "stage_id": False}
        what = "Applicant" if model == APPLICANT else "Candidate"
        self.post(model, record["id"], f"<p>{what} created</p>", "notification")
        if values.get("stage_id"):
            self._mail(record)
        hooks.written(self._state, self._transaction, model, {}, record)
        self._check_users(record)

    def _moved(self, record: Record, before: Any) -> None:
        """Follow a change of stage: date_closed, and a mail if it has a template."""
        stage = self._transaction.get(STAGE, record["stage_id"]) or {}
        record |= {
            "last_stage_id": before or False,
            "date_last_stage_update": self._now,
            "date_closed": self._now if stage.get("hired_stage") else False,
        }
        if before:
            self._mail(record)

    def _mail(self, record: Record) -> None:
        stage = self._transaction.get(STAGE, record["stage_id"]) or {}
        if stage.get("template_id"):
            self._state.mails.append(f"Your Job Application ({record['id']})")

    def _addressed(self, record: Record) -> None:
        """Normalise the address and find the partner who has it, or make one.

        19 gives the partner the name of whoever came last; 18 names it after the
        address.
        """
        found = _ADDRESS.search(str(record["email_from"] or ""))
        address = found[0].lower() if found else False
        record["email_normalized"] = address
        if not address:
            return
        partners = self._transaction.tables[PARTNER]
        is_old = CANDIDATE in self._transaction.tables
        same = [one for one in partners.values() if one["email_normalized"] == address]
        name = address if is_old else record["partner_name"]
        if not same:
            values = {"name": name, "email": record["email_from"]}
            same = [partners[self.create(PARTNER, values)]]
            same[0]["email_normalized"] = address
        elif not is_old:
            same[0]["name"] = name
        record["partner_id"] = same[0]["id"]


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise value_error(
            f"time data {value!r} does not match format '%Y-%m-%d'"
        ) from None


def escaped(text: str) -> str:
    """Write text as Odoo stores a body that is not said to be HTML."""
    return f"<p>{html.escape(text, quote=False)}</p>"
