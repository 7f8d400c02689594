"""Checks over `[consent]` in fields.toml: one decision, and a whole one."""

from plugin.mappings.checks import Files, Found, table, text
from plugin.mappings.consent import NOT_NEEDED
from plugin.mappings.problems import Problem

FIELDS = "fields.toml"
#: What says more of a consent, and means nothing without one.
MORE = ("handover_date_field", "handover_text_field", "handover_text")


def consent(files: Files) -> Found:
    """Complain of half a decision, and of two."""
    said = table(files.get(FIELDS, {}), "consent")
    is_waived = said.get("handover") == NOT_NEEDED
    has_field = "handover_field" in said
    if is_waived and has_field:
        yield _wrong("handover", "either not-needed, or a handover_field; not both")
    if is_waived and not text(said.get("handover_reason")).strip():
        why = "missing; on what does the hand-over rest, if not on consent?"
        yield _wrong("handover_reason", why)
    if "handover_reason" in said and not is_waived:
        yield _wrong("handover_reason", f'only with handover = "{NOT_NEEDED}"')
    for name in MORE:
        if name in said and not has_field:
            yield _wrong(name, "only with a handover_field")
    if "handover_text" in said and "handover_text_field" in said:
        yield _wrong("handover_text", "either the text's version, or a field with it")


def _wrong(name: str, message: str) -> Problem:
    return Problem(file=FIELDS, path=("consent", name), message=message)


CHECKS = (consent,)
