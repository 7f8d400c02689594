"""The REST routes: which path runs what."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from plugin.sandbox.mautic import (
    api_contacts,
    api_fields,
    auth,
    campaigns,
    content,
    crud,
    mail,
    payloads,
    reports,
    resources,
    segments,
    shown,
    stats,
    timeline,
)
from plugin.sandbox.mautic.crud import Resource
from plugin.sandbox.mautic.model import Answer, Call, Item, crash, not_found
from plugin.sandbox.mautic.state import State

Handler = Callable[..., Answer]
#: methods, path below /api, handler(state, call, **ids)
Route = tuple[tuple[str, ...], str, Handler]

GET, POST, DELETE, EDIT = ("GET",), ("POST",), ("DELETE",), ("PATCH", "PUT")
RESOURCES = (
    resources.STAGES,
    resources.CATEGORIES,
    resources.HOOKS,
    resources.NOTES,
    resources.ROLES,
    resources.USERS,
    segments.SEGMENTS,
    campaigns.CAMPAIGNS,
    reports.REPORTS,
    content.EMAILS,
    content.PAGES,
    content.FORMS,
    content.ASSETS,
    shown.FOCUS,
    shown.DYNAMIC_CONTENTS,
)


def routes() -> Iterator[Route]:
    """List every route; fixed paths come before those with an id."""
    yield from _special()
    yield from _contacts()
    yield from _fields()
    yield from _standard(resources.TAGS, tag_create)
    for resource in RESOURCES:
        yield from _standard(resource)


def _standard(resource: Resource, create: Handler = crud.create) -> Iterator[Route]:
    def with_it(handler: Handler) -> Handler:
        return partial(_swap, handler, resource)

    path = f"/{resource.path}"
    yield GET, path, with_it(crud.index)
    yield POST, f"{path}/batch/new", with_it(crud.batch_create)
    yield EDIT, f"{path}/batch/edit", with_it(crud.batch_edit)
    yield DELETE, f"{path}/batch/delete", with_it(crud.batch_delete)
    yield POST, f"{path}/new", with_it(create)
    yield GET, f"{path}/<int:entity_id>", with_it(crud.show)
    yield EDIT, f"{path}/<int:entity_id>/edit", with_it(crud.edit)
    yield DELETE, f"{path}/<int:entity_id>/delete", with_it(crud.delete)


def _swap(
    handler: Handler, resource: Resource, state: State, call: Call, **ids: Any
) -> Answer:
    return handler(state, call, resource, **ids)


def _contacts() -> Iterator[Route]:
    one = "/contacts/<int:entity_id>"
    yield GET, "/contacts", api_contacts.index
    yield GET, "/contacts/list/fields", api_fields.choices
    yield GET, "/contacts/list/owners", api_contacts.owners
    yield GET, "/contacts/list/segments", segments.choices
    yield GET, "/contacts/activity", timeline.index
    yield POST, "/contacts/new", api_contacts.create
    yield POST, "/contacts/batch/new", api_contacts.batch_create
    yield EDIT, "/contacts/batch/edit", api_contacts.batch_edit
    yield DELETE, "/contacts/batch/delete", api_contacts.batch_delete
    yield GET, one, api_contacts.show
    yield EDIT, f"{one}/edit", api_contacts.edit
    yield DELETE, f"{one}/delete", api_contacts.delete
    yield POST, f"{one}/points/<operator>/<int:amount>", api_contacts.points
    yield POST, f"{one}/dnc/<channel>/add", api_contacts.dnc_add
    yield POST, f"{one}/dnc/<channel>/remove", api_contacts.dnc_remove
    yield POST, f"{one}/utm/add", api_contacts.utm_add
    yield GET, f"{one}/segments", api_contacts.segments
    yield GET, f"{one}/campaigns", api_contacts.campaigns
    yield GET, f"{one}/notes", api_contacts.notes
    yield GET, f"{one}/devices", api_contacts.devices
    yield GET, f"{one}/activity", timeline.index


def _fields() -> Iterator[Route]:
    path = "/fields/contact"
    yield GET, path, api_fields.index
    yield POST, f"{path}/new", api_fields.create
    yield POST, f"{path}/batch/new", api_fields.batch_create
    yield GET, f"{path}/<int:entity_id>", api_fields.show
    yield EDIT, f"{path}/<int:entity_id>/edit", api_fields.edit
    yield DELETE, f"{path}/<int:entity_id>/delete", api_fields.delete


def _special() -> Iterator[Route]:
    pair = "<int:entity_id>/contact/<int:contact_id>"
    yield GET, "/hooks/triggers", hook_triggers
    yield GET, "/users/self", user_self
    yield POST, "/users/<int:entity_id>/permissioncheck", permission_check
    yield POST, f"/stages/{pair}/add", api_contacts.stage_add
    yield POST, f"/stages/{pair}/remove", api_contacts.stage_remove
    yield POST, f"/segments/{pair}/add", segments.contact_add
    yield POST, f"/segments/{pair}/remove", segments.contact_remove
    yield POST, "/segments/<int:entity_id>/contacts/add", segments.contacts_add
    yield GET, "/campaigns/events", campaigns.events
    yield GET, "/campaigns/<int:entity_id>/contacts", campaigns.members
    yield POST, f"/campaigns/{pair}/add", campaigns.contact_add
    yield POST, f"/campaigns/{pair}/remove", campaigns.contact_remove
    yield POST, f"/emails/{pair}/send", mail.send_to_contact
    yield POST, "/emails/<int:entity_id>/send", mail.send_to_segments
    yield GET, "/forms/<int:entity_id>/submissions", stats.submissions
    yield (
        GET,
        "/forms/<int:entity_id>/submissions/contact/<int:contact_id>",
        stats.submissions,
    )
    yield GET, "/stats", stats.index
    yield GET, "/stats/<table>", stats.index


def tag_create(state: State, call: Call, resource: Resource) -> Answer:
    """Create a tag, or answer 200 with the one that has this name."""
    body = crud.body_of(call)
    if not body.get("tag"):
        raise crash()
    existing = state.tables["tags"].first(tag=str(body["tag"]).strip())
    if existing is not None:
        return 200, {"tag": dict(existing)}, {}
    return crud.create(state, call, resource)


def hook_triggers(state: State, _call: Call) -> Answer:
    """List the triggers of this version: 14 from 5.0 on."""
    return 200, {"triggers": resources.triggers(state)}, {}


def user_self(state: State, call: Call) -> Answer:
    """Answer who is calling; a client's token is a user without an id."""
    role = _self_role(call.role)
    if call.user is None:
        first, _, last = (call.actor.name or "").rpartition(" ")
        return (
            200,
            {
                "isPublished": True,
                "username": call.actor.name,
                "firstName": first,
                "lastName": last,
                "role": role,
                "timezone": "",
                "locale": "",
            },
            {},
        )
    shown = payloads.without_nulls(payloads.user(state, call.user["id"]))
    return 200, {"isPublished": True} | shown | {"role": role}, {}


def _self_role(role: Item) -> Item:
    keys = ["id", "name", "description", "isAdmin", "rawPermissions"]
    shown = {key: role[key] for key in keys if role[key] is not None}
    return {"isPublished": True} | shown


def permission_check(state: State, call: Call, entity_id: int) -> Answer:
    """Answer per permission whether the user has it."""
    user = state.tables["users"].get(entity_id)
    if user is None:
        raise not_found()
    role = state.tables["roles"][user["role"]]
    asked = crud.body_of(call).get("permissions") or []
    return 200, {name: auth.may(role, str(name)) for name in asked}, {}
