"""Custom contact fields."""

from plugin.mautic.endpoint import Endpoint


class Fields(Endpoint):
    """`/api/fields/contact`.

    Mautic may give a new field another alias than asked for (cut at 25
    characters, a number behind it): the alias in the answer is the true one.
    """

    _endpoint = "fields/contact"
    one = "field"
    many = "fields"
