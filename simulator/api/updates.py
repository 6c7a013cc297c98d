"""How a bot gets its updates: long polling or a webhook, never both."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from simulator.api.keyboards import LOOPBACK
from simulator.api.registry import Request, method
from simulator.errors import bad
from simulator.state import Json
from simulator.updates import LIMIT

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LONGEST_POLL = 50


@method("getUpdates")
async def get_updates(request: Request) -> list[Json]:
    _choose_kinds(request)
    limit = min(max(int(request.get("limit", LIMIT)), 1), LIMIT)
    timeout = min(max(int(request.get("timeout", 0)), 0), LONGEST_POLL)
    return await request.box.updates.poll(request.bot, int(request.get("offset", 0)), limit, timeout)


@method("setWebhook")
def set_webhook(request: Request) -> bool:
    bot, url = request.bot, str(request.get("url", ""))
    secret = request.get("secret_token", "")
    if secret and not SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    if url:
        _check_address(url)
    _choose_kinds(request)
    if request.get("drop_pending_updates"):
        request.box.updates.drop(bot.id)
    bot.webhook = None
    if url:
        bot.webhook = {
            "url": url,
            "secret_token": secret,
            "max_connections": min(max(int(request.get("max_connections", 40)), 1), 100),
        }
        request.box.updates.take_over(bot.id)
    request.box.world.dirty.bots.add(bot.id)
    request.box.couriers.serve(bot)
    return True


@method("deleteWebhook")
def delete_webhook(request: Request) -> bool:
    if request.get("drop_pending_updates"):
        request.box.updates.drop(request.bot.id)
    request.bot.webhook = None
    request.box.world.dirty.bots.add(request.bot.id)
    request.box.couriers.serve(request.bot)
    return True


@method("getWebhookInfo")
def get_webhook_info(request: Request) -> Json:
    bot, webhook = request.bot, request.bot.webhook
    info: Json = {
        "url": webhook["url"] if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(request.box.updates.box(bot.id).updates),
    }
    if webhook:
        info["max_connections"] = webhook["max_connections"]
        info.update(request.box.couriers.last_error(bot.id))
    if bot.allowed:
        info["allowed_updates"] = bot.allowed
    return info


def _choose_kinds(request: Request) -> None:
    """`allowed_updates` stays as it was when not given; an empty list means the default kinds."""
    kinds = request.params.get("allowed_updates")
    if kinds is not None and kinds != request.bot.allowed:
        request.bot.allowed = kinds
        request.box.world.dirty.bots.add(request.bot.id)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None:
        raise bad("bad webhook: invalid webhook URL specified")
    if parts.scheme != "https" and host not in LOOPBACK:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.scheme not in ("http", "https"):
        raise bad("bad webhook: invalid webhook URL specified")
