"""One delivery as the request that tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.hooks.comments import about_file, comment
from core.hooks.facts import values
from core.hooks.rules import STATUS_TYPES, signature
from core.hooks.vendors import VENDORS
from core.hooks.vendors.told import FileTold, Talk, WriteBack
from core.ports import WebCall

STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Told:
    """An event on its way to one subscription. `secrets` are opened; `old` signs beside the present one, or is empty.
    `external` is the id of the other system's own thing, where the order came from there."""

    event_id: int
    type: str
    at: datetime
    data: Mapping[str, Any]
    kind: str
    url: str
    part: str
    secrets: Mapping[str, str]
    old: Mapping[str, str]
    config: Mapping[str, Any]
    external: str
    file: FileTold | None = None


def message_id(event_id: int) -> str:
    """The same for every attempt, so that a copy can be known."""
    return f"evt_{event_id}"


def compose(told: Told, now: datetime) -> WebCall | Talk | None:
    """None: there is nothing to say. Outage, permanent: it can't be told at all."""
    return _signed(told, now) if told.kind == STANDARD else _written_back(told)


def _written_back(told: Told) -> WebCall | Talk | None:
    fields = values(told.config.get("fields", {}), told.type, told.data, told.at) if told.part == "fields" else {}
    if told.part == "fields" and not fields:
        return None
    state = next((state for state, kind in STATUS_TYPES.items() if kind == told.type), "")
    return VENDORS[told.kind](
        WriteBack(
            part=told.part,
            base=told.url,
            external=told.external,
            status=str(told.config["statuses"].get(state, "")),
            text=_text(told),
            secret=told.secrets["token"],
            config=told.config,
            order_id=told.data["order"]["id"],
            type=told.type,
            key=message_id(told.event_id) + (f"_{told.file.id}" if told.file else ""),
            fields=fields,
            file=told.file,
        )
    )


def _text(told: Told) -> str:
    if told.file is not None:
        return about_file(told.type, told.data, told.file.name, told.file.size, told.file.url)
    return comment(told.type, told.data) if told.part == "comment" else ""


def _signed(told: Told, now: datetime) -> WebCall:
    body = orjson.dumps({"type": told.type, "timestamp": told.at.isoformat(), "data": told.data})
    name, timestamp = message_id(told.event_id), int(now.timestamp())
    keys = [one["whsec"] for one in (told.secrets, told.old) if "whsec" in one]
    headers = {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, name, timestamp, body) for key in keys),
    }
    return WebCall("POST", told.url, headers, body)
