"""The doctor says when nobody can be handed over because nobody has decided."""

from types import SimpleNamespace

import pytest

from plugin.health.checks_consent import decided
from plugin.health.model import Outcome
from plugin.mappings.consent import Consent

WAIVED = Consent(handover="not-needed", handover_reason="their own request")


@pytest.mark.parametrize(
    ("asked", "connections", "outcome", "says"),
    [
        (Consent(), {"odoo": 1}, Outcome.FAIL, "nobody is handed over"),
        (Consent(), {}, Outcome.OK, "no ATS"),
        (WAIVED, {"odoo": 1}, Outcome.OK, "not needed: their own request"),
        (Consent(handover_field="mag"), {"odoo": 1}, Outcome.OK, "mag"),
    ],
)
def test_it_is_looked_at_where_there_is_an_ats(asked, connections, outcome, says):
    premises = SimpleNamespace(
        mappings=SimpleNamespace(fields=SimpleNamespace(consent=asked)),
        settings=SimpleNamespace(ats=connections),
    )

    found = decided(premises)

    assert found.outcome is outcome
    assert says in found.says
