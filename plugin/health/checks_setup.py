"""Checks of what we keep in Mautic: fields, categories, segments, campaigns."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from plugin.content.match import Catalogue, CatalogueItem, classify
from plugin.health.checks_mautic import MAUTIC
from plugin.health.model import Check, Finding, fail, ok, warn, worst
from plugin.health.premises import Premises
from plugin.mautic.endpoint import rows
from plugin.provision.plan import Action
from plugin.provision.resources import Key, Kind
from plugin.store import Unit
from webhooks.events import ContentKind, ContentRef

#: Mautic's crons are given this long to follow a phase that we wrote.
CRON_HOURS = 2
#: Moves older than this are no proof of anything: people are moved by hand too.
CRON_DAYS = 14
#: People that are looked up.
SAMPLE = 3
#: Things named in one sentence.
NAMED = 5


def fields(premises: Premises) -> Finding:
    """Look whether every field of the mappings is there."""
    missing = sorted(
        key.name
        for key in premises.wanted_of(Kind.FIELD)
        if key not in premises.existing(Kind.FIELD)
    )
    if missing:
        return fail(f"not in Mautic: {_some(missing)}")
    return ok(f"{len(premises.wanted_of(Kind.FIELD))} fields")


def field_types(premises: Premises) -> Finding:
    """Compare the types."""
    return worst(_differences(premises, "type", fail), "as the mappings want them")


def field_lengths(premises: Premises) -> Finding:
    """Compare the lengths, where this Mautic tells them."""
    return worst(_differences(premises, "length", fail), "long enough, or not told")


def field_locks(premises: Premises) -> Finding:
    """Look whether visitors could set a field of ours."""
    return worst(_differences(premises, "public", fail), "no visitor can set them")


def field_shown(premises: Premises) -> Finding:
    """Look whether marketers see the fields."""
    found = [
        *_differences(premises, "published", fail),
        *_differences(premises, "visible", warn),
    ]
    return worst(found, "published and visible")


def _differences(
    premises: Premises, attribute: str, severity: Callable[[str], Finding]
) -> Iterator[Finding]:
    existing = premises.existing(Kind.FIELD)
    for key, want in premises.wanted_of(Kind.FIELD).items():
        have = existing.get(key)
        if have is None or attribute not in have.attributes:
            continue
        is_, should = have.attributes[attribute], want.attributes.get(attribute)
        if should is not None and is_ != should:
            yield severity(f"{key.name}: {attribute} is {is_}, should be {should}")


def categories(premises: Premises) -> Finding:
    """Look whether every category of the mappings is there."""
    existing = premises.existing(Kind.CATEGORY)
    wanted = premises.wanted_of(Kind.CATEGORY)
    missing = sorted(key.name for key in wanted if key not in existing)
    if missing:
        return warn(f"not in Mautic: {_some(missing)}")
    return ok(f"{len(wanted)} categories")


def classified(premises: Premises) -> Finding:
    """Count the content that scores nothing."""
    with premises.store.view() as unit:
        catalogue = premises.parts.catalogue(unit)
    items = [one for one in catalogue.items.values() if one.published]
    if not items:
        return warn("no published content is known yet")
    silent = [one for one in items if not _is_classified(one, catalogue, premises)]
    says = f"{len(silent)} of {len(items)} published items score nothing"
    return warn(says) if len(silent) * 2 > len(items) else ok(says)


def _is_classified(
    item: CatalogueItem, catalogue: Catalogue, premises: Premises
) -> bool:
    kind = ContentKind(item.kind)
    ref = ContentRef(kind=kind, id=item.id, name=item.name, url=item.url)
    return classify(ref, None, {}, premises.mappings.content, catalogue) is not None


def owned(premises: Premises) -> Finding:
    """Look whether what we made is still there."""
    gone = [
        str(one.key)
        for one in premises.plan.changes
        if one.action is Action.CREATE and "deleted" in one.reason
    ]
    if gone:
        return fail(f"deleted in Mautic: {_some(gone)}")
    return ok("all still there")


def in_the_way(premises: Premises) -> Finding:
    """Look whether something of others stands where ours should."""
    problems = [f"{one.key}: {one.message}" for one in premises.plan.problems]
    return fail(_some(problems)) if problems else ok("nothing")


def plan(premises: Premises) -> Finding:
    """Look whether `stdc apply` would have something to do."""
    changes = [f"{one.action} {one.key}" for one in premises.plan.changes]
    if changes:
        return warn(f"{len(changes)} to do: {_some(changes)}")
    return ok("Mautic is as the mappings want it")


def segments_cron(premises: Premises) -> Finding:
    """Look whether people who moved a while ago are in their phase's segment."""
    wanted = {phase: alias for alias, phase in _phase_segments(premises).items()}
    late, seen = 0, 0
    for contact_id, phase in _settled(premises):
        if phase not in wanted:
            continue
        seen += 1
        late += wanted[phase] not in _aliases(premises, contact_id)
    return judge_cron(late, seen, "segment")


def campaigns_cron(premises: Premises) -> Finding:
    """Look whether those people are in the campaign their segment feeds."""
    published = _published(premises)
    segments = _phase_segments(premises)
    wanted = {
        segments[one.segment]: published[one.key]
        for one in premises.mappings.campaigns
        if one.key in published and one.segment in segments
    }
    late, seen = 0, 0
    for contact_id, phase in _settled(premises):
        if phase not in wanted:
            continue
        seen += 1
        found = _of_contact(premises, contact_id, "campaigns")
        late += wanted[phase] not in {int(one["id"]) for one in found}
    return judge_cron(late, seen, "campaign")


def _phase_segments(premises: Premises) -> dict[str, str]:
    """Map the alias of each phase's segment to the phase."""
    return {
        one.alias: one.phase.value
        for one in premises.mappings.segments
        if one.is_whole_phase and one.phase is not None
    }


def judge_cron(late: int, seen: int, what: str) -> Finding:
    """Say what it means that `late` of `seen` people are not where they should be."""
    if not seen:
        return ok("nobody moved lately by whom one could tell")
    if not late:
        return ok(f"{seen} who moved are in their {what}")
    says = f"{late} of {seen} who moved are not in their {what} yet"
    return fail(says) if late == seen else warn(says)


def _settled(premises: Premises) -> list[tuple[int, str]]:
    """List (contact id, phase) of some whose phase Mautic has had for a while."""
    now = premises.now
    before = now - timedelta(hours=CRON_HOURS)
    with premises.store.view() as unit:
        moves = unit.people.recent_moves(now - timedelta(days=CRON_DAYS))
        settled = [
            (person_id, move.after.value)
            for person_id, move in moves
            if move.at < before and _is_written(unit, person_id, move.after.value)
        ]
    return list(dict(settled).items())[-SAMPLE:]


def _is_written(unit: Unit, person_id: int, phase: str) -> bool:
    state = unit.people.state(person_id)
    return (
        state is not None
        and state.written is not None
        and state.phase == phase
        and state.written.get("stage") == phase
    )


def _published(premises: Premises) -> dict[str, int]:
    """Map the campaigns of ours that a marketer published to Mautic's ids."""
    existing = premises.plan.ids
    is_live = {
        int(one["id"]): bool(one.get("isPublished"))
        for one in premises.mautic.campaigns.everything()
    }
    campaigns = {
        one.key: existing.get(Key(Kind.CAMPAIGN, one.key))
        for one in premises.mappings.campaigns
    }
    return {
        key: number
        for key, number in campaigns.items()
        if number and is_live.get(number)
    }


def _aliases(premises: Premises, contact_id: int) -> set[str]:
    return {str(one["alias"]) for one in _of_contact(premises, contact_id, "segments")}


def _of_contact(premises: Premises, contact_id: int, what: str) -> list[dict[str, Any]]:
    """Read a contact's segments or campaigns; Mautic's word for segments is lists."""
    url = f"{premises.mautic.base_url}/api/contacts/{contact_id}/{what}"
    body = premises.mautic.session.get(url).json()
    return rows(body, "lists" if what == "segments" else what)


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


FIELDS = (*MAUTIC, "rights.fields")
APPLY = "Run `stdc plan` to see it in full, then `stdc apply`."
CHECKS: tuple[Check, ...] = (
    Check(
        name="fields.there",
        means="What we write into a field that is not there, Mautic drops in silence.",
        mend="Run `stdc apply`.",
        run=fields,
        needs=FIELDS,
    ),
    Check(
        name="fields.type",
        means="Mautic refuses or changes what we write, and segments find nobody.",
        mend="Mautic cannot change a type: delete the field there, or give it another "
        "alias in fields.toml, then run `stdc apply`.",
        run=field_types,
        needs=FIELDS,
    ),
    Check(
        name="fields.length",
        means="Mautic refuses the whole contact when a text is longer than its field.",
        mend="Run `stdc apply`; where Mautic cannot lengthen a field, delete it first.",
        run=field_lengths,
        needs=FIELDS,
    ),
    Check(
        name="fields.locked",
        means="Any visitor could set phase and score through the tracking pixel.",
        mend="Run `stdc apply`, or switch off Publicly updatable in Mautic.",
        run=field_locks,
        needs=FIELDS,
    ),
    Check(
        name="fields.shown",
        means="Marketers do not see phase, score and reason on the contact.",
        mend="Run `stdc apply`.",
        run=field_shown,
        needs=FIELDS,
    ),
    Check(
        name="categories.there",
        means="Marketers cannot choose phase and topic of their content.",
        mend="Run `stdc apply`.",
        run=categories,
        needs=(*MAUTIC, "rights.categories"),
    ),
    Check(
        name="content.classified",
        means="What people read of this content counts for nothing.",
        mend="`stdc content list --unclassified` names it: give it a category in "
        "Mautic. If none is known, run `stdc content refresh`.",
        run=classified,
        needs=("wiring",),
    ),
    Check(
        name="owned.there",
        means="Segments, campaigns or fields that the work needs were deleted.",
        mend=APPLY,
        run=owned,
        needs=MAUTIC,
    ),
    Check(
        name="owned.free",
        means="Something that we did not make has the name of something of ours.",
        mend="Rename it in Mautic or in the mappings; `stdc plan` names it in full.",
        run=in_the_way,
        needs=MAUTIC,
    ),
    Check(
        name="plan.empty",
        means="Mautic is not as the mappings want it.",
        mend=APPLY,
        run=plan,
        needs=MAUTIC,
    ),
    Check(
        name="cron.segments",
        means="Phase segments do not follow the phases, so campaigns do not start.",
        mend="Let cron run `bin/console mautic:segments:update` every few minutes.",
        run=segments_cron,
        needs=(*MAUTIC, "rights.segments", "rights.contacts"),
    ),
    Check(
        name="cron.campaigns",
        means="People are in their segment, and their campaign does nothing.",
        mend="Let cron run `mautic:campaigns:rebuild` and `mautic:campaigns:trigger`.",
        run=campaigns_cron,
        needs=(*MAUTIC, "rights.campaigns", "owned.free", "cron.segments"),
    ),
)
