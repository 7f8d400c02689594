"""The page at /: who stands in this ATS, read-only, for people to look at."""

from typing import Any

from flask import Response, render_template_string

from plugin.sandbox.odoo.model import APPLICANT, CANDIDATE, MESSAGE, Record
from plugin.sandbox.odoo.reading import read
from plugin.sandbox.odoo.state import State

TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Odoo Recruitment (look-alike)</title>
<style>
:root{--ink:#1f2430;--soft:#5b6270;--line:#d9dde5;--brand:#714b67;--paper:#fff}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:#f6f4f6}
header{background:var(--brand);color:#fff;padding:.9rem 1.5rem}
header h1{margin:0;font-size:1.15rem}header p{margin:0}
main{padding:1.5rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:6px;
overflow-x:auto}
h2{font-size:1rem;margin:0;padding:.8rem 1rem;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.45rem 1rem;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-size:.8rem;color:var(--soft)}
.tag{display:inline-block;border:1px solid var(--line);border-radius:3px;
padding:0 .4rem;margin:0 .2rem .2rem 0;font-size:.85rem}
.note p{margin:0 0 .3rem}
</style></head><body>
<header><h1>Odoo {{ version }} Recruitment</h1><p>A look-alike that runs in memory:
nothing here is mailed to anybody.</p></header>
<main><section aria-labelledby="people"><h2 id="people">Candidates
({{ people|length }})</h2>
<table><thead><tr><th scope="col">Name</th><th scope="col">Email</th>
<th scope="col">Job</th><th scope="col">Stage</th><th scope="col">Status</th>
<th scope="col">Tags</th><th scope="col">Notes</th></tr></thead><tbody>
{% for one in people %}<tr id="candidate-{{ one.id }}"><td>{{ one.name }}</td>
<td>{{ one.email }}</td><td>{{ one.job }}</td><td>{{ one.stage }}</td>
<td>{{ one.status }}</td><td>{% for tag in one.tags %}<span class="tag">{{ tag }}</span>
{% endfor %}</td><td>{% for note in one.notes %}<div class="note">{{ note|striptags }}
</div>{% endfor %}</td></tr>{% else %}
<tr><td colspan="7">Nobody was handed over yet.</td></tr>{% endfor %}
</tbody></table></section></main></body></html>"""


def page(state: State) -> Response:
    """Show everybody with stage, tags and notes."""
    person = CANDIDATE if CANDIDATE in state.tables else APPLICANT
    people = [_row(state, person, one) for one in state.tables[person].values()]
    text = render_template_string(TEMPLATE, version=state.version, people=people)
    return Response(text, mimetype="text/html")


def _row(state: State, person: str, record: Record) -> dict[str, Any]:
    application = application_of(state, record)
    shown = read(state, APPLICANT, application, []) if application else {}
    tags = [state.tables["hr.applicant.category"][one] for one in record["categ_ids"]]
    return {
        "id": record["id"],
        "name": record["partner_name"] or "",
        "email": record["email_from"] or "",
        "job": _name(shown.get("job_id")),
        "stage": _name(shown.get("stage_id")),
        "status": shown.get("application_status", "in the talent pool"),
        "tags": [tag["name"] for tag in tags if tag["color"]],
        "notes": [
            message["body"]
            for message in state.tables[MESSAGE].values()
            if (message["model"], message["res_id"]) == (person, record["id"])
            and message["message_type"] == "comment"
        ],
    }


def application_of(state: State, person: Record) -> Record | None:
    """Find somebody's application: in 19 they are one, in 18 the newest of theirs."""
    if CANDIDATE not in state.tables:
        return person
    mine = [
        one
        for one in state.tables[APPLICANT].values()
        if one["candidate_id"] == person["id"]
    ]
    return mine[-1] if mine else None


def _name(pair: Any) -> str:
    return str(pair[1]) if pair else ""
