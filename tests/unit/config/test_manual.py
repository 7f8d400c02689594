"""docs/configuration.md is a complete reference, and of nothing else."""

import re
from collections import defaultdict
from pathlib import Path

from plugin import config

MANUAL = Path(__file__).parents[3] / "docs" / "configuration.md"


def documented():
    found = defaultdict(set)
    for section in MANUAL.read_text(encoding="utf-8").split("\n## `[")[1:]:
        name = re.split(r"[.\]]", section)[0]
        found[name] |= set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    return {(section, key) for section, keys in found.items() for key in keys}


def test_every_setting_is_documented_and_no_other():
    assert documented() == set(config.every_setting())
