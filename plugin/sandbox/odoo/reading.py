"""Showing records as `read` does, with what Odoo computes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from plugin.sandbox.odoo.model import (
    CANDIDATE,
    RELATED,
    RELATIONS,
    STAGE,
    Record,
    value_error,
)
from plugin.sandbox.odoo.state import State

#: What an empty field shows, where that is not false.
BLANK: Mapping[str, Any] = {"integer": 0, "float": 0.0}


def read(state: State, model: str, record: Record, names: list[str]) -> Record:
    """Show a record as `read` does: [id, name] for many2one, times in whole seconds."""
    fields = state.fields[model]
    row: Record = {"id": record["id"]}
    for name in names or fields:
        if name not in fields:
            raise value_error(f"Invalid field {name!r} on {model!r}")
        row[name] = _shown(state, model, record, name, fields[name])
    return row


def _shown(state: State, model: str, record: Record, name: str, kind: str) -> Any:
    value = value_of(state, model, record, name)
    if kind == "many2one":
        if not value:
            return False
        other = state.tables[RELATIONS[name]].get(value, {})
        return [value, _name_of(other)]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if kind == "many2many" and value else (value or _blank(kind))


def _blank(kind: str) -> Any:
    return [] if kind == "many2many" else BLANK.get(kind, False)


def value_of(state: State, model: str, record: Record, name: str) -> Any:
    """Give a field's value, computed where Odoo computes it."""
    if name == "application_status":
        return _status(state, record)
    if name == "display_name":
        return _name_of(record)
    if name == "is_pool_applicant":
        return bool(record.get("talent_pool_ids"))
    if name in RELATED and "candidate_id" in state.fields[model]:
        candidate = state.tables[CANDIDATE].get(record["candidate_id"], {})
        return candidate.get(name, False)
    return record.get(name, False)


def _status(state: State, record: Record) -> str:
    if not record["active"]:
        return "refused" if record["refuse_reason_id"] else "archived"
    stage = state.tables[STAGE].get(record["stage_id"], {})
    return "hired" if stage.get("hired_stage") else "ongoing"


def _name_of(record: Record) -> str:
    return str(record.get("name") or record.get("partner_name") or record.get("id", ""))
