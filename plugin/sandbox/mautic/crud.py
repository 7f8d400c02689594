"""List, get, create, edit and delete, the same for every simple entity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.sandbox.mautic.model import (
    Answer,
    ApiError,
    Call,
    Item,
    KernelError,
    crash,
    invalid,
    not_found,
)
from plugin.sandbox.mautic.search import compare, listed, number, page
from plugin.sandbox.mautic.state import State, Table

BATCH_LIMIT = 200
NAMES = ("name", "title", "tag", "alias", "label", "text", "username")


def by_id(row: Item) -> Any:
    """Order rows by id."""
    return row["id"]


def by_name(row: Item) -> Any:
    """Order rows by name or title."""
    return str(row.get("name") or row.get("title") or "").lower()


def plain(_state: State, row: Item) -> Item:
    """Show a row as it is kept."""
    return dict(row)


Check = Callable[[State, Call, Item, Item | None], Item]
Follow = Callable[[State, Call, Item], None]


def no_check(_state: State, _call: Call, _body: Item, _row: Item | None) -> Item:
    """Accept any body and add nothing to it."""
    return {}


@dataclass(frozen=True)
class Resource:
    """How one entity is called, kept, checked and shown.

    `columns` are the writable ones with their defaults; `check` validates a
    body and returns the columns it computes; `many` is an object keyed by id
    when `keyed`, else a list.
    """

    path: str
    one: str
    many: str
    table: str
    columns: Mapping[str, Any]
    required: Mapping[str, str] = field(default_factory=dict)
    check: Check = no_check
    shape: Callable[[State, Item], Item] = plain
    order: Callable[[Item], Any] = by_id
    keyed: bool = False
    stamped: bool = True
    #: Mautic sets dateModified already at creation
    modified_when_new: bool = False
    #: columns only `check` sets, whatever the body says
    computed: frozenset[str] = frozenset()
    after: Follow | None = None
    before_delete: Follow | None = None


def table(state: State, resource: Resource) -> Table:
    """Give the table a resource is kept in."""
    return state.tables[resource.table]


def require(state: State, resource: Resource, entity_id: int) -> Item:
    """Find a row or raise the 404 of the API."""
    row = table(state, resource).get(entity_id)
    if row is None:
        raise not_found()
    return row


def index(state: State, call: Call, resource: Resource) -> Answer:
    """List what `search`, `where` and `published` leave, one page of it."""
    rows = sorted(table(state, resource).values(), key=resource.order)
    rows = [row for row in rows if _listed(row, call.query)]
    rows = _ordered(rows, call.query)
    shown = [resource.shape(state, row) for row in page(rows, call.query)]
    many: Any = shown
    if resource.keyed and shown:
        many = {str(item["id"]): item for item in shown}
    return 200, {"total": len(rows), resource.many: many}, {}


def _listed(row: Item, query: Item) -> bool:
    search = str(query.get("search") or "").lower().strip('"')
    search = search.split(":", 1)[1] if search[:5] in ("name:", "ids:") else search
    names = [str(row[name]).lower() for name in NAMES if row.get(name)]
    if search and not any(search in name for name in names):
        return False
    if number(query.get("published"), 0) and not row.get("isPublished", True):
        return False
    return all(
        compare(str(rule.get("expr")), row.get(str(rule.get("col"))), rule.get("val"))
        is not False
        for rule in listed(query.get("where"))
    )


def _ordered(rows: list[Item], query: Item) -> list[Item]:
    name = str(query.get("orderBy") or "").rpartition(".")[2]
    if not name:
        return rows
    down = str(query.get("orderByDir", "ASC")).upper() == "DESC"
    return sorted(
        rows,
        key=lambda row: (str(type(row.get(name))), row.get(name) or 0),
        reverse=down,
    )


def show(state: State, _call: Call, resource: Resource, entity_id: int) -> Answer:
    """Answer with one entity."""
    row = require(state, resource, entity_id)
    return 200, {resource.one: resource.shape(state, row)}, {}


def create(state: State, call: Call, resource: Resource) -> Answer:
    """Create an entity: 201 with its Location."""
    row = add(state, call, resource, body_of(call))
    headers = {"Location": f"/api/{resource.path}/{row['id']}"}
    return 201, {resource.one: resource.shape(state, row)}, headers


def add(state: State, call: Call, resource: Resource, body: Item) -> Item:
    """Validate a body and keep it as a new row."""
    _require_columns(resource, body)
    extra = resource.check(state, call, body, None)
    row = dict(resource.columns) | _given(resource, body) | extra
    if resource.stamped:
        row = state.stamped(row, call.actor)
        row["isPublished"] = truth(body.get("isPublished", True))
        if resource.modified_when_new:
            row["dateModified"] = row["dateAdded"]
    table(state, resource).add(row)
    state.audit(call.actor, resource.one, row["id"], "create")
    if resource.after:
        resource.after(state, call, row)
    return row


def edit(state: State, call: Call, resource: Resource, entity_id: int) -> Answer:
    """Change what PATCH names; PUT blanks the rest, and creates when missing."""
    if call.method == "PUT" and entity_id not in table(state, resource):
        return create(state, call, resource)
    row = require(state, resource, entity_id)
    change(state, call, resource, row, body_of(call))
    return 200, {resource.one: resource.shape(state, row)}, {}


def change(state: State, call: Call, resource: Resource, row: Item, body: Item) -> None:
    """Validate a body and store it in an existing row, stamped."""
    put = call.method == "PUT"
    if put:
        _require_columns(resource, body)
    extra = resource.check(state, call, body, row)
    blank = dict(resource.columns) if put else {}
    fresh = blank | _given(resource, body) | extra
    if "isPublished" in body and resource.stamped:
        fresh["isPublished"] = truth(body["isPublished"])
    changed = any(row.get(name) != value for name, value in fresh.items())
    row.update(fresh)
    if changed and resource.stamped:
        state.touch(row, call.actor)
        state.audit(call.actor, resource.one, row["id"], "update")
    if resource.after:
        resource.after(state, call, row)


def delete(state: State, call: Call, resource: Resource, entity_id: int) -> Answer:
    """Delete an entity; the answer shows it with a null id."""
    row = require(state, resource, entity_id)
    shown = resource.shape(state, row) | {"id": None}
    _remove(state, call, resource, row)
    return 200, {resource.one: shown}, {}


def _remove(state: State, call: Call, resource: Resource, row: Item) -> None:
    if resource.before_delete:
        resource.before_delete(state, call, row)
    del table(state, resource)[row["id"]]
    state.audit(call.actor, resource.one, row["id"], "delete")


def batch_create(state: State, call: Call, resource: Resource) -> Answer:
    """Create many; each item has its own status."""

    def one(body: Item) -> tuple[int, Item]:
        row = add(state, call, resource, body)
        return 201, resource.shape(state, row)

    return 201, batch(resource.many, batch_items(call), one), {}


def batch_edit(state: State, call: Call, resource: Resource) -> Answer:
    """Edit many; each item has its own status."""

    def one(body: Item) -> tuple[int, Item]:
        row = table(state, resource).get(number(body.get("id"), 0))
        if row is None:
            raise missing_item()
        change(state, call, resource, row, body)
        return 200, resource.shape(state, row)

    return 200, batch(resource.many, batch_items(call), one), {}


def batch_delete(state: State, call: Call, resource: Resource) -> Answer:
    """Delete many by `ids`."""
    shown = []
    for text in listed(call.query.get("ids")):
        row = table(state, resource).get(number(text, 0))
        if row is not None:
            shown.append(resource.shape(state, row))
            _remove(state, call, resource, row)
    return 200, {resource.many: shown}, {}


def batch_items(call: Call) -> list[Item]:
    """Read the items of a batch; more than 200 are refused whole."""
    body = call.body
    items = list(body.values()) if isinstance(body, dict) else list(body or [])
    if len(items) > BATCH_LIMIT:
        raise ApiError(500, f"A max of {BATCH_LIMIT} entities are supported at a time.")
    return [item for item in items if isinstance(item, dict)]


def missing_item() -> KernelError:
    """Build the error of a batch item whose entity is not there."""
    return KernelError(404, "Item was not found.", "api")


def batch(
    many: str, items: list[Item], one: Callable[[Item], tuple[int, Item]]
) -> Item:
    """Run every item; errors stand beside the statuses, by position."""
    shown: dict[int, Item] = {}
    errors: dict[int, Item] = {}
    statuses = []
    for position, body in enumerate(items):
        try:
            status, shown[position] = one(body)
        except ApiError as error:
            status, errors[position] = error.status, _item_error(error)
        statuses.append(status)
    answer: Item = {many: php_array(shown), "statusCodes": statuses}
    return answer | ({"errors": php_array(errors)} if errors else {})


def _item_error(error: ApiError) -> Item:
    shown: Item = error.body()["errors"][0]
    return {"type": None} | shown


def php_array(items: Mapping[int, Item]) -> Any:
    """Encode an array as PHP does: a list unless its keys leave a gap."""
    if list(items) == list(range(len(items))):
        return list(items.values())
    return {str(key): item for key, item in items.items()}


def body_of(call: Call) -> Item:
    """Read the body as an object; anything else breaks Mautic."""
    if call.body in (None, "", []):
        return {}
    if not isinstance(call.body, dict):
        raise crash()
    return call.body


def truth(value: Any) -> bool:
    """Read a switch that may come as true, 1, "1" or "true"."""
    return str(value).lower() in ("true", "1")


def _given(resource: Resource, body: Item) -> Item:
    given = set(resource.columns) - resource.computed
    return {
        name: body[name] for name in resource.columns if name in body.keys() & given
    }


def _require_columns(resource: Resource, body: Item) -> None:
    missing = {
        name: message
        for name, message in resource.required.items()
        if not str(body.get(name) or "").strip()
    }
    if missing:
        raise invalid(missing)
