"""What `naryad doctor` looks at. Each check passes, warns or fails; what is not well says how to mend it."""

import hashlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from naryad.embedded import open_servers
from naryad.errors import OperatorError
from naryad.settings import BOTS, PREFIX, Settings

Verdict = Literal["ok", "warning", "failed"]
OLDEST_POSTGRES = 150000
ROOM = 1_000_000_000
LEAST_ROOM = 100_000_000
TRIED = b"naryad doctor"
SOMEWHERE = "Москва, Тверская улица, 13"
PATIENCE = aiohttp.ClientTimeout(total=10)
VENDOR = Path(__file__).resolve().parents[1] / "admin_web" / "static" / "vendor"
RIGHTS = ("can_manage_topics", "can_pin_messages", "can_delete_messages")


@dataclass(frozen=True)
class Finding:
    """`code` names the texts `doctor.<code>` and, unless it is ok, `doctor.<code>.mend`."""

    verdict: Verdict
    code: str
    data: dict[str, Any]


def ok(code: str, **data: Any) -> Finding:
    return Finding("ok", code, data)


def warning(code: str, **data: Any) -> Finding:
    return Finding("warning", code, data)


def failed(code: str, **data: Any) -> Finding:
    return Finding("failed", code, data)


async def check_up(settings: Settings) -> AsyncIterator[Finding]:
    """All findings, one after another; nothing is changed. The checks of a group need the database."""
    yield _settings(settings)
    yield _disk(settings.home)
    if settings.files_url:
        yield await _bucket(settings)
    yield _assets()
    groups: list[tuple[int, str]] = []
    try:
        async with open_servers(settings.home, settings.database_url, settings.redis_url) as servers:
            async for finding in _database(servers.database_url, groups):
                yield finding
            yield await _redis(servers.redis_url)
    except OperatorError as error:
        yield failed("servers", reason=error)
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        async for finding in _telegram(settings, session, groups):
            yield finding
        yield await _public(settings, session)
    if settings.smtp_url:
        yield await _mail(settings.smtp_url, settings.mail_from)
    async for finding in _vendors(settings):
        yield finding


def _settings(settings: Settings) -> Finding:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}STRICT_WORDS"}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        return warning("settings_unknown", names=", ".join(unknown))
    return ok("settings", home=settings.home)


def _disk(home: Path) -> Finding:
    folder = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    data = {"home": home, "free": round(free / 1_000_000_000, 1)}
    if free < LEAST_ROOM:
        return failed("disk_full", **data)
    return warning("disk_full", **data) if free < ROOM else ok("disk", **data)


async def _bucket(settings: Settings) -> Finding:
    """Can files be put there and had back. What is tried with stays there: the same few bytes each time."""
    from core.kernel.errors import Outage
    from naryad.wiring import storage_for

    storage, name = storage_for(settings), hashlib.sha256(TRIED).hexdigest()
    try:
        await storage.put(name, TRIED)
        if await storage.get(name) != TRIED:
            return failed("bucket_refused", reason="other bytes came back")
    except (Outage, FileNotFoundError) as error:
        return failed("bucket_refused", reason=error.reason if isinstance(error, Outage) else "nothing came back")
    return ok("bucket", host=urlsplit(settings.files_url or "").hostname)


def _assets() -> Finding:
    try:
        names = json.loads((VENDOR / "manifest.json").read_text())
    except (OSError, ValueError):
        return failed("assets_missing")
    missing = [name for name in names if not (VENDOR / name).is_file()]
    if missing or not list((VENDOR / "pt-sans").glob("*.ttf")):
        return failed("assets_missing")
    return ok("assets", count=len(names))


async def _database(url: str, groups: list[tuple[int, str]]) -> AsyncIterator[Finding]:
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        yield failed("database_unreachable", reason=str(error) or type(error).__name__)
        return
    try:
        number = int(await connection.fetchval("SHOW server_version_num"))
        version = await connection.fetchval("SHOW server_version")
        yield ok("database", version=version) if number >= OLDEST_POSTGRES else failed("database_old", version=version)
        yield await _schema(connection, groups)
    finally:
        await connection.close()


async def _schema(connection: Any, groups: list[tuple[int, str]]) -> Finding:
    if not await connection.fetchval("SELECT to_regclass('tortoise_migrations')"):
        return warning("schema_missing")
    import pkgutil

    import core.migrations

    applied = {row["name"] for row in await connection.fetch("SELECT name FROM tortoise_migrations")}
    known = {module.name for module in pkgutil.iter_modules(core.migrations.__path__)}
    if known - applied:
        return warning("schema_behind", names=", ".join(sorted(known - applied)))
    rows = await connection.fetch("SELECT chat_id, title FROM chats_dispatch_groups WHERE active")
    groups.extend((row["chat_id"], row["title"]) for row in rows)
    return failed("schema_ahead") if applied - known else ok("schema", count=len(applied))


async def _redis(url: str) -> Finding:
    try:
        async with Redis.from_url(url, socket_timeout=10) as redis:
            found = await redis.info("server")
    except (OSError, RedisError) as error:
        return failed("redis_unreachable", reason=error)
    name = "Valkey" if "valkey_version" in found else "Redis"
    return ok("redis", name=name, version=found.get("valkey_version") or found["redis_version"])


async def _telegram(
    settings: Settings, session: aiohttp.ClientSession, groups: list[tuple[int, str]]
) -> AsyncIterator[Finding]:
    for bot in BOTS:
        name = f"{PREFIX}{bot.upper()}_TOKEN"
        token = settings.tokens.get(bot)
        if token is None:
            yield warning("token_missing", bot=bot, name=name)
            continue
        answer = await _call(session, settings, token, "getMe")
        if isinstance(answer, Finding):
            yield answer
            return
        if not answer.get("ok"):
            yield failed("token_refused", name=name, reason=answer.get("description", ""))
            continue
        me = answer["result"]
        yield ok("token", bot=bot, username=me.get("username", ""))
        if settings.webhooks:
            yield await _webhook(session, settings, token, bot)
        if bot == "dispatcher":
            for chat_id, title in groups:
                yield await _group(session, settings, token, chat_id, title, me["id"])


async def _webhook(session: aiohttp.ClientSession, settings: Settings, token: str, bot: str) -> Finding:
    answer = await _call(session, settings, token, "getWebhookInfo")
    if isinstance(answer, Finding):
        return answer
    info = answer.get("result", {})
    expected = f"{settings.public_url}/tg/{bot}"
    if info.get("url") != expected:
        return warning("webhook_unset", bot=bot, url=expected)
    if info.get("last_error_message"):
        return warning("webhook_error", bot=bot, reason=info["last_error_message"])
    return ok("webhook", bot=bot, waiting=info.get("pending_update_count", 0))


async def _group(
    session: aiohttp.ClientSession, settings: Settings, token: str, chat_id: int, title: str, bot_id: int
) -> Finding:
    answer = await _call(session, settings, token, "getChatMember", chat_id=chat_id, user_id=bot_id)
    if isinstance(answer, Finding):
        return answer
    if not answer.get("ok"):
        return failed("group_lost", title=title, reason=answer.get("description", ""))
    member = answer["result"]
    missing = [right for right in RIGHTS if not member.get(right)]
    if member.get("status") == "creator" or not missing:
        return ok("group", title=title)
    return warning("group_rights", title=title, rights=", ".join(missing))


async def _public(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    """Can our own address be reached from outside, as Telegram would?"""
    if not settings.public_url:
        return warning("public_missing")
    if urlsplit(settings.public_url).scheme != "https":
        return warning("public_plain", url=settings.public_url)
    try:
        async with session.get(f"{settings.public_url}/healthz") as response:
            if response.status == 200:
                return ok("public", url=settings.public_url)
            return failed("public_wrong", url=settings.public_url, status=response.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        return failed("public_unreachable", url=settings.public_url, reason=type(error).__name__)


async def _mail(url: str, sender: str) -> Finding:
    """Can letters be sent: the server answers and lets us in."""
    from core.adapters.smtp import Smtp
    from core.kernel.errors import Outage

    mailer = Smtp(url, sender)
    try:
        await mailer.check()
    except Outage as outage:
        return failed("mail_refused", reason=outage.reason)
    return ok("mail", sender=mailer.sender)


async def _vendors(settings: Settings) -> AsyncIterator[Finding]:
    """Does the service of addresses answer; do the vendors of messages and calls know us, and is there money."""
    from core.adapters.texters import texter
    from core.kernel.errors import Outage
    from webhooks.fetch import web

    async with web(settings.inside_hosts) as outside:
        if settings.geocoder:
            yield await _geocoder(settings.geocoder, outside)
        for channel, url in settings.texters.items():
            if url is None:
                continue
            data = {"name": f"{PREFIX}{channel.upper()}", "vendor": urlsplit(url).scheme}
            try:
                balance = await texter(channel, url, outside).check()
            except Outage as outage:
                yield failed("texter_refused", **data, reason=outage.reason)
                continue
            if balance is None:
                yield ok("texter", **data)
            elif balance.amount > 0:
                yield ok("texter_paid", **data, balance=f"{balance.amount} {balance.currency}".strip())
            else:
                yield failed("texter_empty", **data, balance=f"{balance.amount} {balance.currency}".strip())
        for channel, url in settings.messengers.items():
            if url is not None:
                yield await _messenger(channel, url, outside)


async def _messenger(channel: str, url: str, outside: Any) -> Finding:
    from core.adapters.messengers import messenger
    from core.kernel.errors import Outage

    data = {"name": f"{PREFIX}{channel.upper()}", "vendor": channel}
    try:
        await messenger(channel, url, outside).check()
    except Outage as outage:
        return failed("texter_refused", **data, reason=outage.reason)
    return ok("texter", **data)


async def _geocoder(url: str, outside: Any) -> Finding:
    """Any answer is good: a server of one's own may know one region alone."""
    from core.adapters.geocoders import Geocoder
    from core.kernel.errors import Outage

    try:
        await Geocoder(url, outside).find(SOMEWHERE, "ru")
    except Outage as outage:
        return failed("geocoder_refused", reason=outage.reason)
    return ok("geocoder", name=urlsplit(url).scheme.partition("+")[0])


async def _call(
    session: aiohttp.ClientSession, settings: Settings, token: str, method: str, **arguments: Any
) -> dict[str, Any] | Finding:
    """The Bot API's answer, refusals too; a Finding when there is none. The token never gets into a text."""
    try:
        async with session.post(f"{settings.telegram_api}/bot{token}/{method}", json=arguments) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return failed("telegram_unreachable", url=settings.telegram_api, reason=type(error).__name__)
