"""What is assumed of a conversion before a firm's own numbers speak.

Every assumption is worth half a conversion (as with Jeffreys' prior), but lies where
the benchmarks lie: from the first own conversion on, the own numbers weigh more. The
benchmarks differ from each other by a factor of two to ten, so none deserves more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from plugin.planning.model import Edge


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """An assumption about one edge."""

    #: Share of the people in the phase who pass in the end, 0..1.
    conversion: float
    #: Conversions this is worth; the people that go with it follow from the share.
    worth: float = 0.5
    #: Half of those who pass have passed after so many days.
    median_days: float
    #: Where the numbers come from.
    source: str

    @property
    def passed(self) -> float:
        """First parameter of the Beta distribution."""
        return self.worth

    @property
    def stayed(self) -> float:
        """Second parameter of the Beta distribution."""
        return self.worth * (1 - self.conversion) / self.conversion

    @property
    def people(self) -> float:
        """How many people of one's own this weighs as much as."""
        return self.passed + self.stayed


#: Used where audiences.toml says nothing. The shares are geometric means of the two
#: ends of what is published: sqrt(5.1 % x 18.8 %), sqrt(6 % x 11 %), 8 / 180.
BENCHMARKS: Mapping[Edge, Prior] = {
    Edge.SEE_THINK: Prior(
        conversion=0.098,
        median_days=60,
        source=(
            "staffing outreach, 1.5M sequences: 18.8 % reply, 5.1 % interested; "
            "https://gem.com/blog/staffing-outreach-benchmarks-best-practices"
        ),
    ),
    Edge.THINK_DO: Prior(
        conversion=0.081,
        median_days=60,
        source=(
            "career-site visitor to applicant 11 % (Jobvite), click to application "
            "6 % (CareerPlug 2024); https://staffinghub.com/?p=14337"
        ),
    ),
    Edge.DO_HIRE: Prior(
        conversion=0.044,
        median_days=43,
        source=(
            "180 applicants per hire (CareerPlug), sourced people are hired 8 times "
            "as often (Gem 2026), 43 days open (Jobvite); "
            "https://www.gem.com/blog/key-takeaways-from-the-2026-recruiting-benchmarks-report"
        ),
    ),
}
