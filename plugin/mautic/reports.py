"""Mautic's reports: only newer versions make them over the API."""

from http import HTTPStatus

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.mautic.endpoint import Endpoint


class Reports(Endpoint):
    """`/api/reports`; our user may lack the right to see them."""

    _endpoint = "reports"
    one = "report"
    many = "reports"

    def is_there(self) -> bool:
        """Tell whether reports can be read."""
        try:
            self.get_list(limit=1)
        except (Misconfigured, Rejected):
            return False
        return True

    def can_be_made(self) -> bool:
        """Tell whether this Mautic makes reports over its API; nothing is made.

        Asks by GET for the address that takes a POST: where there is none, nothing
        is found; where there is one, the method is refused.
        """
        try:
            self._fetch("new")
        except Rejected as error:
            return error.status == HTTPStatus.METHOD_NOT_ALLOWED
        except (Misconfigured, Retryable):
            return False
        return False
