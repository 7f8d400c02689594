"""What a company in Recruitee holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Record = dict[str, Any]

#: Stages of every offer; the category is reported, not documented.
STAGES: tuple[Record, ...] = (
    {"id": 501, "name": "Applied", "category": "apply"},
    {"id": 502, "name": "Interview", "category": "interview"},
    {"id": 503, "name": "Hired", "category": "hire"},
)
#: What a PATCH replaces as a whole.
WRITABLE = frozenset(
    {"name", "emails", "phones", "sources", "social_links", "links", "cover_letter"}
)


@dataclass
class State:
    """Candidates, offers and what was mailed to people."""

    clock: Callable[[], datetime]
    candidates: dict[int, Record] = field(default_factory=dict)
    notes: dict[int, list[Record]] = field(default_factory=dict)
    #: Addresses of candidates that were mailed.
    mails: list[str] = field(default_factory=list)
    offers: dict[int, Record] = field(
        default_factory=lambda: {
            11: {"id": 11, "title": "Security engineer", "kind": "job", "slug": "se"},
            12: {"id": 12, "title": "Talent", "kind": "talent_pool", "slug": "pool"},
        }
    )
    _last: int = 1000

    def number(self) -> int:
        """Give the next id."""
        self._last += 1
        return self._last

    def create(self, given: Record, offers: list[int]) -> Record:
        """Add a candidate by hand, which mails nobody."""
        number = self.number()
        made: Record = {
            "id": number,
            "name": given["name"],
            **{key: list(given.get(key) or []) for key in WRITABLE - {"name"}},
            "cover_letter": given.get("cover_letter"),
            "tags": [],
            "fields": [],
            "placements": [],
            "gdpr_status": "no_expiration",
            "gdpr_expires_at": None,
            "gdpr_consent_ever_given": False,
            "soft_deleted_at": None,
            "deleted_at": None,
            "created_at": self.now(),
            "updated_at": self.now(),
        }
        self.candidates[number] = made
        self.notes[number] = []
        for offer in offers:
            self.place(made, offer)
        return made

    def place(self, candidate: Record, offer: int) -> Record:
        """Put somebody on an offer, at its first stage."""
        made = {
            "id": self.number(),
            "candidate_id": candidate["id"],
            "offer_id": offer,
            "stage_id": STAGES[0]["id"],
            "stage": dict(STAGES[0]),
            "disqualified_at": None,
        }
        candidate["placements"].append(made)
        self.touch(candidate)
        return made

    def touch(self, candidate: Record) -> None:
        """Note that somebody was changed just now."""
        candidate["updated_at"] = self.now()

    def now(self) -> str:
        """Write the time as they do."""
        return self.clock().strftime("%Y-%m-%d %H:%M:%S.%f UTC")

    def search(self, filters: list[Record]) -> list[Record]:
        """Search as they do: what is not understood is silently ignored."""
        living = [one for one in self.candidates.values() if not one["deleted_at"]]
        text = next(
            (str(one["query"]) for one in filters if set(one) == {"field", "query"}
             and one["field"] == "all"), ""
        ).lower()  # fmt: skip
        return [one for one in living if text in _text(one)]


def _text(candidate: Record) -> str:
    lists = ("emails", "phones", "sources", "tags")
    words = [candidate["name"], *(str(w) for key in lists for w in candidate[key])]
    return "\n".join(words).lower()
