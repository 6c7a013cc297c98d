"""Bitrix24 deals or leads, asked through an incoming webhook: `https://<portal>/rest/<user>` is the address, the code
behind it the secret. In the order of their ids, without a count, which is the quick way for it: `start` -1 and a filter
`>ID`; fifty at a time. What was made before the source was connected is not brought. Of a deal only ids of its contact
and company come: its customer is the source's usual one, or a dispatcher fills it in. Source: vendor documentation of
crm.deal.list and crm.lead.list; never tried on a live portal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from core.ports import WebCall
from core.sources.mapping import at
from core.sources.polls.page import Page, Trouble, call, item_of, listed
from core.sources.queries import SourceView

FULL = 50
ENTITIES = ("deal", "lead")


def ask(source: SourceView, place: Mapping[str, Any]) -> WebCall:
    entity = source.config.get("poll_entity")
    method = f"crm.{entity if entity in ENTITIES else ENTITIES[0]}.list"
    said = {
        "order": {"ID": "ASC"},
        "filter": {">ID": place.get("last", 0), ">=DATE_CREATE": place["from"]},
        "select": ["*", "UF_*", "PHONE", "EMAIL"],
        "start": -1,
    }
    base = str(source.config["poll_url"]).rstrip("/")
    headers = {"Content-Type": "application/json"}
    return call("POST", f"{base}/{quote(source.secret['token'], safe='')}/{method}", headers, orjson.dumps(said))


def read(source: SourceView, place: Mapping[str, Any], said: Any, now: datetime) -> Page:
    if isinstance(said, dict) and said.get("error"):
        raise Trouble("said", text=str(said.get("error_description") or said["error"])[:200])
    rows = listed(at(said, "result"), "result")
    ids = [str(at(row, "ID")) for row in rows]
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in ids):
        raise Trouble("no_key", path="ID")
    last = max([int(place.get("last", 0)), *map(int, ids)])
    moved = last > int(place.get("last", 0))
    return Page([item_of(row, at(row, "ID")) for row in rows], {"last": last}, moved and len(rows) >= FULL)
