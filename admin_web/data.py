"""Facts for a page's scripts: JSON that browsers don't keep, times as the company's clocks show them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web


def answer(data: Any) -> web.Response:
    """Dataclasses, times and the like as JSON."""
    return web.Response(body=orjson.dumps(data), content_type="application/json")


def wall(moment: datetime, zone: ZoneInfo) -> str:
    """«2026-11-21T14:30:00» on the company's wall: scripts draw it as it is, wherever the browser stands."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")
