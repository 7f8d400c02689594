"""Campaigns."""

from plugin.mautic.endpoint import Endpoint


class Campaigns(Endpoint):
    """`/api/campaigns`. Events need `canvasSettings`, or they are ignored."""

    _endpoint = "campaigns"
    one = "campaign"
    many = "campaigns"
