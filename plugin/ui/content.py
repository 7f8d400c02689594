"""Content: how it does, what nobody classified, what is wrong with it, and a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from plugin.content.health import Verdict
from plugin.content.match import Catalogue, CatalogueItem, Classified, classify
from plugin.content.suggest import Suggester, Suggestion
from plugin.errors import StdcError
from plugin.mappings.model import Phase
from plugin.pipeline import classifying, content_health, content_report
from plugin.pipeline.parts import Parts
from plugin.ui import paging, roles
from plugin.ui.bars import stacked
from plugin.ui.charts import HEIGHT
from plugin.ui.roles import Right
from webhooks.events import ContentKind, ContentRef

#: Items on one page of the catalogue; e-mails, findings and unclassified at once.
PAGE, MAILS, FINDINGS, UNCLASSIFIED = 50, 20, 50, 20

VERDICTS: Mapping[str, str] = {
    Verdict.ALARM.value: _("worse"),
    Verdict.WELL.value: _("well"),
    Verdict.TOO_LITTLE.value: _("not enough data"),
}
KINDS: Mapping[ContentKind, str] = {
    ContentKind.EMAIL: _("e-mail"),
    ContentKind.PAGE: _("landing page"),
    ContentKind.FORM: _("form"),
    ContentKind.ASSET: _("download"),
    ContentKind.FOCUS: _("focus item"),
    ContentKind.DYNAMIC_CONTENT: _("dynamic content"),
}
#: Where Mautic's own pages show each kind.
PLACES: Mapping[ContentKind, str] = {
    ContentKind.EMAIL: "emails",
    ContentKind.PAGE: "pages",
    ContentKind.FORM: "forms",
    ContentKind.ASSET: "assets",
    ContentKind.FOCUS: "focus",
    ContentKind.DYNAMIC_CONTENT: "dwc",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A piece of content, and what it is for."""

    item: CatalogueItem
    found: Classified | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A piece of content that nobody classified, and what may be meant."""

    item: CatalogueItem
    suggestion: Suggestion | None


def show(parts: Parts) -> str:
    """Render how content does, and what there is."""
    roles.require(Right.CONTENT)
    page, phase = paging.asked(request.args, PAGE), request.args.get("phase", "")
    with parts.store.view() as unit:
        known = _known(parts, parts.catalogue(unit))
        told = content_health.told(unit)
        findings = content_report.findings(unit)
        asked = content_report.asked_at(unit)
    listed = [one for one in known if _is_of(one, phase)]
    unclassified = _open(parts, known)
    return render_template(
        "content.html",
        told=told,
        as_of=_moment(told),
        mails=[_drawn(one) for one in _mails(told)],
        more_mails=len((told or {}).get("items", ())) > MAILS,
        findings=(findings or {}).get("found", ())[:FINDINGS],
        findings_count=len((findings or {}).get("found", ())),
        looked_at=_moment(findings),
        asked=asked,
        unclassified=unclassified[:UNCLASSIFIED],
        unclassified_count=len(unclassified),
        aliases=parts.mappings.content.aliases,
        audiences=parts.mappings.audiences,
        phases=list(Phase),
        phase=phase,
        listed=listed[page.offset : page.offset + PAGE],
        page=page,
        total=len(listed),
        verdicts=VERDICTS,
        kinds=KINDS,
        address=lambda item: _address(parts, item),
        height=HEIGHT,
    )


def put(parts: Parts, kind: str, item_id: str) -> ResponseReturnValue:
    """Give a piece of content the category that somebody chose, in Mautic."""
    who = roles.require(Right.CONTENT)
    alias = request.form.get("category", "")
    if kind not in {one.value for one in KINDS} or not item_id.isdecimal():
        abort(404, _("There is no such content."))
    if alias not in parts.mappings.content.aliases:
        return _after(
            _("Choose one of the categories: %(alias)s is none.", alias=alias)
        )
    try:
        item = classifying.classify(parts, ContentKind(kind), item_id, alias, who.actor)
    except StdcError as error:
        return _after(str(error))
    parts.kick()
    return _after(_("%(name)s is %(alias)s now.", name=item.name, alias=alias))


def refresh(parts: Parts) -> ResponseReturnValue:
    """Have a worker count and look again."""
    roles.require(Right.CONTENT)
    content_report.ask(parts)
    return _after(_("A worker looks again; come back in a few minutes."))


def _after(said: object) -> ResponseReturnValue:
    flash(str(said))
    return redirect(url_for("pages.content"))


def _known(parts: Parts, catalogue: Catalogue) -> list[Known]:
    items = sorted(
        catalogue.items.values(), key=lambda one: (one.kind, one.name.lower(), one.id)
    )
    rules = parts.mappings.content
    return [
        Known(item=one, found=classify(_ref(one), None, {}, rules, catalogue))
        for one in items
        if one.kind in KINDS
    ]


def _ref(item: CatalogueItem) -> ContentRef:
    return ContentRef(kind=item.kind, id=item.id, name=item.name, url=item.url)


def _open(parts: Parts, known: Sequence[Known]) -> list[Open]:
    """List what nobody classified, what is published first."""
    told = [(one.item, one.found) for one in known]
    suggester = Suggester(told, parts.mappings.content)
    found = [item for item, classified in told if classified is None]
    found.sort(key=lambda one: not one.published)
    return [Open(item=one, suggestion=suggester.suggest(one)) for one in found]


def _is_of(one: Known, phase: str) -> bool:
    if phase == "none":
        return one.found is None
    return not phase or (one.found is not None and one.found.phase == phase)


def _mails(told: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    items: Sequence[Mapping[str, Any]] = (told or {}).get("items", ())
    return items[:MAILS]


def _drawn(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Draw the click rates of an e-mail's weeks as bars, oldest first."""
    rates = [round(10_000 * send["click_rate"]) for send in reversed(one["sends"])]
    return {**one, "bars": stacked([[rate] for rate in rates], max([*rates, 1]))}


def _moment(told: Mapping[str, Any] | None) -> datetime | None:
    return datetime.fromisoformat(told["as_of"]) if told else None


def _address(parts: Parts, item: CatalogueItem) -> str:
    base = parts.settings.mautic.url.rstrip("/")
    return f"{base}/s/{PLACES[item.kind]}/view/{item.id}"
