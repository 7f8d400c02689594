"""Focus items and dynamic content: what a site or a mail shows to some people.

Not recorded: paths, keys and columns are those of Mautic 5.1's API controllers and
entities (DynamicContentBundle, MauticFocusBundle). Focus items are a plugin's: where it
is off, Mautic knows no such address.
"""

from typing import Any

from plugin.sandbox.mautic.content import DATES, VARIANTS
from plugin.sandbox.mautic.crud import Resource, by_name
from plugin.sandbox.mautic.model import Call, Item, crash
from plugin.sandbox.mautic.resources import with_category
from plugin.sandbox.mautic.state import State

_STYLES = ("bar", "modal", "notification", "page")


def _check(state: State, _call: Call, body: Item, _row: Item | None) -> Item:
    category: Any = body.get("category")
    if category in (None, ""):
        return {}
    if int(category) not in state.tables["categories"]:
        raise crash()
    return {"category": int(category)}


FOCUS = Resource(
    path="focus",
    one="focus",
    many="focus",
    table="focus",
    columns={
        "name": None,
        "description": None,
        "category": None,
        "type": None,
        "website": None,
        "style": None,
        "htmlMode": "basic",
        "html": None,
        "editor": None,
        "form": None,
        "properties": [],
        "utmTags": [],
        "cache": None,
    }
    | DATES,
    required={
        "name": "A name is required.",
        "type": "Please choose a type.",
        "style": f"Choose one of {', '.join(_STYLES)}.",
    },
    check=_check,
    shape=with_category,
    order=by_name,
)
DYNAMIC_CONTENTS = Resource(
    path="dynamiccontents",
    one="dynamicContent",
    many="dynamicContents",
    table="dynamic_contents",
    columns={
        "name": None,
        "description": None,
        "category": None,
        "content": None,
        "utmTags": [],
        "filters": [],
        "isCampaignBased": True,
        "slotName": "",
        "sentCount": 0,
        "language": "en",
    }
    | DATES
    | VARIANTS,
    required={"name": "A name is required."},
    check=_check,
    shape=with_category,
    order=by_name,
)
