"""The client of one Mautic: sessions and known calls by the `mautic` library.

That library is from 2016: it has no time-outs, sends forms instead of JSON and
knows neither tags, hooks nor batches. What it lacks is added in `session` (how
to talk) and in one module per resource (what to say); errors are ours.
"""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from plugin.mautic import content
from plugin.mautic.auth import BasicAuth, ClientCredentials, TokenStore
from plugin.mautic.campaigns import Campaigns
from plugin.mautic.contacts import Contacts
from plugin.mautic.fields import Fields
from plugin.mautic.hooks import Hooks
from plugin.mautic.notes import Notes
from plugin.mautic.reports import Reports
from plugin.mautic.segments import Segments
from plugin.mautic.session import TIMEOUT, Session
from plugin.mautic.stages import Stages
from plugin.mautic.stats import Stats
from plugin.mautic.tags import Tags
from plugin.mautic.users import Users


class Mautic:
    """One Mautic over REST; safe to share between threads.

    Every call raises `Retryable` (not now), `Rejected` (no, with Mautic's own
    words) or `Misconfigured` (a person must change something, and what).
    """

    def __init__(
        self,
        base_url: str,
        auth: BasicAuth | ClientCredentials,
        *,
        clock: Callable[[], datetime],
        timeout: tuple[float, float] = TIMEOUT,
        token_store: TokenStore | None = None,
        spend: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the client; nothing is sent before the first call.

        `timeout` is connect and read in seconds. Without a `token_store` an
        OAuth2 token lives as long as this object. `spend` waits for a turn before
        each call; it raises Retryable when there is none.
        """
        self.session = Session(
            base_url,
            auth,
            clock=clock,
            timeout=timeout,
            token_store=token_store,
            spend=spend,
        )
        self.base_url = self.session.base_url
        self.contacts = Contacts(self)
        self.notes = Notes(self)
        self.tags = Tags(self)
        self.stages = Stages(self)
        self.segments = Segments(self)
        self.fields = Fields(self)
        self.campaigns = Campaigns(self)
        self.hooks = Hooks(self)
        self.categories = content.Categories(self)
        self.emails = content.Emails(self)
        self.pages = content.Pages(self)
        self.forms = content.Forms(self)
        self.assets = content.Assets(self)
        self.focus = content.Focus(self)
        self.dynamic_contents = content.DynamicContents(self)
        self.reports = Reports(self)
        self.stats = Stats(self)
        self.users = Users(self)

    @property
    def version(self) -> str:
        """Mautic's version as its answers name it, such as "5.1.1"; may be ""."""
        if self.session.version is None:
            self.users.self_()
        return self.session.version or ""

    def close(self) -> None:
        """Let go of the kept connections."""
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
