"""The addresses of the pages."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from flask import Blueprint
from flask.typing import ResponseReturnValue

from plugin.pipeline.parts import Parts
from plugin.ui import (
    calendar,
    contact,
    contact_acts,
    content,
    doctor,
    funnel,
    market,
    operating,
    operations,
    planner,
    rules,
)


class Address(NamedTuple):
    """An address, and what answers there: a function of the parts and its places."""

    rule: str
    #: How `url_for` calls it: "pages.<name>".
    name: str
    view: Callable[..., ResponseReturnValue]
    method: str = "GET"


ADDRESSES = (
    Address("/", "funnel", funnel.show),
    Address("/contacts/<int:contact_id>", "contact", contact.show),
    *(
        Address(f"/contacts/<int:contact_id>/{name}", f"contact_{name}", act, "POST")
        for name, act in (
            ("approve", contact_acts.approve),
            ("decline", contact_acts.decline),
            ("split", contact_acts.split),
            ("erase", contact_acts.erase),
        )
    ),
    Address("/planner", "planner", planner.show),
    Address("/calendar", "calendar", calendar.show),
    Address("/content", "content", content.show),
    Address("/content/refresh", "content_refresh", content.refresh, "POST"),
    Address("/content/<kind>/<item_id>", "content_put", content.put, "POST"),
    Address("/market", "market", market.show),
    Address("/rules", "rules", rules.show),
    Address("/rules/versions/<beginning>", "rules_version", rules.version),
    Address("/rules/drafts/<name>", "rules_draft", rules.draft),
    Address("/rules/drafts/<name>/try", "rules_try", rules.attempt, "POST"),
    Address("/operations", "operations", operations.show),
    Address("/operations/deliveries", "operations_replay", operating.replay, "POST"),
    Address("/operations/writes", "operations_retry", operating.retry, "POST"),
    Address(
        "/operations/ats/<connection>/pause",
        "operations_pause",
        operating.pause,
        "POST",
    ),
    Address(
        "/operations/ats/<connection>/resume",
        "operations_resume",
        operating.resume,
        "POST",
    ),
    Address("/doctor", "doctor", doctor.show),
)


def create_blueprint(parts: Parts) -> Blueprint:
    """Offer the pages of one installation."""
    bp = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static"
    )
    for one in ADDRESSES:
        view = partial(one.view, parts)
        bp.add_url_rule(one.rule, one.name, view, methods=[one.method])
    return bp
