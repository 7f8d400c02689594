"""Where mappings came from: the text of the files, and who last edited them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The files that a set of mappings was read from."""

    #: Name relative to the folder -> what stood in it.
    texts: Mapping[str, str] = field(default_factory=dict)
    #: When the file written last was written; None where that cannot be told.
    edited_at: datetime | None = None
    #: The owner of that file on this machine: the best guess at who edited it.
    edited_by: str = ""

    def changed_since(self, before: "Origin | None") -> tuple[str, ...]:
        """List the files that are new, gone or different; all of them after nothing."""
        old = before.texts if before is not None else {}
        names = sorted({*old, *self.texts})
        return tuple(one for one in names if old.get(one) != self.texts.get(one))
