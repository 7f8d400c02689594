"""Which pages there are, and who finds them in the menu."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_babel import lazy_gettext as _

from plugin.ui import roles
from plugin.ui.roles import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page in the menu."""

    endpoint: str
    label: str
    #: Who lacks it does not see the page; None for whoever has signed in.
    right: Right | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint)

    @property
    def is_here(self) -> bool:
        """Whether it, or a page that belongs to it, is shown."""
        here = request.endpoint or ""
        return here == self.endpoint or here.startswith(f"{self.endpoint}_")


#: In the order in which they stand in the menu.
ENTRIES = (
    Entry(endpoint="pages.funnel", label=_("Funnel")),
    Entry(endpoint="pages.planner", label=_("Planner"), right=Right.PLANS),
    Entry(endpoint="pages.calendar", label=_("Calendar"), right=Right.PLANS),
    Entry(endpoint="pages.content", label=_("Content"), right=Right.CONTENT),
    Entry(endpoint="pages.market", label=_("Market"), right=Right.PLANS),
    Entry(endpoint="pages.rules", label=_("Rules"), right=Right.RULES),
    Entry(endpoint="pages.operations", label=_("Operations"), right=Right.OPERATIONS),
    Entry(endpoint="pages.doctor", label=_("Health"), right=Right.OPERATIONS),
)


def configure(app: Flask) -> None:
    """Give the templates the menu."""
    app.jinja_env.globals["menu"] = menu


def menu() -> Iterator[Entry]:
    """Yield the pages that who is asking may see; none before signing in."""
    who = roles.current()
    if who is None:
        return
    for entry in ENTRIES:
        if entry.right is None or who.may(entry.right):
            yield entry
