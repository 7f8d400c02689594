"""A Mautic with years of history: rows by the million, made as they are asked for.

Answers what a backfill asks, in the recorded shapes, without keeping anything, so
that it is not what is measured.
"""

import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from plugin.bootstrap import now
from plugin.mautic.content import (
    Assets,
    DynamicContents,
    Emails,
    Focus,
    Forms,
    Pages,
)

RECORDED = Path(__file__).parents[1] / "fixtures" / "mautic_api"
#: Any list that is empty.
NOTHING = json.dumps(
    {"total": "0", "stats": []}
    | {one.many: {} for one in (Emails, Pages, Forms, Assets, Focus, DynamicContents)}
)
#: Strides that scatter what happens over the people.
STRIDES = {"page_hits": 7_919, "email_stats": 104_729, "form_submissions": 1_299_709}
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGES = ("podcast", "hackathon", "vacatures", "blog/zero-trust", "blog/kubernetes")
#: E-mails that were ever sent.
MAILS = 120
DAYS = 400
OPENED = (
    'a:1:{i:0;a:3:{s:8:\\"datetime\\";s:19:\\"%s\\";s:9:\\"useragent\\";'
    's:%d:\\"%s\\";s:9:\\"inBrowser\\";b:0;}}'
)


def sizes(contacts: int) -> dict[str, int]:
    """Say how many rows each table has: ten events for each contact in all.

    Each is identified once, gets three e-mails, opens two in five of them, and
    visits four pages or more, a third of them from an e-mail.
    """
    return {
        "contacts": contacts,
        "email_stats": 3 * contacts,
        "page_hits": 9 * contacts // 2,
        "asset_downloads": contacts // 5,
        "form_submissions": contacts // 10,
        "video_hits": 0,
    }


def events(contacts: int) -> int:
    """Count the events in all that."""
    rows = sum(sizes(contacts).values())
    return rows + sum(1 for one in range(1, 6) if _opens(one)) * 3 * contacts // 5


def _opens(number: int) -> bool:
    return number % 5 in {1, 3}


class History:
    """Rows of each table by their number, from 1."""

    def __init__(self, contacts: int, until: datetime) -> None:
        self.contacts = contacts
        self.sizes = sizes(contacts)
        self.begin = until - timedelta(days=DAYS)
        self.contact = _contact()
        self.makers: dict[str, Callable[[int, int, str], str]] = {
            "page_hits": self.hit,
            "email_stats": self.mail,
            "asset_downloads": self.download,
            "form_submissions": self.form,
        }

    def rows(self, table: str, after: int, limit: int) -> Iterator[str]:
        size, stride = self.sizes[table], STRIDES.get(table, 15_485_863)
        step = DAYS * 86_400 / max(size, 1)
        make = self.makers[table]
        for number in range(after + 1, min(after + limit, size) + 1):
            lead = 1 + number * stride % self.contacts
            at = self.begin + timedelta(seconds=int(number * step))
            yield make(number, lead, f"{at:%Y-%m-%d %H:%M:%S}")

    def people(self, after: int, limit: int) -> Iterator[str]:
        for number in range(after + 1, min(after + limit, self.contacts) + 1):
            yield self.contact.replace("@", str(number))

    def hit(self, number: int, lead: int, at: str) -> str:
        page = PAGES[number % len(PAGES)]
        mail = 1 + number * MAILS // self.sizes["page_hits"] % MAILS
        by_mail = number % 3 == 0
        came = f'"redirect_id":"4","email_id":"{mail}","source":"email",' * by_mail
        return (
            f'{{"id":"{number}",{came}"lead_id":"{lead}","ip_id":"2","device_id":"9",'
            f'"date_hit":"{at}","country":"","region":"","city":"","isp":"",'
            '"organization":"","code":"200","url":"https://www.example.org/'
            f'{page}?utm_source=mautic&utm_medium=email","user_agent":"{AGENT}",'
            f'"browser_languages":"a:0:{{}}","tracking_id":"r1xfx15dy{lead:014d}",'
            '"query":"a:2:{s:10:\\"utm_source\\";s:6:\\"mautic\\";'
            's:10:\\"utm_medium\\";s:5:\\"email\\";}"}'
        )

    def mail(self, number: int, lead: int, at: str) -> str:
        opened = OPENED % (at, len(AGENT), AGENT)
        read = (
            f'"date_read":"{at}","last_opened":"{at}","open_count":"1",'
            f'"open_details":"{opened}",'
            if _opens(number)
            else '"open_count":"0","open_details":"a:0:{}",'
        )
        mail = 1 + number * MAILS // self.sizes["email_stats"] % MAILS
        return (
            f'{{"id":"{number}","email_id":"{mail}","lead_id":"{lead}",{read}'
            f'"email_address":"p{lead}@example.com","date_sent":"{at}","is_read":"1",'
            f'"is_failed":"0","viewed_in_browser":"0","retry_count":"0",'
            f'"tracking_hash":"6b{number:020d}","source":"api","source_id":"0"}}'
        )

    def download(self, number: int, lead: int, at: str) -> str:
        return (
            f'{{"id":"{number}","asset_id":"{1 + number % 5}","ip_id":"2",'
            f'"lead_id":"{lead}","date_download":"{at}","code":"200",'
            f'"tracking_id":"r1xfx15dy{lead:014d}"}}'
        )

    def form(self, number: int, lead: int, at: str) -> str:
        return (
            f'{{"id":"{number}","form_id":"{1 + number % 4}","ip_id":"2",'
            f'"lead_id":"{lead}","tracking_id":"r1xfx15dy{lead:014d}",'
            f'"date_submitted":"{at}","referer":"https://www.example.org/hackathon"}}'
        )


@cache
def _contact() -> str:
    """Take the fullest contact that was recorded; "@" stands for its number."""
    told = json.loads((RECORDED / "contract" / "045-contacts-list.json").read_text())
    answer = told.get("response_text", told.get("response_body"))
    answer = json.loads(answer) if isinstance(answer, str) else answer
    one: dict[str, Any] = max(
        answer["contacts"].values(), key=lambda contact: len(json.dumps(contact))
    )
    email, first = one["fields"]["core"]["email"], one["fields"]["core"]["firstname"]
    email["value"] = email["normalizedValue"] = "p#@example.com"
    first["value"] = first["normalizedValue"] = "P#"
    one["fields"]["all"] |= {"id": "#", "email": "p#@example.com", "firstname": "P#"}
    text = json.dumps({**one, "id": "##"}).replace('"##"', "#")
    return text.replace("@", "\\u0040").replace("#", "@")


class Handler(BaseHTTPRequestHandler):
    """Answers GET requests with keep-alive."""

    protocol_version = "HTTP/1.1"
    history: History

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: one[-1] for name, one in parse_qs(parts.query).items()}
        body = self._body(parts.path.removeprefix("/api/"), query).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Mautic-Version", "5.1.1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self, path: str, query: dict[str, str]) -> str:
        limit = int(query.get("limit", 30))
        table = path.removeprefix("stats/")
        if table == "contacts":
            after = int(query.get("where[0][val]", 0))
            found = self.history.people(after, limit)
            listed = ",".join(f'"{after + n}":{one}' for n, one in enumerate(found, 1))
            return f'{{"total":"{self.history.contacts}","contacts":{{{listed}}}}}'
        if table not in self.history.makers:
            return NOTHING
        size = self.history.sizes[table]
        if query.get("order[0][dir]") == "DESC":
            return f'{{"total":"{size}","stats":[{{"id":"{size}"}}]}}'
        rows = self.history.rows(table, int(query.get("where[0][val]", 0)), limit)
        return f'{{"total":"{size}","stats":[{",".join(rows)}]}}'


def _serve(contacts: int, told: Connection) -> None:
    Handler.history = History(contacts, now())
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.send(server.server_port)
        server.serve_forever()


@contextmanager
def serving(contacts: int) -> Iterator[str]:
    """Serve so many contacts with their history from a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(contacts, there), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        server.terminate()
        server.join()
