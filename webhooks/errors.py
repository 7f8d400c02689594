"""What can be wrong with a delivery."""


class WebhookError(Exception):
    """Base of everything that `webhooks` raises."""


class InvalidSignature(WebhookError):
    """The sender could not prove who it is: answer 401 and keep nothing."""


class Trial(WebhookError):
    """The sender tries out the address, unsigned: answer 200 and keep nothing."""


class Malformed(WebhookError):
    """The body cannot be read as a delivery at all: park it with this reason."""
