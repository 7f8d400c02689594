"""The addresses of the pages."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from plugin.pipeline.parts import Parts
from plugin.ui import contact as contact_page
from plugin.ui import doctor as doctor_page
from plugin.ui import funnel as funnel_page
from plugin.ui import planner as planner_page
from plugin.ui import rules as rules_page


def create_blueprint(parts: Parts) -> Blueprint:
    """Offer the pages of one installation."""
    bp = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static"
    )

    @bp.get("/")
    def funnel() -> ResponseReturnValue:
        return funnel_page.show(parts)

    @bp.get("/contacts/<int:contact_id>")
    def contact(contact_id: int) -> ResponseReturnValue:
        return contact_page.show(parts, contact_id)

    @bp.get("/planner")
    def planner() -> ResponseReturnValue:
        return planner_page.show(parts)

    @bp.get("/doctor")
    def doctor() -> ResponseReturnValue:
        return doctor_page.show(parts)

    @bp.get("/rules")
    def rules() -> ResponseReturnValue:
        return rules_page.show(parts)

    @bp.get("/rules/versions/<beginning>")
    def rules_version(beginning: str) -> ResponseReturnValue:
        return rules_page.version(parts, beginning)

    @bp.get("/rules/drafts/<name>")
    def rules_draft(name: str) -> ResponseReturnValue:
        return rules_page.draft(parts, name)

    @bp.post("/rules/drafts/<name>/try")
    def rules_try(name: str) -> ResponseReturnValue:
        return rules_page.attempt(parts, name)

    return bp
