"""Who talks to a Mini App's API: a bearer token, because frames of other sites get no cookies.

The token is `bot.user.expires.mac`, signed by the desk, good for twelve hours; whether the person still works here is
looked up on each request.
"""

import hmac
import time

from aiohttp import web

from core.kernel.actor import Actor
from core.kernel.errors import Refusal
from core.kernel.ids import keys
from core.people.queries import actor_for

LIFE_S = 12 * 3600


def issue(bot: str, user_id: int) -> str:
    text = f"{bot}.{user_id}.{int(time.time()) + LIFE_S}"
    return f"{text}.{keys().mac('miniapp', text, size=16)}"


def read(token: str) -> tuple[str, int]:
    """The bot and the Telegram user. `app.session_over` for a forged or an old token."""
    text, _, mac = token.rpartition(".")
    parts = text.split(".")
    if not token.isascii() or len(parts) != 3 or not hmac.compare_digest(keys().mac("miniapp", text, size=16), mac):
        raise Refusal("app.session_over")
    bot, user_id, expires = parts
    if int(expires) < time.time():
        raise Refusal("app.session_over")
    return bot, int(user_id)


async def actor_of(request: web.Request) -> Actor:
    """The member or contact behind `Authorization: Bearer …`, in the bot that the address names."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refusal("app.session_over")
    bot, user_id = read(token.strip())
    if bot != request.match_info["bot"]:
        raise Refusal("app.session_over")
    actor = await actor_for(bot, user_id)
    if actor is None:
        raise Refusal("people.stranger")
    return actor
