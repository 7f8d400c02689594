"""Stages: Mautic's own word for where somebody stands; we mirror the phase there."""

from plugin.mautic.endpoint import Endpoint


class Stages(Endpoint):
    """`/api/stages`. A contact's stage is set by `contacts.batch_patch`."""

    _endpoint = "stages"
    one = "stage"
    many = "stages"
