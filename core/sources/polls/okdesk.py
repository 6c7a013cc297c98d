"""Okdesk issues, API v1: `https://<account>.okdesk.ru` is the address, the key stands in the query. In the order of
their making, fifty at a time; the list is asked for by days, so each time the last day and the one before are read once
more. What was made before the source was connected is not brought. Source: vendor documentation of the list of issues;
never tried on a live account."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.ports import WebCall
from core.sources.mapping import at, plain
from core.sources.polls.page import Page, Trouble, get, is_before, item_of, listed, newest
from core.sources.queries import SourceView

FULL = 50
DAY = 10
BACK = timedelta(days=1)


def ask(source: SourceView, place: Mapping[str, Any]) -> WebCall:
    fields = {
        "created_since": date.fromisoformat(_since(place)).strftime("%d-%m-%Y"),
        "sorting[field]": "created_at",
        "sorting[direction]": "forward",
        "page[size]": FULL,
        "page[number]": place.get("page", 1),
        "api_token": source.secret["token"],
    }
    return get(f"{str(source.config['poll_url']).rstrip('/')}/api/v1/issues/list", fields, {})


def read(source: SourceView, place: Mapping[str, Any], said: Any, now: datetime) -> Page:
    if isinstance(said, dict) and said.get("errors"):
        raise Trouble("said", text=_words(said["errors"]))
    rows = [] if said is None else listed(said, "")
    if rows and not any(plain(at(row, "id")) for row in rows):
        raise Trouble("no_key", path="id")
    top = str(place.get("top") or "")
    for row in rows:
        top = newest(top, plain(at(row, "created_at")), now)
    wanted = [row for row in rows if not is_before(plain(at(row, "created_at")), str(place["from"]))]
    items = [item_of(row, at(row, "id")) for row in wanted]
    last = plain(at(rows[-1], "id")) if rows else ""
    if len(rows) >= FULL and last != place.get("last"):
        page = int(place.get("page", 1)) + 1
        return Page(items, {"since": _since(place), "top": top, "page": page, "last": last}, True)
    return Page(items, {"since": _back(top, _since(place))})


def _since(place: Mapping[str, Any]) -> str:
    """The day before that of connecting, at first: their clock may be behind the company's."""
    return str(place.get("since") or _day_before(str(place["from"])))


def _back(top: str, since: str) -> str:
    try:
        return max(_day_before(top), since)
    except (ValueError, OverflowError):
        return since


def _day_before(stamp: str) -> str:
    return (date.fromisoformat(stamp[:DAY]) - BACK).isoformat()


def _words(errors: Any) -> str:
    """Okdesk names what is wrong by field, several things of one."""
    said = errors.values() if isinstance(errors, dict) else errors if isinstance(errors, list) else [errors]
    return plain([plain(one) for one in said])[:200] or "errors"
