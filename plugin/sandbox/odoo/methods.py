"""The methods that can be called from outside, over records and over models."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.sandbox.odoo.model import (
    APPLICANT,
    CANDIDATE,
    JOB_WIZARD,
    POOL_WIZARD,
    USER,
    OdooError,
    Record,
    access_error,
    validation_error,
    value_error,
)
from plugin.sandbox.odoo.reading import read
from plugin.sandbox.odoo.records import Records, escaped
from plugin.sandbox.odoo.seed import NO_RIGHTS
from plugin.sandbox.odoo.state import State

#: Models that a user without rights in recruitment may not touch.
GUARDED = frozenset({APPLICANT, CANDIDATE})


@dataclass(frozen=True, slots=True)
class Method:
    """How a method is called."""

    run: Callable[..., Any]
    #: Arguments that must be there, in the order of a call by position.
    required: tuple[str, ...] = ()
    #: Whether it is called on records.
    on_records: bool = False
    needs_rights: bool = True


class Methods:
    """What one user may call on one look-alike."""

    def __init__(self, state: State) -> None:
        """Take the database."""
        self._state = state
        self._table = {
            "search_read": Method(self._search_read, ("domain",)),
            "search_count": Method(self._search_count, ("domain",)),
            "search": Method(self._search, ("domain",)),
            "read": Method(self._read, (), on_records=True),
            "create": Method(self._create, ("vals_list",)),
            "write": Method(self._write, ("vals",), on_records=True),
            "unlink": Method(self._unlink, (), on_records=True),
            "message_post": Method(self._message_post, (), on_records=True),
            "action_archive": Method(self._archive, (), on_records=True),
            "action_unarchive": Method(self._unarchive, (), on_records=True),
            "action_add_applicants_to_pool": Method(self._to_pool, (), on_records=True),
            "action_add_applicants_to_job": Method(self._to_job, (), on_records=True),
            "fields_get": Method(self._fields_get, (), needs_rights=False),
            "has_access": Method(
                self._has_access, ("operation",), on_records=True, needs_rights=False
            ),
            "context_get": Method(self._context_get, (), needs_rights=False),
        }

    def find(self, model: str, name: str) -> Method:
        """Find a method of a model, or say which of the two is unknown."""
        if model not in self._state.fields:
            if model == "ir.model":
                raise access_error("'Models' (ir.model)")
            raise self._unknown_model(model)
        if name.startswith("_"):
            raise OdooError(
                "odoo.exceptions.AccessError",
                f"Private methods (such as '{model}.{name}') cannot be called.",
                403,
            )
        if name not in self._table:
            raise self._unknown_method(model, name)
        return self._table[name]

    def call(
        self, user: int, model: str, name: str, ids: Any, named: Mapping[str, Any]
    ) -> Any:
        """Call a method as a user; one call is one transaction."""
        method = self.find(model, name)
        if method.needs_rights and user == NO_RIGHTS and model in GUARDED:
            raise access_error(f"'{model}'")
        given = {key: value for key, value in named.items() if key != "context"}
        context = named.get("context") or {}
        if method.on_records:
            numbers = [ids] if isinstance(ids, int) else list(ids or [])
            return method.run(user, model, numbers, **given)
        if "domain" in method.required:
            given["hides"] = context.get("active_test", True)
        return method.run(user, model, **given)

    def _unknown_model(self, model: str) -> OdooError:
        if self._state.version == 18:  # noqa: PLR2004 -- a version
            return OdooError(
                "odoo.exceptions.UserError", f"Object {model} doesn't exist"
            )
        return OdooError(
            "werkzeug.exceptions.NotFound", f"the model {model!r} does not exist", 404
        )

    def _unknown_method(self, model: str, name: str) -> OdooError:
        if self._state.version == 18:  # noqa: PLR2004 -- a version
            message = f"The method {name!r} does not exist on the model {model!r}"
            return OdooError("builtins.AttributeError", message)
        return OdooError(
            "werkzeug.exceptions.NotFound",
            f"The method '{model}.{name}' does not exist",
            404,
        )

    def _found(self, model: str, domain: Sequence[Any], *, hides: bool) -> list[Record]:
        tables = self._state.tables
        shown = [
            one
            for one in tables[model].values()
            if one.get("active", True) or not hides
        ]
        matches = self._state.domains.matches
        return [one for one in shown if matches(domain, model, one, tables)]

    def _search_read(  # noqa: PLR0917 -- as Odoo has it
        self,
        _user: int,
        model: str,
        domain: Sequence[Any],
        fields: Sequence[str] = (),
        offset: int = 0,
        limit: int | None = None,
        order: str = "id",
        *,
        hides: bool,
    ) -> list[Record]:
        found = _ordered(
            self._found(model, domain, hides=hides), order, self._fields(model)
        )
        page = found[offset : offset + limit if limit else None]
        return [read(self._state, model, one, list(fields)) for one in page]

    def _search(self, user: int, model: str, domain: Any, *, hides: bool) -> list[int]:
        rows = self._search_read(user, model, domain, ("id",), hides=hides)
        return [row["id"] for row in rows]

    def _search_count(self, _user: int, model: str, domain: Any, *, hides: bool) -> int:
        return len(self._found(model, domain, hides=hides))

    def _fields(self, model: str) -> Mapping[str, str]:
        return self._state.fields[model]

    def _read(
        self, _user: int, model: str, ids: list[int], fields: Sequence[str] = ()
    ) -> list[Record]:
        if list(fields) == ["id"]:
            return [{"id": number} for number in ids]  # deleted ones too
        table = self._state.tables[model]
        return [
            read(self._state, model, table[number], list(fields))
            for number in ids
            if number in table
        ]

    def _create(self, user: int, model: str, vals_list: Any) -> list[int] | int:
        rows = vals_list if isinstance(vals_list, list) else [vals_list]
        with self._state.writing() as transaction:
            records = Records(self._state, transaction, user)
            made = [records.create(model, row) for row in rows]
        is_one = self._state.version == 18 and not isinstance(vals_list, list)  # noqa: PLR2004 -- a version
        return made[0] if is_one else made

    def _write(
        self, user: int, model: str, ids: list[int], vals: Mapping[str, Any]
    ) -> bool:
        with self._state.writing() as transaction:
            Records(self._state, transaction, user).write(model, ids, vals)
        return True

    def _unlink(self, user: int, model: str, ids: list[int]) -> bool:
        with self._state.writing() as transaction:
            Records(self._state, transaction, user).unlink(model, ids)
        return True

    def _archive(self, user: int, model: str, ids: list[int]) -> None:
        self._write(user, model, ids, {"active": False})

    def _unarchive(self, user: int, model: str, ids: list[int]) -> None:
        self._write(user, model, ids, {"active": True})

    def _message_post(
        self,
        user: int,
        model: str,
        ids: list[int],
        *,
        body: str = "",
        body_is_html: bool = False,
        message_type: str = "notification",
        subtype_xmlid: str = "mail.mt_note",  # noqa: ARG002 -- notes are all there is
    ) -> list[int] | int:
        if len(ids) != 1:
            raise value_error(f"Expected singleton: {model}{tuple(ids)}")
        text = body if body_is_html else escaped(body)
        with self._state.writing() as transaction:
            records = Records(self._state, transaction, user)
            records.existing(model, ids[0])
            number = records.post(model, ids[0], text, message_type)
        return number if self._state.version == 18 else [number]  # noqa: PLR2004 -- a version

    def _to_pool(self, user: int, model: str, ids: list[int]) -> Record:
        wizard = self._wizard(model, POOL_WIZARD, ids)
        with self._state.writing() as transaction:
            records = Records(self._state, transaction, user)
            for number in wizard["applicant_ids"]:
                applicant = records.existing(APPLICANT, number)
                copied = ("partner_name", "email_from", "partner_phone", "user_id")
                values = {name: applicant[name] for name in copied}
                values["categ_ids"] = [[6, 0, applicant["categ_ids"]]]
                values["talent_pool_ids"] = [[6, 0, wizard["talent_pool_ids"]]]
                talent = records.create(APPLICANT, values)
                applicant["pool_applicant_id"] = talent
        return {"type": "ir.actions.act_window", "res_id": talent}

    def _to_job(self, user: int, model: str, ids: list[int]) -> Record:
        wizard = self._wizard(model, JOB_WIZARD, ids)
        with self._state.writing() as transaction:
            records = Records(self._state, transaction, user)
            for number in wizard["applicant_ids"]:
                talent = records.existing(APPLICANT, number)
                values = {name: talent[name] for name in ("partner_name", "email_from")}
                values["categ_ids"] = [[6, 0, talent["categ_ids"]]]
                values["pool_applicant_id"] = talent["pool_applicant_id"]
                for job in wizard["job_ids"]:
                    made = records.create(APPLICANT, values | {"job_id": job})
        return {"type": "ir.actions.act_window", "res_id": made}

    def _wizard(self, model: str, wanted: str, ids: list[int]) -> Record:
        if model != wanted or len(ids) != 1:
            raise validation_error("Expected one wizard.")
        return self._state.tables[wanted][ids[0]]

    def _fields_get(
        self,
        _user: int,
        model: str,
        allfields: Sequence[str] | None = None,
        attributes: Sequence[str] | None = None,  # noqa: ARG002 -- the type is what we know
    ) -> dict[str, Any]:
        return {
            name: {"type": kind}
            for name, kind in self._fields(model).items()
            if allfields is None or name in allfields
        }

    def _has_access(
        self, user: int, model: str, _ids: list[int], operation: str
    ) -> bool:
        del operation
        return user != NO_RIGHTS or model not in GUARDED

    def _context_get(self, user: int, model: str) -> dict[str, Any]:
        if model != USER:
            raise self._unknown_method(model, "context_get")
        return {"lang": "en_US", "tz": "Europe/Brussels", "uid": user}


def _ordered(rows: list[Record], order: str, fields: Mapping[str, str]) -> list[Record]:
    for part in reversed(order.split(",")):
        name, _, way = part.strip().partition(" ")
        if name not in fields:
            raise value_error(f"Invalid field {name!r} in order")
        rows = sorted(
            rows, key=lambda one: one.get(name) or 0, reverse=way.strip() == "desc"
        )
    return rows
