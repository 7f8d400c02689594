"""JSON Schemas for editors, made of the schemas that check the files themselves.

`python -m plugin.mappings.editors` (or `make schemas`) writes them to
`mappings/schemas/`; a mapping file names its own in the first line (`#:schema`), which
Taplo reads: the TOML support of VS Code, Neovim, Helix and others. An editor then
completes keys and underlines what does not fit. Some mistakes only `stdc check` sees:
those between files.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from plugin.config.fields import JsonSchema, Section
from plugin.config.schema import ConfigSchema
from plugin.mappings.loader import FILES, OPTIONAL
from plugin.mappings.schemas_ats import AtsFile

#: The folder beside the mapping files.
FOLDER = "schemas"

_DRAFT = "http://json-schema.org/draft-07/schema#"


def documents() -> dict[str, JsonSchema]:
    """Make every schema, by its file's name in the folder: `scoring.json`, ..."""
    files: dict[str, type] = {**FILES, **OPTIONAL, "ats.toml": AtsFile}
    found = {
        name.replace(".toml", ".json"): _document(name, schema)
        for name, schema in files.items()
    }
    found["config.json"] = _document("config.toml", ConfigSchema)
    return found


def texts() -> dict[str, str]:
    """Write every schema as the text of its file."""
    return {
        name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        for name, schema in documents().items()
    }


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files into a folder, and drop schemas that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.json"):
        if stale.name not in files:
            stale.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _document(name: str, kind: type) -> JsonSchema:
    schema = kind()
    if not isinstance(schema, Section):
        raise TypeError(kind)
    return {"$schema": _DRAFT, "title": name} | schema.json_schema()


if __name__ == "__main__":
    write(Path(__file__).parents[2] / "mappings" / FOLDER, texts())
