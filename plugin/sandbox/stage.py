"""The marketer's work before the curtain rises: content in the look-alike.

Made over REST, as a marketer's would be through Mautic's own pages, with the
category that says which phase and topic each piece is for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from plugin.sandbox.mautic.server import MauticSandbox

#: Seconds that a call to the look-alike may take.
TIMEOUT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of content."""

    #: pages, emails, forms or assets.
    kind: str
    title: str
    #: Alias of its Mautic category; "" for none.
    category: str
    #: For an e-mail: the key of the page it leads to.
    leads_to: str = ""


PIECES: Mapping[str, Piece] = {
    "podcast-zero-trust": Piece(
        kind="pages",
        title="Podcast: zero trust in gewone taal",
        category="see-security",
    ),
    "podcast-red-team": Piece(
        kind="pages", title="Podcast: een dag bij het red team", category="see-security"
    ),
    "podcast-cloud-costs": Piece(
        kind="pages", title="Podcast: waarom de cloud zo duur is", category="see-cloud"
    ),
    "blog-incident": Piece(
        kind="pages", title="Blog: de nacht van het incident", category="see-security"
    ),
    "blog-data-mesh": Piece(
        kind="pages", title="Blog: data mesh zonder hype", category="see-data"
    ),
    "hackathon": Piece(
        kind="pages", title="24-uurs hackathon", category="think-security"
    ),
    "hackathon-programme": Piece(
        kind="pages", title="Programma van de hackathon", category="think-security"
    ),
    "whitepaper-page": Piece(
        kind="pages", title="Whitepaper: data op orde", category="think-data"
    ),
    "sign-up": Piece(kind="pages", title="Maak kennis met het team", category="do"),
    "mail-podcast-zero-trust": Piece(
        kind="emails",
        title="Nieuwe aflevering: zero trust",
        category="see-security",
        leads_to="podcast-zero-trust",
    ),
    "mail-podcast-red-team": Piece(
        kind="emails",
        title="Nieuwe aflevering: het red team",
        category="see-security",
        leads_to="podcast-red-team",
    ),
    "mail-podcast-cloud": Piece(
        kind="emails",
        title="Nieuwe aflevering: cloudkosten",
        category="see-cloud",
        leads_to="podcast-cloud-costs",
    ),
    "mail-hackathon": Piece(
        kind="emails",
        title="Doe mee: 24 uur bouwen en breken",
        category="think-security",
        leads_to="hackathon",
    ),
    "mail-whitepaper-data": Piece(
        kind="emails",
        title="Whitepaper: data op orde",
        category="think-data",
        leads_to="whitepaper-page",
    ),
    "whitepaper-soc": Piece(
        kind="assets", title="Whitepaper: een SOC dat slaapt", category="think-security"
    ),
    "whitepaper-finops": Piece(
        kind="assets", title="Whitepaper: FinOps in 30 dagen", category="think-cloud"
    ),
    "whitepaper-data": Piece(
        kind="assets", title="Whitepaper: data op orde", category="think-data"
    ),
    "newsletter": Piece(kind="forms", title="Nieuwsbrief", category="see"),
    "sign-up-form": Piece(kind="forms", title="Ik wil kennismaken", category="do"),
}

#: The fields in which the marketer keeps consent to be handed over: alias, label, type.
CONSENT = (
    ("toestemming_ats", "Toestemming: recruiter mag contact opnemen", "boolean"),
    ("toestemming_ats_op", "Toestemming gegeven op", "date"),
    ("toestemming_ats_tekst", "Toestemming: versie van de tekst", "text"),
)
#: The version of the text beside the box on the form.
CONSENT_TEXT = "kandidatenreglement 2026-01"

#: Mautic's name for a bundle of categories, by route.
BUNDLES = {"pages": "page", "emails": "email", "forms": "form", "assets": "asset"}


class Stage:
    """The content of one demo, by our keys and by Mautic's ids."""

    def __init__(self, mautic: MauticSandbox) -> None:
        """Take a look-alike that is listening."""
        self._mautic = mautic
        self._session = requests.Session()
        self._session.auth = (mautic.username, mautic.password)
        self._categories: dict[tuple[str, str], int] = {}
        #: Categories for any content, by alias; None until asked for.
        self._offered: dict[str, int] | None = None
        #: Our key -> Mautic's id.
        self.ids: dict[str, int] = {}

    def build(self) -> None:
        """Make the consent fields and every piece, pages before their mails."""
        for alias, label, kind in CONSENT:
            self._field(alias, label, kind)
        for key, piece in PIECES.items():
            self.ids[key] = self._make(key, piece)

    def address(self, page: str) -> str:
        """Give the address of a landing page."""
        return f"{self._mautic.url}/{page}"

    def _field(self, alias: str, label: str, kind: str) -> None:
        body: dict[str, Any] = {"alias": alias, "label": label, "type": kind}
        if kind == "boolean":
            body["properties"] = {"no": "Nee", "yes": "Ja"}
        self._post("fields/contact/new", body | {"group": "professional"})

    def _make(self, key: str, piece: Piece) -> int:
        body: dict[str, Any] = {
            "category": self._category(BUNDLES[piece.kind], piece.category),
            "isPublished": True,
        }
        if piece.kind == "pages":
            body |= {"title": piece.title, "alias": key, "template": "blank"}
            body |= {"customHtml": "<html><body></body></html>", "language": "nl"}
        elif piece.kind == "emails":
            body |= self._mail(piece)
        elif piece.kind == "assets":
            body |= {"title": piece.title, "storageLocation": "remote"}
            body |= {"file": f"https://example.com/{key}.pdf"}
        else:
            body |= _form(piece, asks_consent=key == "sign-up-form")
        made = self._post(f"{piece.kind}/new", body)
        return int(made[piece.kind.removesuffix("s")]["id"])

    def _mail(self, piece: Piece) -> dict[str, Any]:
        link = self.address(piece.leads_to)
        return {
            "name": piece.title,
            "subject": piece.title,
            "emailType": "template",
            "customHtml": f'<a href="{link}">{piece.title}</a>',
            "language": "nl",
        }

    def _category(self, bundle: str, alias: str) -> int:
        """Choose a category in Mautic's list; make one where there is none."""
        if alias in self._global():
            return self._global()[alias]
        if (bundle, alias) not in self._categories:
            title = alias.replace("-", " · ").title()
            made = self._post(
                "categories/new", {"title": title, "alias": alias, "bundle": bundle}
            )
            self._categories[bundle, alias] = int(made["category"]["id"])
        return self._categories[bundle, alias]

    def _global(self) -> dict[str, int]:
        if self._offered is None:
            answer = self._session.get(
                f"{self._mautic.url}/api/categories?limit=0", timeout=TIMEOUT
            )
            self._offered = {
                one["alias"]: int(one["id"])
                for one in answer.json()["categories"]
                if one["bundle"] == "global"
            }
        return self._offered

    def _post(self, route: str, body: Mapping[str, Any]) -> Any:
        answer = self._session.post(
            f"{self._mautic.url}/api/{route}", json=body, timeout=TIMEOUT
        )
        answer.raise_for_status()
        return answer.json()


def _form(piece: Piece, *, asks_consent: bool) -> dict[str, Any]:
    fields = [
        ("E-mail", "email"),
        ("Voornaam", "firstname"),
        ("Achternaam", "lastname"),
    ]
    if asks_consent:
        fields += [(label, alias) for alias, label, _ in CONSENT]
    return {
        "name": piece.title,
        "formType": "standalone",
        "postAction": "return",
        "fields": [
            {
                "label": label,
                "alias": alias,
                "type": "email" if alias == "email" else "text",
                "leadField": alias,
                "mappedObject": "contact",
                "mappedField": alias,
            }
            for label, alias in fields
        ],
    }
