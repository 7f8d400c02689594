"""The few shapes every module of the look-alike shares."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

#: A JSON object on its way in or out, or a stored row.
Item: TypeAlias = dict[str, Any]

#: What one REST handler answers: status, body, headers.
Answer: TypeAlias = tuple[int, Any, dict[str, str]]


class ApiError(Exception):
    """An answer that is an error, in one of Mautic's two shapes.

    The API's own errors carry `details`; those of the kernel below it
    (routing, sign-in, uncaught exceptions) carry `type` instead.
    """

    def __init__(
        self, status: int, message: str, *, details: Item | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details

    def body(self) -> Item:
        """Build the `errors` list of the API."""
        error = {"code": self.status, "message": self.message}
        return {"errors": [error | {"details": self.details or []}]}


class KernelError(ApiError):
    """An error from below the API; its `type` names the cause."""

    def __init__(self, status: int, message: str, kind: str | None = None) -> None:
        super().__init__(status, message)
        self.kind = kind

    def body(self) -> Item:
        """Build the `errors` list of the kernel."""
        error = {"message": self.message, "code": self.status, "type": self.kind}
        return {"errors": [error]}


def crash() -> KernelError:
    """Build the answer to an uncaught exception in Mautic."""
    return KernelError(
        500,
        "Looks like I encountered an error (error #500). If I do it again, "
        "please report me to the system administrator!",
    )


def not_found() -> ApiError:
    """Build the answer for an entity that is not there."""
    return ApiError(404, "Item was not found.")


def invalid(problems: dict[str, str], status: int = 400) -> ApiError:
    """Build the answer for form fields that do not validate: field -> message."""
    message = ", ".join(f"{name}: {text}" for name, text in problems.items())
    details = {name: [text] for name, text in problems.items()}
    return ApiError(status, message, details=details)


@dataclass(frozen=True)
class Actor:
    """Who makes a change: a user, an OAuth client (no id), a visitor or cron."""

    id: int | None
    name: str | None


#: Visitors and cron jobs are stamped as a user without a name.
NOBODY = Actor(None, " ")


@dataclass(frozen=True)
class Call:
    """One authenticated REST call."""

    actor: Actor
    role: Item
    method: str
    body: Any
    query: Item
    user: Item | None = None


@dataclass
class Contact:
    """One contact; `values` holds custom and core fields by alias."""

    id: int
    date_added: datetime
    created_by: Actor
    values: Item = field(default_factory=dict)
    date_modified: datetime | None = None
    modified_by: Actor = field(default_factory=lambda: Actor(None, None))
    date_identified: datetime | None = None
    last_active: datetime | None = None
    points: int = 0
    owner: int | None = None
    stage: int | None = None
    tags: list[int] = field(default_factory=list)
    ips: list[int] = field(default_factory=list)
    dnc: list[Item] = field(default_factory=list)
    utm: list[Item] = field(default_factory=list)
    image: str | None = None

    @property
    def anonymous(self) -> bool:
        """Tell whether nothing names this contact yet."""
        names = ("firstname", "lastname", "company", "email")
        social = ("twitter", "facebook", "linkedin")
        return not any(self.values.get(alias) for alias in names + social)
