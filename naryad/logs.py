"""Structured logs: one JSON object a line for machines, colours for a terminal.

What happened is the event's name; what it happened to are ids. Names, telephone numbers and texts of people
never go into a log: `about(order=…, update=…)` ties ids to all that is logged inside, and a value under one of
PERSONAL's names is replaced, should one slip in.
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars
from structlog.typing import Processor

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
NOISY = ("aiogram", "aiohttp.access", "asyncio", "tortoise", "PIL", "fontTools")


def set_up(format: str = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Send everything that is logged, by structlog or by the standard library, to stderr in one shape."""
    out = stream or sys.stderr
    as_json = format == "json" or (format == "auto" and not out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _without_people,
        structlog.processors.format_exc_info if as_json else _as_it_is,
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


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Ids that every line logged inside carries: order, job, update, bot, task…"""
    with bound_contextvars(**{name: value for name, value in ids.items() if value is not None}):
        yield


def _last(as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(pad_event_to=28, exception_formatter=structlog.dev.plain_traceback)


def _without_people(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in PERSONAL & event.keys():
        event[name] = "…"
    return event


def _as_it_is(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event
