"""A system that is told by calling addresses of its own: one to acknowledge, when an order was made of its thing, one
when that order is closed, one when it is cancelled. In an address `{id}` is their id and `{order}` our number."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from core.hooks.vendors.told import WriteBack, call
from core.kernel.errors import Outage, Refusal
from core.ports import WebCall

PARTS = {"ack": "order.created", "close": "order.closed", "cancel": "order.cancelled"}
"""What each part tells."""
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
BODILESS = ("DELETE", "GET")
HEADER = "Authorization"
_PATH = re.compile(r"/[\x21-\x7e]*")


def check(config: Mapping[str, str]) -> list[str]:
    """The parts that are told. Refusals hooks.nothing_back, hooks.bad_path, hooks.bad_method, hooks.bad_header, at
    the field."""
    told = [part for part in PARTS if config.get(part)]
    if not told:
        raise Refusal("hooks.nothing_back", field="setting.ack")
    for part in told:
        if _PATH.fullmatch(config[part]) is None or set(re.findall(r"\{(.*?)\}", config[part])) - {"id", "order"}:
            raise Refusal("hooks.bad_path", field=f"setting.{part}")
    if config.get("method", "").upper() not in ("", *METHODS):
        raise Refusal("hooks.bad_method", field="setting.method")
    if config.get("header") and re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", config["header"]) is None:
        raise Refusal("hooks.bad_header", field="setting.header")
    return told


def build(told: WriteBack) -> WebCall:
    """`base` is the server's address, the secret the whole value of the header. Outage, permanent: an id that would be
    another path."""
    if told.external in ("", ".", ".."):
        raise Outage("writeback", "bad_id", permanent=True)
    path = str(told.config[told.part]).replace("{id}", quote(told.external, safe=""))
    path = path.replace("{order}", str(told.order_id))
    said = {"part": told.part, "event": told.type, "external_id": told.external, "order_id": told.order_id}
    headers = {str(told.config.get("header") or HEADER): told.secret, "Idempotency-Key": told.key}
    method = str(told.config.get("method") or METHODS[0]).upper()
    if method in BODILESS:
        return WebCall(method, told.base + path, headers)
    return call(method, told.base + path, said, **headers)
