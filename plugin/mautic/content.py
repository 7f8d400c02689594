"""Content that people meet, with its category: webhooks leave the category out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.mautic.endpoint import Endpoint
from webhooks.events import ContentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One e-mail, page, form or asset as Mautic lists it."""

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
            yield ContentItem(
                kind=self.kind,
                id=str(raw["id"]),
                name=str(raw.get(self.named) or ""),
                category=category_of(raw),
                url=self._address(raw),
                language=raw.get("language") or None,
                published=bool(raw.get("isPublished")),
            )

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


class Assets(Content):
    """`/api/assets`: files to download."""

    _endpoint = "assets"
    one = "asset"
    many = "assets"
    kind = ContentKind.ASSET
    named = "title"

    def _address(self, raw: Mapping[str, Any]) -> str | None:
        return raw.get("downloadUrl") or None


class Categories(Endpoint):
    """`/api/categories`; one belongs to one bundle: email, page, form, global."""

    _endpoint = "categories"
    one = "category"
    many = "categories"


def category_of(raw: Mapping[str, Any]) -> str | None:
    """Return the alias of an item's category; None when it has none."""
    category = raw.get("category")
    return category.get("alias") or None if isinstance(category, Mapping) else None
