"""amoCRM leads, API v4 with a long-lived token; `https://<account>.amocrm.ru` is the address. In the order of their
changes, 250 at a time; the next question begins where the page ended, for a lead that is changed meanwhile goes to the
end of the list. With a stage (`pipeline:status`) a lead is brought when it comes into it, however old; without one,
those that were made since the source was connected. An account bears seven questions a second. Source: vendor
documentation of leads and filters; never tried on a live account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.ports import WebCall
from core.sources.mapping import at, plain
from core.sources.polls.page import Page, Trouble, a_little_before, get, item_of, listed, newest
from core.sources.queries import SourceView

FULL = 250
MOST_PAGES = 400
GAP_S = 0.2
LEADS = "_embedded.leads"


def ask(source: SourceView, place: Mapping[str, Any]) -> WebCall:
    fields = {
        "with": "contacts",
        "limit": FULL,
        "page": place.get("page", 1),
        "order[updated_at]": "asc",
        "filter[updated_at][from]": _since(place),
    }
    if stage := source.config.get("poll_stage"):
        pipeline, _, status = str(stage).partition(":")
        fields |= {"filter[statuses][0][pipeline_id]": pipeline, "filter[statuses][0][status_id]": status}
    base = str(source.config["poll_url"]).rstrip("/")
    return get(f"{base}/api/v4/leads", fields, {"Authorization": f"Bearer {source.secret['token']}"})


def read(source: SourceView, place: Mapping[str, Any], said: Any, now: datetime) -> Page:
    rows = [] if said is None else listed(at(said, LEADS), LEADS)
    if rows and not any(plain(at(row, "id")) for row in rows):
        raise Trouble("no_key", path="id")
    since, top = _since(place), str(place.get("top") or "")
    for row in rows:
        top = newest(top, plain(at(row, "updated_at")), now)
    wanted = [row for row in rows if _is_wanted(source, place, row)]
    items = [item_of(row, at(row, "id")) for row in wanted]
    if len(rows) < FULL:
        return Page(items, {"since": a_little_before(top) if top else since})
    if newest(since, top, now) != since:
        return Page(items, {"since": top, "top": top}, True)
    page = int(place.get("page", 1)) + 1
    if page > MOST_PAGES:
        raise Trouble("endless", pages=MOST_PAGES)
    return Page(items, {"since": since, "top": top, "page": page}, True)


def _since(place: Mapping[str, Any]) -> str:
    return str(place.get("since") or int(_first(place)))


def _first(place: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(str(place["from"])).timestamp()


def _is_wanted(source: SourceView, place: Mapping[str, Any], row: Any) -> bool:
    if at(row, "is_deleted") is True:
        return False
    made = at(row, "created_at")
    return bool(source.config.get("poll_stage")) or not isinstance(made, int) or made >= int(_first(place))
