"""Families of scanners, proxies, previewers and monitors, and what each does.

What they do follows what their makers and their victims describe: links followed at
delivery, minutes later, with honest and with borrowed user agents.
"""

from collections.abc import Callable, Mapping

from tests.support.mails import BORROWED, WEBKIT, WINDOWS, Mail

#: What a machine does with a mail; `clicked_at` is when its reader clicked, if so.
Scan = Callable[[Mail, float | None], None]


def _all(
    mail: Mail,
    start: float,
    pause: tuple[float, float],
    agents: tuple[str, ...],
    *,
    isp: str = "",
    lands: bool = False,
) -> None:
    at, agent = start, mail.random.choice(agents)
    for link in range(mail.links):
        mail.click(at, link, agent, lands=lands, isp=isp)
        at += mail.random.uniform(*pause)


def safe_links(mail: Mail, _: float | None) -> None:
    """Microsoft Defender: every link, seconds after delivery, borrowed agents."""
    isp = mail.random.choice(("Microsoft Corporation", ""))
    _all(mail, mail.random.uniform(4, 50), (0.1, 1.5), BORROWED, isp=isp)


def defender_detonation(mail: Mail, _: float | None) -> None:
    """Microsoft Defender's sandbox: runs the scripts too, from Azure."""
    isp = "Microsoft Azure"
    _all(mail, mail.random.uniform(1, 30), (0, 1), BORROWED, isp=isp, lands=True)


def proofpoint(mail: Mail, _: float | None) -> None:
    """Proofpoint: opens all, follows all, some by HEAD first."""
    mail.open(2, BORROWED[0])
    for link in range(mail.links):
        for second in (0, 1):
            agent = BORROWED[link % len(BORROWED)]
            mail.click(
                3 + link / 2 + second, link, agent, lands=False, isp="PROOFPOINT"
            )


def mimecast(mail: Mail, _: float | None) -> None:
    """Mimecast: at once, with an agent nobody has."""
    _all(mail, mail.random.uniform(0.2, 2), (0.1, 0.5), ("Mozilla/5.0",))


def barracuda(mail: Mail, _: float | None) -> None:
    """Barracuda: at once, and the hidden link too."""
    _all(mail, 1, (0.1, 0.6), BORROWED)
    mail.click(2, 666, BORROWED[0], lands=False)


def ironport(mail: Mail, _: float | None) -> None:
    """A gateway that samples two links in the same second."""
    at = mail.random.uniform(5, 55)
    agent = mail.random.choice(BORROWED)
    for link in mail.some_links(2):
        mail.click(at, link, agent, lands=False, isp="Cisco Systems Ironport Division")


def google_image_proxy(mail: Mail, _: float | None) -> None:
    """Gmail's proxy: opens only."""
    mail.open(5, "Mozilla/5.0 (via ggpht.com GoogleImageProxy)")


def apple_mail_privacy(mail: Mail, _: float | None) -> None:
    """Apple's proxy: opens everything within hours."""
    mail.open(mail.random.uniform(60, 20_000), "Mozilla/5.0")


def _preview(agent: str) -> Scan:
    def preview(mail: Mail, clicked_at: float | None) -> None:
        """Fetch what a reader shares with others."""
        if clicked_at is not None:
            later = clicked_at + mail.random.uniform(30, 3000)
            mail.click(later, 0, agent, lands=False)

    return preview


def antivirus(mail: Mail, clicked_at: float | None) -> None:
    """On the reader's own machine: fetches what they click, a second later."""
    if clicked_at is not None:
        mail.click(clicked_at + 1, 0, "Kaspersky Web Anti-Virus", lands=False)


def uptime(mail: Mail, _: float | None) -> None:
    """A monitor that was given a tracked link."""
    for hour in range(4):
        mail.visit(3600.0 * hour, 0, "UptimeRobot/2.0 (+http://uptimerobot.com/)")


def headless(mail: Mail, _: float | None) -> None:
    """A script of somebody's own: a browser without a window, scripts and all."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/131.0 Safari"
    _all(mail, mail.random.uniform(60, 900), (1, 20), (agent,), lands=True)


def delayed(mail: Mail, _: float | None) -> None:
    """Minutes later, slowly, with a browser's agent, from nowhere known."""
    _all(mail, mail.random.uniform(120, 700), (2, 12), BORROWED[1:2])


def single(mail: Mail, _: float | None) -> None:
    """One link, within a minute, with a browser's agent, from nowhere known."""
    link = mail.random.randrange(mail.links)
    at = mail.random.uniform(5, 58)
    mail.click(at, link, BORROWED[2], lands=False)


def second_look(mail: Mail, clicked_at: float | None) -> None:
    """Time of click: looks at what the reader opens, at once, from a cloud."""
    if clicked_at is not None:
        at, isp = clicked_at + mail.random.uniform(0, 12), "Amazon Technologies Inc."
        mail.click(at, 0, BORROWED[3], lands=False, isp=isp)


#: Family -> what it does.
SCANNERS: Mapping[str, Scan] = {
    "safe-links": safe_links,
    "defender-detonation": defender_detonation,
    "proofpoint": proofpoint,
    "mimecast": mimecast,
    "barracuda": barracuda,
    "ironport": ironport,
    "google-image-proxy": google_image_proxy,
    "apple-mail-privacy": apple_mail_privacy,
    "slack": _preview("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
    "teams": _preview(f"{WINDOWS} SkypeUriPreview Preview/0.5"),
    "linkedin": _preview("LinkedInBot/1.0 (compatible; Mozilla/5.0)"),
    "whatsapp": _preview("WhatsApp/2.24.20.0 A"),
    "antivirus": antivirus,
    "uptime": uptime,
    "headless": headless,
    "delayed": delayed,
    "single": single,
    "second-look": second_look,
}
