"""HubEx tasks: `https://api.hubex.ru/fsm` is the address, the secret a service token, for which HubEx gives a pass of
half an hour. In the order of their making, a hundred at a time, the last twenty of them once more: what is closed
meanwhile makes those behind it move up. The answer is an object whose names are the tasks' ids.
Their times have no zone, so each time the last day is asked for once more. What is closed or deleted there is not
brought. Source: vendor documentation («Начало работы с REST API»), the sorting by the API's own description; never
tried on a live account."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from core.ports import WebCall
from core.sources.mapping import at, plain
from core.sources.passes import Gate
from core.sources.polls.page import Page, Trouble, call, get, item_of, newest
from core.sources.queries import SourceView

FULL, AGAIN = 100, 20
SECONDS = 19
BACK = timedelta(days=1)
LIVES_S = 1800.0
BY_MAKING, UPWARDS = 1, 1
HEADERS = {"X-Application-ID": "5"}
"""Without it every question is refused."""


def gate(base: str, token: str) -> Gate:
    headers = {"Content-Type": "application/json", **HEADERS}
    wanted = call("POST", f"{base}/AUTHZ/AccessTokens", headers, orjson.dumps({"serviceToken": token}))
    return Gate(wanted, _pass)


def _pass(said: Any) -> tuple[str, float] | None:
    found, lives = at(said, "access_token"), at(said, "expires_in")
    known = isinstance(lives, int | float) and 0 < lives < 86_400
    ok = isinstance(found, str) and found.isascii() and found.isprintable() and found != ""
    return (found, float(lives) if known else LIVES_S) if ok else None


def enter(source: SourceView) -> Gate:
    return gate(_base(source), source.secret["token"])


def ask(source: SourceView, place: Mapping[str, Any]) -> WebCall:
    fields = {
        "creationFrom": _since(place),
        "isClosed": "false",
        "isDeleted": "false",
        "orderBy": BY_MAKING,
        "sortDirection": UPWARDS,
        "offset": place.get("offset", 0),
        "fetch": FULL,
    }
    return get(f"{_base(source)}/WORK/Tasks", fields, HEADERS)


def read(source: SourceView, place: Mapping[str, Any], said: Any, now: datetime) -> Page:
    rows = {} if said is None else said
    if not isinstance(rows, dict):
        raise Trouble("no_list", path="—")
    items = [item_of({**row, "id": key} if isinstance(row, dict) else row, key) for key, row in rows.items()]
    if rows and all(item.bad == "no_key" for item in items):
        raise Trouble("no_key", path="id")
    top = str(place.get("top") or "")
    for row in rows.values():
        top = newest(top, plain(at(row, "timesheet.created"))[:SECONDS], now)
    last = next(reversed(rows), "")
    if len(rows) >= FULL and last != place.get("last"):
        behind = int(place.get("offset", 0)) + len(rows) - AGAIN
        return Page(items, {"since": _since(place), "top": top, "offset": behind, "last": last}, True)
    return Page(items, {"since": _back(top, _first(place)) if top else _since(place)})


def _base(source: SourceView) -> str:
    return str(source.config["poll_url"]).rstrip("/")


def _first(place: Mapping[str, Any]) -> str:
    """The moment of connecting in UTC: whoever takes it for a time of theirs, east of Greenwich, brings more."""
    return datetime.fromisoformat(str(place["from"])).astimezone(UTC).isoformat()[:SECONDS]


def _since(place: Mapping[str, Any]) -> str:
    return str(place.get("since") or _first(place))


def _back(top: str, first: str) -> str:
    try:
        return max((datetime.fromisoformat(top) - BACK).isoformat()[:SECONDS], first)
    except (ValueError, OverflowError):
        return first
