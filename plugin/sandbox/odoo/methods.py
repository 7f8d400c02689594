"""The methods of Odoo's models that a connector calls."""

from collections.abc import Callable, Mapping
from typing import Any

from plugin.sandbox.odoo.state import RELATIONS, OdooError, Record, State

#: (state, model, named arguments) -> answer.
Method = Callable[[State, str, Mapping[str, Any]], Any]


def call(state: State, model: str, method: str, given: Mapping[str, Any]) -> Any:
    """Run a method with named arguments; raises OdooError as Odoo would answer."""
    known: Mapping[str, Method] = {
        "search_read": _search_read,
        "search": lambda *args: [row["id"] for row in _search_read(*args)],
        "search_count": lambda *args: len(_search_read(*args)),
        "read": _read,
        "create": _create,
        "write": _write,
        "unlink": _unlink,
        "message_post": _post,
        "context_get": lambda *_: {"lang": "en_US", "tz": "Europe/Brussels", "uid": 1},
    }
    if method not in known:
        message = f"The method '{model}.{method}' does not exist"
        raise OdooError("werkzeug.exceptions.NotFound", message, 404)
    with state.lock:
        state.defaults(model)
        return known[method](state, model, given)


def _search_read(state: State, model: str, given: Mapping[str, Any]) -> list[Record]:
    context = given.get("context") or {}
    if lang := context.get("lang"):
        message = f"Invalid language code: {lang}"
        raise OdooError("odoo.exceptions.UserError", message, 422)
    all_too = context.get("active_test") is False
    rows = state.search(model, given.get("domain") or [], all_too=all_too)
    for part in reversed(str(given.get("order") or "id").split(",")):
        name, _, direction = part.strip().partition(" ")
        rows.sort(key=lambda row, by=name: row[by], reverse=direction == "desc")  # type: ignore[misc]  # by is bound now
    limit = given.get("limit")
    return _pairs(state, model, rows[:limit] if limit else rows, given)


def _read(state: State, model: str, given: Mapping[str, Any]) -> list[Record]:
    ids = given.get("ids") or []
    names = given.get("fields") or []
    if names == ["id"]:  # the database is not even asked
        return [{"id": number} for number in ids]
    rows = state.search(model, [["id", "in", ids]], all_too=True)
    return _pairs(state, model, rows, given)


def _pairs(
    state: State, model: str, rows: list[Record], given: Mapping[str, Any]
) -> list[Record]:
    """Show the fields asked for; a many2one as [id, name]."""
    names = ["id", *(given.get("fields") or state.defaults(model))]
    for name in names:
        if name not in (*state.defaults(model), "id", "write_date", "write_uid"):
            state._unknown_field(model, name)  # noqa: SLF001 -- the same package
    return [{name: _pair(state, name, row[name]) for name in names} for row in rows]


def _pair(state: State, name: str, value: Any) -> Any:
    if name not in RELATIONS or not value:
        return value
    record = state.tables.get(RELATIONS[name], {}).get(value, {})
    return [value, record.get("name") or record.get("partner_name") or ""]


def _create(state: State, model: str, given: Mapping[str, Any]) -> Any:
    """Make records, all or none; a list answers a list, an object a number."""
    values = given["vals_list"]
    if isinstance(values, Mapping):
        return state.add(model, values)
    before = dict(state.tables[model])
    try:
        return [state.add(model, one) for one in values]
    except OdooError:
        state.tables[model] = before
        raise


def _write(state: State, model: str, given: Mapping[str, Any]) -> bool:
    if "vals" not in given:
        message = "missing a required argument: 'vals'"
        raise OdooError("werkzeug.exceptions.UnprocessableEntity", message, 422)
    return state.write(model, list(given["ids"]), given["vals"])


def _unlink(state: State, model: str, given: Mapping[str, Any]) -> bool:
    for number in given["ids"]:
        state.record(model, number)
        del state.tables[model][number]
    return True


def _post(state: State, model: str, given: Mapping[str, Any]) -> Any:
    is_html = bool(given.get("body_is_html"))
    number = state.post(model, given["ids"][0], str(given["body"]), is_html=is_html)
    return [number] if state.version >= 19 else number  # noqa: PLR2004 -- as recorded
