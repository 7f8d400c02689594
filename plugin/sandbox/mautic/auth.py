"""Who calls the API, and whether that role may: basic auth and OAuth2 tokens."""

import base64
import binascii
import hmac
from datetime import timedelta

from werkzeug.wrappers import Request

from plugin.sandbox.mautic.model import Actor, ApiError, Item, KernelError
from plugin.sandbox.mautic.state import State, unauthorized

TOKEN_LIFETIME = timedelta(hours=1)
#: first part of the path -> permission of Mautic
PERMISSIONS = {
    "contacts": "lead:leads",
    "tags": "lead:leads",
    "fields": "lead:fields",
    "segments": "lead:lists",
    "stages": "stage:stages",
    "notes": "lead:notes",
    "campaigns": "campaign:campaigns",
    "emails": "email:emails",
    "pages": "page:pages",
    "forms": "form:forms",
    "assets": "asset:assets",
    "focus": "focus:items",
    "dynamiccontents": "dynamiccontent:dynamiccontents",
    "hooks": "webhook:webhooks",
    "categories": "category:categories",
    "roles": "user:roles",
    "users": "user:users",
}
ACTIONS = {
    "GET": "view",
    "POST": "create",
    "PUT": "edit",
    "PATCH": "edit",
    "DELETE": "delete",
}


def authenticate(state: State, request: Request) -> tuple[Actor, Item, Item | None]:
    """Find actor, role and user of a request; raises the answers of Mautic."""
    if not state.switches.api_enabled:
        raise KernelError(
            403,
            "API disabled. You need to enable the API in your Mautic configuration.",
            "api_disabled",
        )
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        return _basic(state, value)
    if kind.lower() == "bearer":
        return bearer(state, value)
    raise unauthorized("API authorization denied.")


def _basic(state: State, value: str) -> tuple[Actor, Item, Item | None]:
    if not state.switches.basic_auth:
        raise KernelError(403, "Basic auth is disabled.", "access_denied")
    try:
        name, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, password = "", ""
    user = sign_in(state, name, password)
    if user is None:
        raise unauthorized("Authorization denied, invalid credentials.")
    return acting(state, user)


def sign_in(state: State, name: str, password: str) -> Item | None:
    """Find a user by name and password."""
    user = state.tables["users"].first(username=name)
    good = user and hmac.compare_digest(
        str(user["password"]).encode(), password.encode()
    )
    return user if good else None


def acting(state: State, user: Item) -> tuple[Actor, Item, Item | None]:
    """Build what a signed-in user acts as."""
    name = f"{user['firstName']} {user['lastName']}"
    return Actor(user["id"], name), state.tables["roles"][user["role"]], user


def bearer(state: State, token: str) -> tuple[Actor, Item, Item | None]:
    """Find what an access token acts as."""
    found = state.tables["tokens"].first(access_token=token)
    if found is None:
        raise unauthorized("The access token provided is invalid.", "invalid_grant")
    if state.now() >= found["expires_at"]:
        raise unauthorized("The access token provided has expired.", "invalid_grant")
    if found["user_id"]:
        return acting(state, state.tables["users"][found["user_id"]])
    client = state.tables["clients"][found["client"]]
    # A token of client credentials has a role and no user.
    name = f"{client['name']} [{client['id']}]"
    return Actor(None, name), state.tables["roles"][client["role"]], None


def check_permission(role: Item, path: str, method: str) -> None:
    """Refuse what the role may not do; administrators may do all."""
    permission = PERMISSIONS.get(path.split("/", maxsplit=1)[0])
    if role["isAdmin"] or permission is None or "users/self" in path:
        return
    if "permissioncheck" in path or may(role, f"{permission}:{ACTIONS[method]}"):
        return
    raise ApiError(403, "You do not have access to the requested area/action.")


def may(role: Item, permission: str) -> bool:
    """Tell whether a role holds `bundle:level:action`, or more than it."""
    level, _, action = permission.rpartition(":")
    held = (role.get("rawPermissions") or {}).get(level, [])
    return bool(role["isAdmin"]) or any(
        name == "full" or name.startswith(action) for name in held
    )
