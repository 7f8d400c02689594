"""`stdc content`: what Mautic has, and what each piece is for."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from plugin.cli.content_health import health
from plugin.cli.output import count, json_option, print_json, print_table
from plugin.cli.session import Session, pass_session
from plugin.content.lint import Finding, Rule
from plugin.content.match import CatalogueItem, Classified, classify
from plugin.content.suggest import Suggester, Suggestion
from plugin.mappings.model import Mappings
from plugin.pipeline.catalogue import refresh_all
from plugin.pipeline.lint import lint_all
from plugin.pipeline.parts import Parts
from webhooks.events import ContentKind, ContentRef


@click.group()
def content() -> None:
    """See how content is classified: only classified content scores."""


content.add_command(health)


@content.command("refresh")
@pass_session
def refresh(session: Session) -> None:
    """Read all content with its categories from Mautic.

    E-mails, landing pages, forms, assets, focus items and dynamic content.

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

    Where nobody has said what an item is for, a category is suggested from the words
    of its name and address; nothing scores by a suggestion.

    \b
      stdc content list --unclassified    what still needs a category in Mautic
    """
    known = _classified(session.parts)
    suggester = Suggester(known, session.parts.mappings.content)
    rows = [
        _row(item, found, None if found else suggester.suggest(item))
        for item, found in known
    ]
    shown = [row for row in rows if not (unclassified and row["phase"])]
    if as_json:
        print_json(shown)
    elif not shown:
        click.echo(_nothing(session.parts.mappings, unclassified=unclassified))
    else:
        header = ("kind", "id", "phase", "topics", "by", "live", "name")
        print_table(header, [[_text(row[name]) for name in header] for row in shown])


@content.command("lint")
@click.option(
    "--rule",
    type=click.Choice([one.value for one in Rule]),
    multiple=True,
    help="Only this finding; may be given more than once.",
)
@json_option
@pass_session
def lint(session: Session, *, rule: tuple[str, ...], as_json: bool) -> None:
    """Look for what content should not say, and for what does not work in it.

    Words of vacancies before Do (mappings/lint.toml), tokens that mean nothing, links
    without UTM tags, content that nobody was sent, and content for Do without a form.
    Reads subjects, texts and links from Mautic as they are now; changes nothing. Exit
    code 1 when something was found.

    \b
      stdc content lint
      stdc content lint --rule vacancy-word    only the words
    """
    found = [one for one in lint_all(session.parts) if not rule or one.rule in rule]
    if as_json:
        print_json([asdict(one) | {"mend": one.mend} for one in found])
    else:
        _print_findings(found)
    if found:
        raise SystemExit(1)


def _print_findings(found: Sequence[Finding]) -> None:
    before = None
    for one in found:
        if before != (one.kind, one.id):
            click.echo(f"{one.kind} {one.id} {one.name}")
        before = one.kind, one.id
        click.echo(f"  {one.rule}: {one.says}")
        click.echo(f"    {one.mend}")
    click.echo(f"{count(len(found), 'finding')}." if found else "Nothing to mend.")


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


def _row(
    item: CatalogueItem, found: Classified | None, suggested: Suggestion | None
) -> dict[str, object]:
    return {
        "kind": item.kind,
        "id": item.id,
        "name": item.name,
        "category": item.category,
        "phase": found.phase if found else None,
        "topics": sorted(found.topics) if found else [],
        "gate": found.gate if found else False,
        "by": found.where if found else _suggested(suggested),
        "language": item.language,
        "live": item.published,
        "url": item.url,
        "suggested": asdict(suggested) if suggested else None,
    }


def _suggested(suggested: Suggestion | None) -> str | None:
    if suggested is None:
        return None
    because = ", ".join(suggested.because)
    return f"perhaps {suggested.category} ({because})"


def _text(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or None if isinstance(value, list) else value


def _nothing(mappings: Mappings, *, unclassified: bool) -> str:
    if unclassified:
        return f"All content is classified by mappings {mappings.version}."
    return "No content known yet; read it from Mautic with: stdc content refresh"
