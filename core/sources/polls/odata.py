"""Documents of 1C by its standard OData interface: `https://<server>/<base>/odata/standard.odata`, Basic credentials,
the name of the entity (`Document_ЗаказПокупателя`), and what to unfold (`Контрагент`), so that the mapping finds names
and not only keys. In the order of their dates, a hundred at a time; a document dated back by a day is found yet.
What is dated before the day of connecting is not brought, nor what is marked for deletion. Source: the platform's
documentation of the interface (OData 3, JSON); never tried on a live base."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from core.ports import WebCall
from core.sources.mapping import at, plain
from core.sources.polls.page import Page, Trouble, basic, get, item_of, listed, newest
from core.sources.queries import SourceView

FULL = 100
SECONDS = 19
BACK = timedelta(days=1)


def ask(source: SourceView, place: Mapping[str, Any]) -> WebCall:
    config, since = source.config, _since(place)
    fields = {
        "$format": "json",
        "$filter": f"Date ge datetime'{since}' and DeletionMark eq false",
        "$orderby": "Date asc",
        "$top": FULL,
        "$skip": place.get("skip", 0),
    }
    if config.get("poll_expand"):
        fields["$expand"] = config["poll_expand"]
    url = f"{str(config['poll_url']).rstrip('/')}/{quote(str(config['poll_entity']))}"
    return get(url, fields, {"Authorization": basic(str(config["poll_user"]), source.secret["password"])})


def read(source: SourceView, place: Mapping[str, Any], said: Any, now: datetime) -> Page:
    error = said.get("odata.error") if isinstance(said, dict) else None
    if error:
        raise Trouble("said", text=plain(at(error, "message.value"))[:200] or "odata.error")
    rows = listed(at(said, "value"), "value")
    items = [item_of(row, at(row, "Ref_Key")) for row in rows]
    if rows and all(item.bad == "no_key" for item in items):
        raise Trouble("no_key", path="Ref_Key")
    top = str(place.get("top") or "")
    for row in rows:
        top = newest(top, plain(at(row, "Date"))[:SECONDS], now)
    if len(rows) >= FULL:
        behind = int(place.get("skip", 0)) + len(rows)
        return Page(items, {"since": _since(place), "top": top, "skip": behind}, True)
    return Page(items, {"since": _back(min(top, _here(place, now)), _first(place)) if top else _since(place)})


def _first(place: Mapping[str, Any]) -> str:
    """Their clock is the company's: the day of connecting has begun at the same time there."""
    return f"{str(place['from'])[:10]}T00:00:00"


def _here(place: Mapping[str, Any], now: datetime) -> str:
    """The present by their clock: what is dated later hides none of those that are still made before it."""
    return now.astimezone(datetime.fromisoformat(str(place["from"])).tzinfo).isoformat()[:SECONDS]


def _since(place: Mapping[str, Any]) -> str:
    return str(place.get("since") or _first(place))


def _back(top: str, first: str) -> str:
    try:
        return max((datetime.fromisoformat(top) - BACK).isoformat()[:SECONDS], first)
    except ValueError:
        return first
