"""Nobody but this machine: peers, Host and Origin must all be loopback, so that no foreign page can reach in."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

NAMES = ("localhost", "127.0.0.1", "::1")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    reason = refusal(request)
    if reason:
        return web.json_response({"ok": False, "error": reason, "code": "forbidden"}, status=403)
    response = await handler(request)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def refusal(request: web.Request) -> str | None:
    """Why a request is not let in, None when it is."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not peer or not is_loopback(str(peer[0])):
        return "the simulator answers this computer only"
    host = request.host
    if not is_local_name(host):
        return "open the simulator by its local address"
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "another site may not use the simulator"
    return None


@lru_cache(maxsize=64)
def is_local_name(host: str) -> bool:
    """Whether a Host header names this computer, whatever the port."""
    try:
        return urlsplit(f"//{host}").hostname in NAMES
    except ValueError:
        return False


@lru_cache(maxsize=64)
def is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_loopback or bool(mapped and mapped.is_loopback)
