"""The shipped mappings, with what they leave to an admin decided."""

import shutil
from dataclasses import replace
from pathlib import Path

from plugin.mappings.consent import NOT_NEEDED, Consent
from plugin.mappings.model import Mappings

SHIPPED = Path(__file__).parents[2] / "mappings"
#: What an admin may write below [consent].
LINES = """[consent]
handover = "not-needed"
handover_reason = "the candidate's own request"
"""


def decided(folder: Path, lines: str = LINES) -> Path:
    """Copy the shipped mappings to a folder, with a decision on consent; return it."""
    shutil.copytree(SHIPPED, folder)
    path = folder / "fields.toml"
    text = path.read_text(encoding="utf-8")
    assert "[consent]\n" in text
    path.write_text(text.replace("[consent]\n", lines), encoding="utf-8")
    return folder


def without_consent(mappings: Mappings) -> Mappings:
    """Let hand-overs rest on something else than consent."""
    reason = "the candidate's own request"
    waived = replace(
        mappings.fields.consent, handover=NOT_NEEDED, handover_reason=reason
    )
    assert isinstance(waived, Consent)
    return replace(mappings, fields=replace(mappings.fields, consent=waived))
