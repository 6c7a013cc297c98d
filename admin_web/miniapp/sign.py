"""The signature on the technician's screen: a page with the act in short and a canvas for a finger.

The page itself holds nothing of the order; its script opens a session with Telegram's proof of who is looking, asks
for the act, keeps the stroke on the phone until the desk has it, and sends it with a key, so that a retry after a
lost signal is the same signature.
"""

import asyncio
import base64
import binascii
import json
from typing import Any

from aiohttp import web

from admin_web.miniapp.initdata import read_init_data
from admin_web.miniapp.session import actor_of, issue
from core.documents import actions as documents
from core.documents.queries import document_view, lines_of
from core.documents.stroke import stroke_png
from core.files import actions as files
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.orders.queries import access_order
from core.overview.queries import order_facts
from core.people.queries import actor_for

TOKENS: web.AppKey[dict[str, str]] = web.AppKey("tokens", dict)
MAX_BODY = 3 * 1024 * 1024
PART = 64 * 1024
PNG = "data:image/png;base64,"


async def session(request: web.Request) -> web.Response:
    """POST {init_data} → {token, name, locale}. A stranger is refused: only the desk's people and customers sign."""
    bot = request.match_info["bot"]
    token = request.app[TOKENS].get(bot)
    if token is None:
        raise web.HTTPNotFound
    body = await _json(request)
    opened = read_init_data(str(body.get("init_data") or ""), token, now())
    actor = await actor_for(bot, opened.user_id)
    if actor is None:
        raise Refusal("people.stranger")
    return web.json_response({"token": issue(bot, opened.user_id), "name": actor.name, "locale": actor.locale})


async def show(request: web.Request) -> web.Response:
    """GET the act in short: number, lines, total, customer, who may sign."""
    actor = await actor_of(request)
    paper = await document_view(actor, int(request.match_info["document"]))
    facts = await order_facts(paper.order_id)
    lines = await lines_of(actor, paper.id)
    contact = facts["contact"] or {}
    return web.json_response(
        {
            "number": paper.number,
            "order": paper.order_id,
            "state": paper.state if not paper.replaced_by else "replaced",
            "total": str(paper.total),
            "lines": lines,
            "customer": facts["customer"]["name"],
            "site": (facts["site"] or {}).get("name") or facts["address"],
            "signer": {"name": contact.get("name", ""), "post": contact.get("post", "")},
            "signed_by": paper.signed_by,
        }
    )


async def sign(request: web.Request) -> web.Response:
    """POST {name, post, image: data URL of a PNG, key} → {ok}. The same key again is the same signature."""
    actor = await actor_of(request)
    body = await _json(request)
    document_id = int(request.match_info["document"])
    key = _said(body, "key", 64)
    if not key:
        raise Refusal("app.bad_request")
    paper = await document_view(actor, document_id)
    await access_order(actor, paper.order_id)
    stroke = await asyncio.to_thread(stroke_png, _png(body.get("image")))
    stored = await files.put_bytes(stroke)
    async with work(actor):
        file_id = await files.store(stored, kind="signature", name="signature.png", mime="image/png")
        await documents.sign(document_id, "screen", _said(body, "name", 200), _said(body, "post", 100), file_id, key)
    return web.json_response({"ok": True, "number": paper.number})


def _said(body: dict[str, Any], name: str, limit: int) -> str:
    """One line of what somebody typed, of letters that a database keeps."""
    tidy = str(body.get(name) or "").encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in tidy).split())[:limit]


def _png(text: Any) -> bytes:
    if not isinstance(text, str) or not text.startswith(PNG):
        raise Refusal("documents.signature_unreadable")
    try:
        return base64.b64decode(text.removeprefix(PNG), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("documents.signature_unreadable") from error


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await _read(request))
    except (ValueError, RecursionError) as error:
        raise Refusal("app.bad_request") from error
    if not isinstance(body, dict):
        raise Refusal("app.bad_request")
    return body


async def _read(request: web.Request) -> bytes:
    """The body; `app.too_large` at its first part too many, whatever its sender said of its size."""
    if (request.content_length or 0) > MAX_BODY:
        raise Refusal("app.too_large")
    body = bytearray()
    async for part in request.content.iter_chunked(PART):
        body += part
        if len(body) > MAX_BODY:
            raise Refusal("app.too_large")
    return bytes(body)
