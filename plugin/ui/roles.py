"""Who somebody is here, and what that lets them see and do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import abort, session
from flask_babel import lazy_gettext as _

from plugin.config import UiSettings
from plugin.mappings.model import Phase
from plugin.mautic.account import Account

#: Where a session says who it is.
KEY = "who"


class Role(StrEnum):
    """What somebody does, as far as these pages go."""

    ADMIN = "admin"
    MARKETER = "marketer"
    RECRUITER = "recruiter"


class Right(StrEnum):
    """What one may see or do."""

    #: Everybody in the funnel, and what they did; without it only candidates.
    PEOPLE = "people"
    CONTENT = "content"
    PLANS = "plans"
    RULES = "rules"
    #: Say whether somebody is handed over to the ATS.
    HAND_OVER = "hand-over"
    OPERATIONS = "operations"
    ERASE = "erase"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.MARKETER: frozenset(
        {Right.PEOPLE, Right.CONTENT, Right.PLANS, Right.RULES, Right.HAND_OVER}
    ),
    Role.RECRUITER: frozenset({Right.PLANS, Right.HAND_OVER}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody who has signed in."""

    name: str
    role: Role
    #: Their id in Mautic; None for whoever showed the admin token.
    user_id: int | None = None

    @property
    def actor(self) -> str:
        """What the audit calls them: an id rather than a name."""
        return "admin-token" if self.user_id is None else f"mautic-user:{self.user_id}"

    def may(self, right: Right | str) -> bool:
        """Tell whether they have a right."""
        return Right(right) in RIGHTS[self.role]


#: In which phases people are candidates, whom recruiters may see.
CANDIDATES = frozenset({Phase.DO, Phase.CARE})

#: Whoever shows the admin token.
TOKEN_HOLDER = Who(name="", role=Role.ADMIN)


def role_of(account: Account, settings: UiSettings) -> Role | None:
    """Say what an account of Mautic is here; None where it is nothing."""
    if account.is_admin or account.role in settings.admin_roles:
        return Role.ADMIN
    if account.role in settings.marketer_roles:
        return Role.MARKETER
    if account.role in settings.recruiter_roles:
        return Role.RECRUITER
    return None


def remember(who: Who) -> None:
    """Write into the session who it is."""
    session[KEY] = {"name": who.name, "role": who.role.value, "id": who.user_id}


def current() -> Who | None:
    """Read from the session who it is; None when nobody has signed in."""
    told = session.get(KEY)
    if not isinstance(told, Mapping):
        return None
    try:
        return Who(name=told["name"], role=Role(told["role"]), user_id=told["id"])
    except (KeyError, ValueError):
        return None  # of an older version of ours


def visible() -> frozenset[Phase]:
    """Say in which phases people may be seen by who is asking."""
    who = current()
    everybody = who is not None and who.may(Right.PEOPLE)
    return frozenset(Phase) if everybody else CANDIDATES


def may(right: Right) -> bool:
    """Tell whether who is asking has a right."""
    who = current()
    return who is not None and who.may(right)


def actor() -> str:
    """Say what the audit calls who is asking."""
    who = current()
    return "page" if who is None else who.actor


def require(right: Right) -> Who:
    """Give who is asking; end the request with 403 when they lack the right."""
    who = current()
    if who is None or not who.may(right):
        abort(403, _("Your role in Mautic does not let you see or do this here."))
    return who
