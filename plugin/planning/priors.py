"""What is assumed of a conversion before a firm's own numbers speak.

Every assumption is worth half a conversion (as with Jeffreys' prior), but lies where
the benchmarks lie: from the first own conversion on, the own numbers weigh more. The
benchmarks differ from each other by a factor of two to ten, so none deserves more.
"""

from collections.abc import Mapping

from plugin.mappings.audiences import Audience, Edge, Prior

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


def prior_of(audience: Audience, edge: Edge) -> Prior:
    """Look up what is assumed of an edge, the benchmark where nothing is."""
    return audience.priors.get(edge, BENCHMARKS[edge])
