"""What forms were filled in with: Mautic's table has who and when, not what.

The answers stand in a table per form, which only the form's own address shows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from plugin.errors import Misconfigured, Rejected
from plugin.mautic.client import Mautic
from plugin.mautic.content import SUBMISSIONS
from plugin.mautic.session import ServerError

#: The table whose rows lack the answers.
TABLE = "form_submissions"
#: People who filled in one form, up to so many, are asked about one by one.
FEW = 5

Row = Mapping[str, Any]
#: A submission as a webhook tells it.
Submission = Mapping[str, Any]


@dataclass(slots=True)
class FilledIn:
    """The submissions of some rows, by number, and why some could not be read."""

    found: dict[int, Submission] = field(default_factory=dict)
    missing: dict[int, str] = field(default_factory=dict)

    def told(self, rows: Iterable[Row]) -> list[Row]:
        """Give the rows with their submissions, as far as those were read."""
        return [
            {**row, "submission": self.found[number]}
            if (number := int(row["id"])) in self.found
            else row
            for row in rows
        ]


def read(mautic: Mautic, rows: Sequence[Row]) -> FilledIn:
    """Read the submissions of rows of Mautic's table, those of one form together.

    A form that is gone, not ours to see or broken in Mautic costs the answers, never
    the sign-up. Raises Retryable when Mautic does not answer now.
    """
    filled = FilledIn()
    forms: dict[int, list[Row]] = {}
    for row in rows:
        if row.get("lead_id") and row.get("form_id"):
            forms.setdefault(int(row["form_id"]), []).append(row)
    for form_id, some in sorted(forms.items()):
        wanted = {int(row["id"]) for row in some}
        why = "Mautic does not show it"
        try:
            for one in _submissions(mautic, form_id, some):
                if int(one["id"]) in wanted:
                    filled.found[int(one["id"])] = one
        except (Rejected, Misconfigured) as error:
            why = str(error)
        except ServerError as error:
            if error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            why = str(error)
        missing = wanted - filled.found.keys()
        filled.missing |= dict.fromkeys(sorted(missing), why)
    return filled


def _submissions(
    mautic: Mautic, form_id: int, rows: Sequence[Row]
) -> Iterator[Submission]:
    """Yield the submissions of these rows of one form, and perhaps others."""
    people = {int(row["id"]): int(row["lead_id"]) for row in rows}
    if len(set(people.values())) > FEW:
        for one in _from_the_list(mautic, form_id, people):
            people.pop(int(one["id"]), None)
            yield one
    for contact_id in sorted(set(people.values())):
        yield from mautic.forms.submissions(form_id, contact_id=contact_id, limit=1000)


def _from_the_list(
    mautic: Mautic, form_id: int, wanted: Iterable[int]
) -> Iterator[Submission]:
    """Read the form's list from where these stand in it until they are over.

    It is in order of time; as many as have lower numbers come before.
    """
    left = set(wanted)
    start = mautic.stats.count_below(TABLE, min(left), {"form_id": form_id})
    while left:
        some = mautic.forms.submissions(form_id, start=start)
        yield from some
        numbers = {int(one["id"]) for one in some}
        left -= numbers
        start += len(some)
        if len(some) < SUBMISSIONS or min(numbers) > max(left, default=0):
            return
