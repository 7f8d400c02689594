"""Mistakes in ats/<connection>.toml that only show beside the other files."""

import shutil
import tomllib

import pytest

from plugin.errors import Misconfigured
from plugin.mappings import loader
from plugin.mappings.model import Phase
from plugin.mappings.schemas import PhasesFile
from tests.golden.build import MAPPINGS


def problems(folder, text):
    copy = folder / "mappings"
    shutil.copytree(MAPPINGS, copy, dirs_exist_ok=True)
    (copy / "ats" / "odoo.toml").write_text(text)
    with pytest.raises(Misconfigured) as refused:
        loader.load(copy)
    return refused.value.problems


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[[fields]]\ntarget = "x"\nsource = "stdc.reson"',
            "ats/odoo.toml:3:1: fields[0].source: 'reson' is no value of ours",
        ),
        (
            '[[fields]]\ntarget = "x"\ntemplate = "a {stdc.scor} b"',
            "'scor' is no value of ours; did you mean 'score'?",
        ),
        (
            '[[fields]]\ntarget = "x"\nfirst = ["mobile", "stdc.telefoon"]',
            "ats/odoo.toml:3:20: fields[0].first[1]: 'telefoon' is no value of ours",
        ),
        (
            '[[fields]]\ntarget = "x"\nsource = "a"\nstatic = "b"',
            "expected either a source, first, a template or a static text",
        ),
        (
            '[[fields]]\ntarget = "x"\nsource = "a"\ntransform = ["fone"]',
            "did you mean 'phone'?",
        ),
        (
            '[[fields]]\ntarget = "x"\nsource = "a"\nregion = "BE"',
            "never counts: transform does not have 'phone'",
        ),
        (
            '[[fields]]\ntarget = "x"\nsource = "a"\nwrite = "never"\nrequired = true',
            "never written, so it cannot be required",
        ),
        (
            '[[fields]]\ntarget = "x"\nsource = "a"\nvalues = { Ja = "1", ja = "2" }',
            "two keys differ in case only",
        ),
        (
            '[[owners]]\nref = "2"\n[[owners]]\nref = "3"\nmautic_owner = 4',
            "owners[1]: never counts: a table above it takes everybody",
        ),
        (
            '[[targets]]\nkind = "job"\nref = "2"\naudiences = ["it-zuidd"]',
            "'it-zuidd' is no audience of audiences.toml",
        ),
        ('[on]\nre_entry = "reopn"', "expected one of nothing, note, update"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, text, told):
    (found,) = problems(tmp_path, text)

    assert told in found


@pytest.mark.parametrize(
    ("lines", "to", "days"),
    [
        ('rejected_to = "see"\nrejected_pause_days = 7', Phase.SEE, 7),
        ('rejected_to = "see"\nwithdrawn_to = "think"', Phase.THINK, 30),
        ('withdrawn_to = "stay"', None, 30),
        ("rejected_pause_days = 7\nwithdrawn_pause_days = 3", Phase.THINK, 3),
    ],
)
def test_a_withdrawal_is_as_a_rejection_unless_something_else_is_said(lines, to, days):
    rule = "enter = 10\nleave = 5\n"
    text = f"{lines}\n[think]\n{rule}[do]\n{rule}"
    phases = PhasesFile().load(tomllib.loads(text))

    assert (phases.withdrawn_to, phases.withdrawn_pause_days) == (to, days)
