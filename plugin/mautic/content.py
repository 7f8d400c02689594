"""Content that people meet, with its category: webhooks leave the category out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
import structlog

from plugin.errors import Misconfigured, Rejected
from plugin.mautic.endpoint import Endpoint, rows
from webhooks.events import ContentKind

log = structlog.get_logger(__name__)

#: Submissions per page; Mautic loads the contact of each.
SUBMISSIONS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One piece of content as Mautic lists it."""

    kind: ContentKind
    #: Mautic's id as text, as in `ContentRef`.
    id: str
    name: str
    #: Alias of its category; None when it has none.
    category: str | None
    #: Address people see, where Mautic gives one; None for e-mails and forms.
    url: str | None
    language: str | None
    published: bool


class Content(Endpoint):
    """A resource whose items are content."""

    kind: ContentKind
    #: Which attribute is its name.
    named: str = "name"

    def items(self) -> Iterator[ContentItem]:
        """Yield every item, published or not."""
        for raw in self.everything():
            yield self.as_item(raw)

    def as_item(self, raw: Mapping[str, Any]) -> ContentItem:
        """Read one item of an answer."""
        return ContentItem(
            kind=self.kind,
            id=str(raw["id"]),
            name=str(raw.get(self.named) or ""),
            category=category_of(raw),
            url=self._address(raw),
            language=raw.get("language") or None,
            published=bool(raw.get("isPublished")),
        )

    def is_there(self) -> bool:
        """Tell whether this Mautic has this kind at all: focus items are a plugin's."""
        return True

    def _address(self, raw: Mapping[str, Any]) -> str | None:  # noqa: ARG002 -- most have none
        return None


class Emails(Content):
    """`/api/emails`."""

    _endpoint = "emails"
    one = "email"
    many = "emails"
    kind = ContentKind.EMAIL


class Pages(Content):
    """`/api/pages`: landing pages, at the site's root under their alias."""

    _endpoint = "pages"
    one = "page"
    many = "pages"
    kind = ContentKind.PAGE
    named = "title"

    def _address(self, raw: Mapping[str, Any]) -> str | None:
        alias = raw.get("alias")
        return f"{self._client.base_url}/{alias}" if alias else None


class Forms(Content):
    """`/api/forms`."""

    _endpoint = "forms"
    one = "form"
    many = "forms"
    kind = ContentKind.FORM

    def submissions(
        self,
        form_id: int,
        *,
        contact_id: int | None = None,
        start: int = 0,
        limit: int = SUBMISSIONS,
    ) -> list[dict[str, Any]]:
        """Read what a form was filled in with, in the order in which it was.

        Each as its webhook tells it. Of one contact, or of everybody.
        """
        whose = () if contact_id is None else ("contact", contact_id)
        params = {"start": start, "limit": limit}
        body = self._fetch(form_id, "submissions", *whose, params=params)
        return rows(body, "submissions")


class Assets(Content):
    """`/api/assets`: files to download."""

    _endpoint = "assets"
    one = "asset"
    many = "assets"
    kind = ContentKind.ASSET
    named = "title"

    def _address(self, raw: Mapping[str, Any]) -> str | None:
        return raw.get("downloadUrl") or None


class Extra(Content):
    """Content that a Mautic may lack, or that our user need not see."""

    def is_there(self) -> bool:
        """Ask for one: where it is not, Mautic knows no such address."""
        try:
            self.get_list(limit=1)
        except Rejected as error:
            if error.status == requests.codes.not_found:
                return False
            raise
        except Misconfigured:
            log.info("content.not_shown", kind=self.kind.value)
            return False
        return True


class Focus(Extra):
    """`/api/focus`: bars and windows on a site; a bundled plugin that may be off."""

    _endpoint = "focus"
    one = "focus"
    many = "focus"
    kind = ContentKind.FOCUS

    def _address(self, raw: Mapping[str, Any]) -> str | None:
        return raw.get("website") or None


class DynamicContents(Extra):
    """`/api/dynamiccontents`: what a slot of a page or mail shows to whom."""

    _endpoint = "dynamiccontents"
    one = "dynamicContent"
    many = "dynamicContents"
    kind = ContentKind.DYNAMIC_CONTENT


class Categories(Endpoint):
    """`/api/categories`; one belongs to one bundle: email, page, form, global."""

    _endpoint = "categories"
    one = "category"
    many = "categories"


def category_of(raw: Mapping[str, Any]) -> str | None:
    """Return the alias of an item's category; None when it has none."""
    category = raw.get("category")
    return category.get("alias") or None if isinstance(category, Mapping) else None
