"""How the fields of another system become those of an order: dotted paths into what it sent. Pure.

`{"paths": {"words": "data.title data.text", …}, "events": ["order.created"], "customer_id": 5, "site_id": 7,
"urgency": "high"}`: a path goes by names and numbers (`body.items.0.name`), several paths give a line each; `events`
say which deliveries bring a new order; the rest is taken where the paths find nothing. Paths begin in what the vendor's
module made of the delivery; `body` is the JSON as it came, `read` the thing itself where it was read back.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.kernel.errors import Refusal
from core.sources.rules import Kind

FIELDS = ("words", "external", "customer", "site", "address", "name", "phone", "urgency")
LENGTHS = {"words": 4000, "external": 128, "address": 300, "phone": 40}
USUAL_LENGTH = 200
MOST_PATHS, MOST_EVENTS = 6, 20

_STEP = r"[^\s.]{1,64}"
_PATH = re.compile(rf"{_STEP}(\.{_STEP}){{0,15}}")
_EVENT = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Mapped:
    """What was found, as text; empty where nothing was."""

    words: str = ""
    external: str = ""
    customer: str = ""
    site: str = ""
    address: str = ""
    name: str = ""
    phone: str = ""
    urgency: str = ""


def check_mapping(given: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping as it is stored. Refusal sources.bad_path with `field`, sources.bad_event."""
    paths = {name: str(text).split() for name, text in (given.get("paths") or {}).items() if name in FIELDS}
    for name, found in paths.items():
        if len(found) > MOST_PATHS or not all(_PATH.fullmatch(path) for path in found):
            raise Refusal("sources.bad_path", field=f"path.{name}")
    events = [str(event) for event in given.get("events") or ()]
    if len(events) > MOST_EVENTS or not all(_EVENT.fullmatch(event) for event in events):
        raise Refusal("sources.bad_event", field="events")
    whole = {name: int(given[name]) for name in ("customer_id", "site_id") if given.get(name)}
    urgency = {"urgency": str(given["urgency"])} if given.get("urgency") else {}
    return (
        {"paths": {name: " ".join(found) for name, found in paths.items() if found}, "events": events} | whole | urgency
    )


def paths_of(kind: Kind, mapping: Mapping[str, Any], *, read: bool = False) -> dict[str, str]:
    """The paths in force: the source's own, else the usual ones of its kind, which are others where the thing was read
    back. Own ones that are the usual ones, as a page saves them, are none."""
    own, usual, whole = mapping.get("paths"), dict(kind.paths or {}), dict(kind.read or kind.paths or {})
    if own and own not in (usual, whole):
        return dict(own)
    return whole if read else usual


def brings_order(kind: Kind, mapping: Mapping[str, Any], event: str) -> bool:
    return event in (mapping.get("events") or kind.brings)


def said_in(body: bytes) -> Any:
    """The JSON of a body that was judged before, so that it is within limits; None where it is none."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def document(normalized: Mapping[str, Any], said: Any) -> dict[str, Any]:
    """What the paths go through: one event of a delivery, and all that was `said_in` it."""
    return {**normalized, "body": said}


def mapped(found: Mapping[str, Any], paths: Mapping[str, str]) -> Mapped:
    return Mapped(**{name: _text(found, paths[name], name) for name in FIELDS if paths.get(name)})


def _text(found: Mapping[str, Any], paths: str, name: str) -> str:
    lines = [line for path in paths.split() if (line := plain(at(found, path)))]
    limit = LENGTHS.get(name, USUAL_LENGTH)
    return ("\n" if name == "words" else " ").join(lines)[:limit].strip()


def at(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 6 and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def plain(value: Any) -> str:
    """Text that a database takes; a list of such in one line; anything deeper is nothing."""
    if isinstance(value, list):
        return ", ".join(text for item in value[:50] if not isinstance(item, list) and (text := plain(item)))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
