"""What alerts.toml may say."""

from marshmallow.fields import Nested

from plugin.config.fields import Choice, Flag, Number
from plugin.mappings.alerts import Alerts, ContentAlert, RisingAlert
from plugin.mappings.kinds import OneOf, Sequence, Set
from plugin.mappings.model import Phase
from plugin.mappings.schemas import Table

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


class AlertsFile(Table):
    """alerts.toml."""

    model = Alerts
    rising = Nested(RisingTable, load_default=RisingAlert)
    content = Nested(ContentTable, load_default=ContentAlert)
