"""The rights that our user needs in Mautic: a table, one row per area."""

from typing import NamedTuple


class Area(NamedTuple):
    """Rights that one thing of ours needs."""

    name: str
    rights: tuple[str, ...]
    means: str


def _of(bundle: str, *levels: str) -> tuple[str, ...]:
    return tuple(f"{bundle}:{level}" for level in levels)


READ = ("viewown", "viewother")
WRITE = ("editown", "editother")
AREAS = (
    Area(
        "contacts",
        _of("lead:leads", *READ, *WRITE),
        "Phase, score and tags cannot be written to contacts.",
    ),
    Area(
        "fields",
        _of("lead:fields", "full"),
        "Our contact fields cannot be made.",
    ),
    Area(
        "segments",
        _of("lead:lists", *READ, *WRITE, "create"),
        "The segments per phase cannot be made.",
    ),
    Area(
        "stages",
        _of("stage:stages", "view", "create", "edit"),
        "The stages cannot be made, nor contacts put into them.",
    ),
    Area(
        "campaigns",
        _of("campaign:campaigns", *READ, *WRITE, "create"),
        "The campaigns per phase cannot be made.",
    ),
    Area(
        "categories",
        _of("category:categories", "view", "create"),
        "The categories that marketers classify content by cannot be made.",
    ),
    Area(
        "hooks",
        _of("webhook:webhooks", *READ, *WRITE, "create"),
        "The webhook cannot be made, and not put right when Mautic switches it off.",
    ),
    Area(
        "emails",
        _of("email:emails", *READ),
        "E-mails cannot be classified: their category is not seen.",
    ),
    Area(
        "pages",
        _of("page:pages", *READ),
        "Landing pages cannot be classified: their category is not seen.",
    ),
    Area(
        "forms",
        _of("form:forms", *READ),
        "Sign-up forms cannot be classified: their category is not seen.",
    ),
    Area(
        "assets",
        _of("asset:assets", *READ),
        "Downloads cannot be classified: their category is not seen.",
    ),
)
ALL = tuple(right for area in AREAS for right in area.rights)
