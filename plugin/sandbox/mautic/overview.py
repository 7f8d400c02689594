"""The page at /: what the look-alike holds, read-only, for people to look at."""

from flask import Response, render_template_string

from plugin.sandbox.mautic import payloads, php
from plugin.sandbox.mautic.model import Contact, Item
from plugin.sandbox.mautic.state import State

TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mautic (look-alike)</title>
<style>
:root{--ink:#1f2430;--soft:#5b6270;--line:#d9dde5;--brand:#4e5e9e;--paper:#fff}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:#f3f5f9}
header{background:var(--brand);color:#fff;padding:.9rem 1.5rem}
header h1{margin:0;font-size:1.15rem}header p{margin:0}
main{padding:1.5rem;display:grid;gap:1.5rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:6px;
overflow-x:auto}
h2{font-size:1rem;margin:0;padding:.8rem 1rem;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.45rem 1rem;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-size:.8rem;color:var(--soft)}
.tag{display:inline-block;border:1px solid var(--line);border-radius:3px;
padding:0 .4rem;margin:0 .2rem .2rem 0;font-size:.85rem}
.num{text-align:right;font-variant-numeric:tabular-nums}
</style></head><body>
<header><h1>Mautic</h1><p>A look-alike that runs in memory: nothing here is
mailed to anybody.</p></header>
<main>
<section aria-labelledby="contacts"><h2 id="contacts">Contacts ({{ contacts|length }}
known, {{ anonymous }} anonymous)</h2>
<table><thead><tr><th scope="col">Name</th><th scope="col">Email</th>
<th scope="col">Stage</th>{% for field in fields %}
<th scope="col">{{ field.label }}</th>{% endfor %}<th scope="col">Tags</th>
<th scope="col">Notes</th><th scope="col">Last active</th></tr></thead><tbody>
{% for contact in contacts %}<tr><td>{{ contact.name }}</td><td>{{ contact.email }}</td>
<td>{{ contact.stage }}</td>{% for value in contact["values"] %}<td>{{ value }}</td>
{% endfor %}<td>{% for tag in contact.tags %}<span class="tag">{{ tag }}</span>
{% endfor %}</td><td>{% for note in contact.notes %}{{ note }}<br>{% endfor %}</td>
<td>{{ contact.active }}</td></tr>{% endfor %}
</tbody></table></section>
{% for title, rows in lists %}
<section aria-label="{{ title }}"><h2>{{ title }}</h2>
<table><thead><tr><th scope="col">Name</th><th scope="col">Published</th>
<th scope="col" class="num">Count</th></tr></thead><tbody>
{% for row in rows %}<tr><td>{{ row.name }}</td>
<td>{{ "yes" if row.published else "no" }}</td><td class="num">{{ row.count }}</td></tr>
{% endfor %}</tbody></table></section>{% endfor %}
</main></body></html>"""


def page(state: State) -> Response:
    """Show contacts with their custom fields, segments, campaigns and hooks."""
    with state.lock:
        body = render_template_string(TEMPLATE, **_read(state))
    answer = Response(body, mimetype="text/html")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    answer.headers["Content-Security-Policy"] = policy
    return answer


def _read(state: State) -> Item:
    custom = [f for f in state.custom_fields() if not f.fixed and f.row]
    known = [c for c in state.contacts.values() if not c.anonymous]
    notes: dict[int, list[str]] = {}
    for row in state.tables["notes"].values():
        notes.setdefault(row["lead"], []).append(str(row["text"]))
    return {
        "fields": custom,
        "contacts": [
            _contact(state, c, notes.get(c.id, []))
            | {"values": [_shown(c.values.get(f.alias)) for f in custom]}
            for c in known
        ],
        "anonymous": len(state.contacts) - len(known),
        "lists": [
            ("Segments", _counted(state, "segments")),
            ("Campaigns", _counted(state, "campaigns")),
            ("Webhooks: requests logged", _hooks(state)),
        ],
    }


def _shown(value: object) -> object:
    return "" if value is None else value


def _contact(state: State, contact: Contact, notes: list[str]) -> Item:
    names = (contact.values.get("firstname"), contact.values.get("lastname"))
    stage = state.tables["stages"].get(contact.stage or 0)
    return {
        "name": " ".join(str(name) for name in names if name)
        or f"Contact {contact.id}",
        "email": _shown(contact.values.get("email")),
        "stage": stage["name"] if stage else "",
        "tags": [row["tag"] for row in payloads.tags(state, contact)],
        "notes": notes,
        "active": _shown(php.sql(contact.last_active)),
    }


def _counted(state: State, table: str) -> list[Item]:
    members = state.members if table == "segments" else state.campaigners
    counts: dict[int, int] = {}
    for (group, _), row in members.items():
        counts[group] = counts.get(group, 0) + (not row["manually_removed"])
    return [
        {
            "name": row["name"],
            "published": row["isPublished"],
            "count": counts.get(row["id"], 0),
        }
        for row in state.tables[table].values()
    ]


def _hooks(state: State) -> list[Item]:
    logs = state.logs["webhook_logs"]
    return [
        {
            "name": row["name"],
            "published": row["isPublished"],
            "count": sum(log["webhook_id"] == row["id"] for log in logs),
        }
        for row in state.tables["hooks"].values()
    ]
