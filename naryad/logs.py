"""Structured logs: one JSON object a line for machines, colours for a terminal.

What happened is the event's name; what it happened to are ids: those of `core/kernel/trail.py` (update, delivery, task,
order…), and those under one of IDS' names that a line brings in `extra`. Names, telephone numbers and texts of people
never go into a log: a value under one of PERSONAL's names is replaced, should one slip in, and from words that others
made (an exception's, PostgreSQL's, Telegram's) whatever may be a person's is cut out.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import ExcInfo, Processor

from core.kernel import trail

PERSONAL = frozenset(
    [
        "address",
        "caption",
        "contact",
        "email",
        "first_name",
        "full_name",
        "last_name",
        "name",
        "payload",
        "phone",
        "text",
        "title",
        "username",
    ]
)
IDS = frozenset(
    [
        "attempt",
        "bot",
        "channel",
        "delivery",
        "error",
        "notice",
        "path",
        "replay",
        "source",
        "subscription",
        "why",
    ]
)
"""What `extra` may bring; libraries bring other things there, and nobody has looked at those."""
CUT = "…"
PRIVATE = (
    (re.compile(r"(\b(?:DETAIL|CONTEXT|HINT): ).*"), rf"\1{CUT}"),
    (re.compile(r"(invalid (?:input )?\w+ (?:syntax )?for [^:\n]+: ).*"), rf"\1{CUT}"),
    (re.compile(r"(input_value=).*?(?=, input_type=|$)", re.M), rf"\1{CUT}"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), CUT),
    (re.compile(r"\+\d(?:[\s()-]*\d){9,14}|\b[78](?:[\s()-]?\d){10}\b"), CUT),
    (re.compile(r"(?<=/)(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Za-z0-9_-]{20,}"), CUT),
    (re.compile(r"[^\W\da-zA-Z_]+(?:[\s.,-]+[^\W\da-zA-Z_]+)*"), CUT),
)
"""Values of rows, what did not fit, addresses, numbers, keys in links; and words that are not English, for the desk's
own are."""
NOISY = ("aiogram", "aiohttp.access", "asyncio", "tortoise", "PIL", "fontTools")


def set_up(format: str = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Send everything that is logged, by structlog or by the standard library, to stderr in one shape."""
    out = stream or sys.stderr
    as_json = format == "json" or (format == "auto" and not out.isatty())
    shared: list[Processor] = [
        _with_ids,
        structlog.stdlib.ExtraAdder(IDS),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _without_people,
        structlog.processors.ExceptionRenderer(_told) if as_json else _as_it_is,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _last(as_json)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _last(as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(pad_event_to=28, exception_formatter=_shown)


def _with_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in trail.ids().items():
        if value is not None:
            event.setdefault(name, value)
    return event


def _without_people(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in PERSONAL & event.keys():
        event[name] = CUT
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = public(value)
    return event


def public(text: str) -> str:
    """The text without what may be a person's."""
    for pattern, instead in PRIVATE:
        text = pattern.sub(instead, text)
    return text


def _told(exc_info: ExcInfo) -> str:
    return public("".join(traceback.format_exception(*exc_info)).rstrip("\n"))


def _shown(out: TextIO, exc_info: ExcInfo) -> None:
    out.write("\n" + _told(exc_info))


def _as_it_is(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event
