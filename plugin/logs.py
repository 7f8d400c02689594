"""Log lines: one per unit of work, for people or as JSON, never with a secret.

Everything goes through structlog, also what libraries say by `logging`.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Protocol, TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import Processor

#: What stands in a log line where a secret stood.
BLOT = "***"
#: What stands where an e-mail address stood.
EMAIL_BLOT = "<email>"

#: An at sign as it stands, in an address of the web once or twice over, or in JSON.
_AT = r"(?:@|%(?:25)*40|\\+u0040)"
#: Before it whatever may stand there; behind it a host, with dots or without.
_EMAIL = re.compile(
    rf"[\w.!#$%&'*+/=?^`{{|}}~-]+{_AT}(?:[\w-]+(?:\.[\w-]+)+|localhost\b)",
    re.IGNORECASE,
)
_URL_TOKEN = re.compile(r"([?&](?:\w+_)?token=)[^&\s\"'<>]+", re.IGNORECASE)
_SECRET_KEY = re.compile(
    r"password|passwd|secret|token|authorization|signature|api_?key|cookie",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/._~=-]{8,}", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
#: What is written %2F by most and %2f by some.
_LOWER = re.compile(r"%[0-9A-F]{2}")
#: A shorter secret would blot out half of every word.
_SHORTEST_BLOTTED = 4
#: Libraries that tell more than anybody asked for.
_QUIET = ("urllib3", "alembic", "huey", "werkzeug")


class LogChoice(Protocol):
    """`[log]`, as `plugin.config` reads it."""

    @property
    def format(self) -> str:
        """Choose auto, pretty or json."""

    @property
    def level(self) -> str:
        """Choose debug, info, warning or error."""


class Installation(Protocol):
    """What the log must know of the settings."""

    @property
    def log(self) -> LogChoice:
        """How to log."""

    def secrets(self) -> frozenset[str]:
        """List the values that must never be logged."""


def configure(settings: Installation, stream: TextIO | None = None) -> None:
    """Send all logging to the stream (standard error) as the settings want it."""
    target = stream or sys.stderr
    pretty = settings.log.format == "pretty" or (
        settings.log.format == "auto" and target.isatty()
    )
    shared = _shared(Redaction(settings.secrets()))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(shared, pretty=pretty))
    _route(handler, settings.log.level.upper())


@contextmanager
def unit_of_work(action: str, **known: Any) -> Iterator["Line"]:
    """Write one line when the work is done: action, outcome, ms, and what was noted.

    An exception makes the outcome "failed" and goes on its way.
    """
    line = Line(known)
    started = time.perf_counter()
    try:
        yield line
    except Exception as error:
        line.note(outcome="failed", error=f"{type(error).__name__}: {error}")
        raise
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        line.write(action, milliseconds)


class Line:
    """The one line of a unit of work, while it is being filled in."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        """Start with what is known beforehand."""
        self._noted: dict[str, Any] = {"outcome": "ok", **known}

    def note(self, **facts: Any) -> None:
        """Add facts, or replace them."""
        self._noted.update(facts)

    def write(self, action: str, milliseconds: float) -> None:
        """Log the line; a failure is an error, everything else information."""
        log = structlog.get_logger("stdc")
        level = "error" if self._noted["outcome"] == "failed" else "info"
        getattr(log, level)(action, action=action, ms=milliseconds, **self._noted)


class Redaction:
    """A structlog processor that blots out secrets and e-mail addresses."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Take the secrets of this installation, wherever they may turn up."""
        long = [one for one in secrets if len(one) >= _SHORTEST_BLOTTED]
        forms = {form for one in long for form in _forms(one)}
        longest_first = sorted(forms, key=len, reverse=True)
        pattern = "|".join(map(re.escape, longest_first))
        self._known = re.compile(pattern) if pattern else None

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Redact one log line."""
        return {key: self._entry(key, value) for key, value in event.items()}

    def text(self, text: str) -> str:
        """Redact one text."""
        if self._known:
            text = self._known.sub(BLOT, text)
        text = _URL_PASSWORD.sub(rf"\1:{BLOT}@", text)
        text = _URL_TOKEN.sub(rf"\1{BLOT}", text)
        text = _BEARER.sub(rf"\1 {BLOT}", text)
        return _EMAIL.sub(EMAIL_BLOT, text)

    def _entry(self, key: Any, value: Any) -> Any:
        # structlog's own entries (_record, _from_structlog) are not ours to change
        if isinstance(key, str) and key.startswith("_"):
            return value
        if isinstance(key, str) and _SECRET_KEY.search(key) and value:
            return BLOT
        return self._value(value)

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                return self.text(value)
            case bytes():
                return self.text(value.decode(errors="replace"))
            case Mapping():
                return {self._key(k): self._entry(k, v) for k, v in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._value(one) for one in value]
            case None | bool() | int() | float():
                return value
            case _:
                return self.text(str(value))

    def _key(self, key: Any) -> Any:
        return self.text(key) if isinstance(key, str) else key


def _forms(secret: str) -> Iterator[str]:
    """Write a secret in every way in which it may come to stand in a line."""
    yield secret
    for quoted in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield quoted
        yield _LOWER.sub(lambda found: found[0].lower(), quoted)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]


def _shared(redaction: Redaction) -> list[Processor]:
    """List what every line goes through; redaction last, to miss nothing."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ExtraAdder(),
        redaction,
    ]


def _formatter(shared: list[Processor], *, pretty: bool) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer(
        ensure_ascii=False, default=str
    )
    if pretty:
        renderer = structlog.dev.ConsoleRenderer(
            exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
    )


def _route(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
