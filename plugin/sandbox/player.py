"""Plays the candidates in front of the look-alikes, act after act."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from plugin.sandbox.mautic.server import MauticSandbox
from plugin.sandbox.mautic.visitor import Visitor
from plugin.sandbox.people import Act, Candidate, Verb
from plugin.sandbox.stage import CONSENT, CONSENT_TEXT, PIECES, Stage

REFERRERS = {
    "linkedin": "https://www.linkedin.com/feed/",
    "youtube": "https://www.youtube.com/watch",
}
#: A scanner that names itself; it follows every link of a mail within a second.
SCANNER = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1) BarracudaCentral"

#: How long after the send a person reads a mail, and a scanner.
READ_SECONDS, SCAN_SECONDS = 25 * 60.0, 1.0


class Recruiter(Protocol):
    """The one who works in the ATS."""

    def hire(self, email: str) -> None:
        """Hire the candidate with this address."""
        ...

    def reject(self, email: str) -> None:
        """Reject the candidate with this address."""
        ...


@dataclass
class Player:
    """One performance: who has which browser, and what is still to come."""

    mautic: MauticSandbox
    stage: Stage
    recruiter: Recruiter
    cast: Sequence[Candidate]
    #: Lets so many seconds pass.
    wait: Callable[[float], None]
    _visitors: dict[str, Visitor] = field(default_factory=dict)

    def acts(self) -> list[tuple[Act, Candidate]]:
        """List everything that will happen, in order."""
        everything = [(act, who) for who in self.cast for act in who.acts]
        return sorted(everything, key=lambda one: (one[0].day, one[1].email))

    def between(self, start: float, end: float) -> Iterator[tuple[Act, Candidate]]:
        """List what happens from day `start` until before day `end`."""
        return (one for one in self.acts() if start <= one[0].day < end)

    def play(self, act: Act, who: Candidate) -> None:
        """Do one act."""
        doing: dict[Verb, Callable[[Act, Candidate], None]] = {
            Verb.VISIT: self._visit,
            Verb.CLICK: self._click,
            Verb.OPEN: self._open,
            Verb.SUBMIT: self._submit,
            Verb.DOWNLOAD: self._download,
            Verb.SCAN: self._scan,
            Verb.UNSUBSCRIBE: self._unsubscribe,
            Verb.HIRE: lambda _, who: self.recruiter.hire(who.email),
            Verb.REJECT: lambda _, who: self.recruiter.reject(who.email),
        }
        doing[act.verb](act, who)

    def contact_id(self, who: Candidate) -> int | None:
        """Give the contact that Mautic takes this candidate for."""
        visitor = self._visitors.get(who.email)
        return visitor.contact_id if visitor else None

    def _visitor(self, who: Candidate) -> Visitor:
        if who.email not in self._visitors:
            self._visitors[who.email] = self.mautic.visitor()
        return self._visitors[who.email]

    def _visit(self, act: Act, who: Candidate) -> None:
        query = {}
        if act.source:
            query = {"utm_source": act.source, "utm_medium": "social"}
        self._visitor(who).visit_page(
            act.content, query=query, referer=REFERRERS.get(act.source)
        )

    def _submit(self, act: Act, who: Candidate) -> None:
        key = "sign-up-form" if act.content == "sign-up" else act.content
        values = {
            "email": who.email,
            "firstname": who.first_name,
            "lastname": who.last_name,
        }
        if key == "sign-up-form" and who.consents:
            values |= self._consent()
        self._visitor(who).submit_form(
            self.stage.ids[key], values, referer=self.stage.address("sign-up")
        )

    def _consent(self) -> dict[str, str]:
        """Tick the box; the form adds the day and the version of the text."""
        today = self.mautic.state.now().date().isoformat()
        said = ("1", today, CONSENT_TEXT)
        return {
            alias: value for (alias, _, _), value in zip(CONSENT, said, strict=True)
        }

    def _sent(self, act: Act, who: Candidate) -> int | None:
        """Send the mail first; None where Mautic does not send it to them."""
        contact_id = self.contact_id(who)
        email_id = self.stage.ids[act.content]
        if contact_id is None:
            return None
        stat = self.mautic.send_email(email_id, contact_id)
        self.wait(SCAN_SECONDS if act.verb is Verb.SCAN else READ_SECONDS)
        return email_id if stat is not None else None

    def _click(self, act: Act, who: Candidate) -> None:
        if (email_id := self._sent(act, who)) is not None:
            link = self.stage.address(PIECES[act.content].leads_to)
            self._visitor(who).click_email(email_id, link)

    def _open(self, act: Act, who: Candidate) -> None:
        if (email_id := self._sent(act, who)) is not None:
            self._visitor(who).open_email(email_id)

    def _scan(self, act: Act, who: Candidate) -> None:
        """Follow every link there is within the second, as mail scanners do."""
        if (email_id := self._sent(act, who)) is None:
            return
        scanner = self.mautic.visitor(user_agent=SCANNER)
        for page in ("podcast-zero-trust", "podcast-red-team", "hackathon", "sign-up"):
            scanner.click_email(
                email_id, self.stage.address(page), contact=self.contact_id(who)
            )

    def _download(self, act: Act, who: Candidate) -> None:
        self._visitor(who).download_asset(self.stage.ids[act.content])

    def _unsubscribe(self, act: Act, who: Candidate) -> None:
        if (email_id := self._sent(act, who)) is not None:
            self._visitor(who).unsubscribe(email_id)
