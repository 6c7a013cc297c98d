"""Any system with a list in JSON: what is asked and where things stand in the answer is set by the source.

Pages end with an empty one (204 and `null` are such), with one that repeats the last (the parameter means nothing
there), or where the mark of a next page is missing; a list without an end is a trouble. `since` moves only when all
pages were kept, and then a little less than far: see `page`.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from core.ports import WebCall
from core.sources.mapping import at, plain
from core.sources.polls.page import Page, Trouble, a_little_before, get, item_of, listed, newest, same_server
from core.sources.queries import SourceView

KEY = "id"
HEADER = "Authorization"
WEB = ("http://", "https://")
MOST_PAGES = 2500


def ask(source: SourceView, place: Mapping[str, Any]) -> WebCall:
    """Trouble elsewhere: the next page's address is another server's, which must not hear the secret."""
    config, url = source.config, str(source.config["poll_url"])
    fields: dict[str, Any] = {}
    if config.get("poll_since") and place.get("since"):
        fields[config["poll_since"]] = place["since"]
    mark = place.get("next")
    if config.get("poll_next"):
        if str(mark or "").startswith(WEB):
            if not same_server(url, str(mark)):
                raise Trouble("elsewhere")
            url, fields = str(mark), {}
        elif mark and config.get("poll_page"):
            fields[config["poll_page"]] = mark
    elif config.get("poll_page"):
        fields[config["poll_page"]] = place.get("page", config.get("poll_first", 1))
    headers, secret = {}, source.secret.get("token", "")
    if secret and config.get("poll_param"):
        fields[config["poll_param"]] = secret
    elif secret:
        headers[config.get("poll_header") or HEADER] = secret
    return get(url, fields, headers)


def read(source: SourceView, place: Mapping[str, Any], said: Any, now: datetime) -> Page:
    config = source.config
    path = str(config.get("poll_list") or "")
    rows = [] if said is None else listed(at(said, path) if path else said, path)
    items = [item_of(row, at(row, config.get("poll_key") or KEY)) for row in rows]
    if rows and all(item.bad == "no_key" for item in items):
        raise Trouble("no_key", path=str(config.get("poll_key") or KEY))
    top = str(place.get("top") or "")
    if config.get("poll_changed"):
        for row in rows:
            top = newest(top, plain(at(row, config["poll_changed"])), now)
    ended = {"since": a_little_before(top) if top else place.get("since", "")}
    count = int(place.get("count", 0)) + 1
    if count > MOST_PAGES:
        raise Trouble("endless", pages=MOST_PAGES)
    trace = hashlib.sha256("\n".join(item.key for item in items).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    going = {"since": place.get("since", ""), "top": top, "trace": trace, "count": count}
    if not rows or trace == place.get("trace"):
        return Page(items, ended)
    if config.get("poll_next"):
        mark = _bare(plain(at(said, config["poll_next"])), config.get("poll_param"))
        if mark and not mark.startswith(WEB) and not config.get("poll_page"):
            raise Trouble("no_page")
        return Page(items, going | {"next": mark}, True) if mark and mark != place.get("next") else Page(items, ended)
    if config.get("poll_page"):
        number = int(place.get("page", config.get("poll_first", 1)))
        return Page(items, going | {"page": number + 1}, True)
    return Page(items, ended)


def _bare(mark: str, secret: str | None) -> str:
    """An address as it is remembered: some repeat the secret in it."""
    if not secret or not mark.startswith(WEB):
        return mark
    parts = urlsplit(mark)
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != secret]
    return urlunsplit(parts._replace(query=urlencode(pairs)))
