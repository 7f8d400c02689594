"""What alerts.toml may say."""

from datetime import date

from marshmallow.fields import Nested

from plugin.config.fields import Choice, Flag, Number, Text
from plugin.mappings.alerts import Alerts, ContentAlert, DigestRules, Plan, RisingAlert
from plugin.mappings.kinds import OneOf, Sequence, Set, Tables
from plugin.mappings.model import Phase
from plugin.mappings.schemas import Table
from plugin.mappings.schemas_audiences import Instant

#: Ways to tell people of something at once.
WAYS = ("webhook",)


class RisingTable(Table):
    """`[rising]` in alerts.toml."""

    model = RisingAlert
    via = Sequence(OneOf(WAYS), load_default=())
    phases = Set(Choice(Phase), load_default=frozenset)
    only_with_owner = Flag()
    min_visits = Number(2, 100)
    quiet_days = Number(0, 365, whole=False)
    fresh_hours = Number(1, 720, whole=False)


class ContentTable(Table):
    """`[content]` in alerts.toml."""

    model = ContentAlert
    via = Sequence(OneOf(WAYS), load_default=())


class PlanTable(Table):
    """`[[digest.plans]]` in alerts.toml."""

    model = Plan
    audience = Text("the key of an audience", required=True)
    hires = Number(1, 100_000, required=True)
    by = Instant(date, "2027-06-30", required=True)


class DigestTable(Table):
    """`[digest]` in alerts.toml."""

    model = DigestRules
    via = Sequence(OneOf(WAYS), load_default=())
    weekday = Number(1, 7)
    hour = Number(0, 23)
    listed = Number(1, 100)
    names = Flag()
    plans = Tables(PlanTable(), "digest.plans", load_default=())


class AlertsFile(Table):
    """alerts.toml."""

    model = Alerts
    rising = Nested(RisingTable, load_default=RisingAlert)
    content = Nested(ContentTable, load_default=ContentAlert)
    digest = Nested(DigestTable, load_default=DigestRules)
