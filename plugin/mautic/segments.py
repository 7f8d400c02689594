"""Segments; members come by filter only, and only when Mautic's cron runs."""

from plugin.mautic.endpoint import Endpoint


class Segments(Endpoint):
    """`/api/segments`, which answers with Mautic's older words list and lists.

    There is no add or remove here on purpose: removing a member of a filter
    segment over the API keeps that contact out for ever.
    """

    _endpoint = "segments"
    one = "list"
    many = "lists"
