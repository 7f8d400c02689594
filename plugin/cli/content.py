"""`stdc content`: what Mautic has, and what each piece is for."""

import click

from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.content.match import CatalogueItem, Classified, classify
from plugin.mappings.model import Mappings
from plugin.pipeline.catalogue import refresh_all
from plugin.pipeline.parts import Parts
from webhooks.events import ContentKind, ContentRef


@click.group()
def content() -> None:
    """See how content is classified: only classified content scores."""


@content.command("refresh")
@pass_session
def refresh(session: Session) -> None:
    """Read e-mails, pages, forms and assets with their categories from Mautic.

    The worker does so every ten minutes by itself; whoever is concerned by a change
    is scored again.
    """
    for kind, items in refresh_all(session.parts).items():
        click.echo(count(items, kind.value))


@content.command("list")
@click.option("--unclassified", is_flag=True, help="Only what scores nothing.")
@json_option
@pass_session
def listing(session: Session, *, unclassified: bool, as_json: bool) -> None:
    """List Mautic's content with its phase and topics, and what says so.

    \b
      stdc content list --unclassified    what still needs a category in Mautic
    """
    rows = [_row(item, found) for item, found in _classified(session.parts)]
    shown = [row for row in rows if not (unclassified and row["phase"])]
    if as_json:
        print_json(shown)
    elif not shown:
        click.echo(_nothing(session.parts.mappings, unclassified=unclassified))
    else:
        header = ("kind", "id", "phase", "topics", "by", "name")
        print_table(header, [[_text(row[name]) for name in header] for row in shown])


def _classified(parts: Parts) -> list[tuple[CatalogueItem, Classified | None]]:
    with parts.store.view() as unit:
        catalogue = parts.catalogue(unit)
    rules = parts.mappings.content
    items = sorted(catalogue.items.values(), key=lambda one: (one.kind, one.id))
    return [(item, classify(_ref(item), None, {}, rules, catalogue)) for item in items]


def _ref(item: CatalogueItem) -> ContentRef:
    return ContentRef(
        kind=ContentKind(item.kind), id=item.id, name=item.name, url=item.url
    )


def _row(item: CatalogueItem, found: Classified | None) -> dict[str, object]:
    return {
        "kind": item.kind,
        "id": item.id,
        "name": item.name,
        "category": item.category,
        "phase": found.phase if found else None,
        "topics": sorted(found.topics) if found else [],
        "gate": found.gate if found else False,
        "by": found.where if found else None,
    }


def _text(value: object) -> object:
    return ", ".join(value) or None if isinstance(value, list) else value


def _nothing(mappings: Mappings, *, unclassified: bool) -> str:
    if unclassified:
        return f"All content is classified by mappings {mappings.version}."
    return "No content known yet; read it from Mautic with: stdc content refresh"
