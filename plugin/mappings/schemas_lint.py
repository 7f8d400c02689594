"""What lint.toml may say."""

from marshmallow import validate

from plugin.config.fields import Choice, Text
from plugin.mappings.kinds import Sequence, Set, Tables
from plugin.mappings.lint import Lint, WordList
from plugin.mappings.model import Phase
from plugin.mappings.schemas import Table, slug

_WORD = r"(?=.*\w)\S+( \S+)*"


def _words(*, required: bool) -> Sequence:
    return Sequence(
        Text("a word or some words, `*` for any letters", _WORD),
        required=required,
        validate=validate.Length(min=1, error="empty; expected at least one word")
        if required
        else (),
        **({} if required else {"load_default": ()}),
    )


class WordsTable(Table):
    """`[[words]]` in lint.toml."""

    model = WordList
    id = slug("a name", required=True)
    phases = Set(Choice(Phase), required=True)
    words = _words(required=True)
    allowed = _words(required=False)


class LintFile(Table):
    """lint.toml."""

    model = Lint
    words = Tables(WordsTable(), "words", load_default=())
    own_tokens = Set(Text("a token's name", r"[a-z_]+"), load_default=frozenset)
