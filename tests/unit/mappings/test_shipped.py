"""The mappings we ship: what the brief asks of them."""

from pathlib import Path

import pytest

from plugin.mappings import loader
from plugin.mappings.consent import Basis
from plugin.mappings.model import FIELD_VALUES, Phase
from tests.golden.build import MAPPINGS, shipped
from webhooks.events import EventType


def test_an_open_gives_nothing():
    rules = {rule.event: rule for rule in shipped().scoring.rules}

    assert rules[EventType.EMAIL_OPENED].points == 0


def test_every_value_of_ours_has_its_field():
    assert {one.value for one in shipped().fields.fields} == set(FIELD_VALUES)


def test_texts_are_longer_than_mautic_allows_by_default():
    sized = [one for one in shipped().fields.fields if one.type in ("text", "url")]

    assert {one.length for one in sized} == {191}


def test_each_phase_has_a_segment_and_an_unpublished_campaign_of_it():
    whole = [one for one in shipped().segments if one.is_whole_phase]
    segments = {one.phase: one.alias for one in whole}

    assert set(segments) == set(Phase)
    assert {one.segment for one in shipped().campaigns} == set(segments.values())
    assert not any(one.publish for one in shipped().campaigns)


def test_nothing_is_decided_about_consent_so_nobody_is_handed_over():
    """That is for the admin: `stdc check` and `stdc doctor` ask for it."""
    consent = shipped().fields.consent

    assert consent.profiling_field is None
    assert consent.basis is Basis.UNDECIDED


def test_every_label_is_in_both_languages():
    labels = [one.label for one in shipped().fields.fields]
    labels += [one.name for one in shipped().segments]
    labels += [one.description for one in shipped().campaigns]
    labels += shipped().content.topics.values()

    assert {tuple(sorted(label)) for label in labels} == {("en", "nl")}


@pytest.mark.parametrize(
    "name", [*loader.FILES, *loader.OPTIONAL, "ats/odoo.toml", "ats/webhook.toml"]
)
def test_each_file_opens_with_what_it_governs(name):
    lines = (MAPPINGS / name).read_text().splitlines()

    stem = Path(name).stem
    schema = (
        "../schemas/ats.json" if name.startswith("ats/") else f"./schemas/{stem}.json"
    )
    assert lines[0] == f"#:schema {schema}"
    assert lines[1].startswith("# ")


def test_the_version_is_that_of_the_text(tmp_path):
    for path in MAPPINGS.rglob("*.toml"):
        copy = tmp_path / path.relative_to(MAPPINGS)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    same = loader.load(tmp_path).version
    (tmp_path / "phases.toml").write_text((MAPPINGS / "phases.toml").read_text() + "#")

    assert same == shipped().version
    assert loader.load(tmp_path).version != same


def test_the_language_is_the_installations():
    assert loader.load(MAPPINGS, language="en").language == "en"
