import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.kernel.words import words
from naryad.checkup import _vendors, check_up
from naryad.settings import Settings
from tests.letters.meta import Meta
from tests.letters.vendors import town

TOKENS = {"customer": "1:good", "technician": "2:refused", "dispatcher": "3:good"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NARYAD_") and name != "NARYAD_STRICT_WORDS"]:
        monkeypatch.delenv(name)


@pytest.fixture
def rights() -> dict[str, object]:
    return {"can_manage_topics": True, "can_pin_messages": True, "can_delete_messages": True}


@pytest.fixture
async def telegram(rights) -> AsyncIterator[str]:
    """A Bot API that knows two of our tokens and one group."""

    async def answer(request: web.Request) -> web.Response:
        token, method = request.match_info["token"], request.match_info["method"]
        if token == TOKENS["technician"]:
            return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
        body = await request.json()
        if method == "getChatMember" and body["chat_id"] != -100:
            return web.json_response({"ok": False, "description": "Bad Request: chat not found"}, status=400)
        results: dict[str, Any] = {
            "getMe": {"id": 3, "is_bot": True, "username": f"{token[0]}_bot"},
            "getWebhookInfo": {"url": "", "pending_update_count": 0},
            "getChatMember": {"status": "administrator", **rights},
        }
        return web.json_response({"ok": True, "result": results[method]})

    app = web.Application()
    app.router.add_post("/bot{token}/{method}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield "http://{}:{}".format(*runner.addresses[0][:2])
    await runner.cleanup()


@pytest.fixture
def settings(database_url, redis_url, telegram, tmp_path) -> Settings:
    return Settings(
        _env_file=None,
        home=tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        telegram_api=telegram,
        **{f"{bot}_token": token for bot, token in TOKENS.items()},
    )


async def found(settings: Settings) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    findings: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    async for finding in check_up(settings):
        findings.setdefault(finding.code, []).append((finding.verdict, finding.data))
    return findings


async def bind(settings: Settings, chat_id: int, title: str) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(
        "INSERT INTO chats_dispatch_groups (chat_id, title, is_forum, locale, active, bound_at)"
        " VALUES ($1, $2, true, 'ru', true, '2026-01-01Z')",
        chat_id,
        title,
    )
    await connection.close()


async def test_it_looks_at_everything(settings):
    await bind(settings, -100, "Dispatch")
    await bind(settings, -200, "Gone")
    findings = await found(settings)
    assert findings["database"][0][0] == "ok"
    assert findings["schema"][0][0] == "ok"
    assert findings["redis"][0][1]["name"] == "Valkey"
    assert [data["bot"] for _, data in findings["token"]] == ["customer", "dispatcher"]
    assert findings["token_refused"] == [("failed", {"name": "NARYAD_TECHNICIAN_TOKEN", "reason": "Unauthorized"})]
    assert findings["group"] == [("ok", {"title": "Dispatch"})]
    assert findings["group_lost"][0][1]["title"] == "Gone"
    assert findings["public_missing"][0][0] == "warning"


async def test_it_names_the_rights_that_a_bot_lacks(settings, rights):
    await bind(settings, -100, "Dispatch")
    rights["can_pin_messages"] = False
    assert (await found(settings))["group_rights"] == [("warning", {"title": "Dispatch", "rights": "can_pin_messages"})]


async def test_it_knows_an_empty_database(settings, empty_database_url):
    findings = await found(settings.model_copy(update={"database_url": empty_database_url}))
    assert findings["schema_missing"][0][0] == "warning"


async def test_what_is_not_there_fails_and_the_rest_is_still_looked_at(settings, tmp_path):
    broken = {
        "database_url": f"postgresql://u:hunter2@/desk?host={tmp_path}",
        "redis_url": f"unix://{tmp_path}/none.sock",
        "telegram_api": "http://127.0.0.1:1",
        "public_url": "https://127.0.0.1:1",
    }
    findings = await found(settings.model_copy(update=broken))
    for code in ("database_unreachable", "redis_unreachable", "telegram_unreachable", "public_unreachable"):
        assert findings[code][0][0] == "failed", code
    assert "hunter2" not in str(findings)


async def test_it_puts_a_file_into_the_bucket_and_takes_it_out(settings, bucket):
    findings = await found(settings.model_copy(update={"files_url": bucket}))
    assert findings["bucket"] == [("ok", {"host": "127.0.0.1"})]
    findings = await found(settings.model_copy(update={"files_url": bucket.replace("@", "0@")}))
    assert findings["bucket_refused"] == [("failed", {"reason": "SignatureDoesNotMatch"})]


async def test_it_notices_a_misspelt_variable(settings, monkeypatch):
    monkeypatch.setenv("NARYAD_CUSTOMER_TOKN", "1:x")
    assert (await found(settings))["settings_unknown"] == [("warning", {"names": "NARYAD_CUSTOMER_TOKN"})]


async def test_it_notices_missing_fonts(settings, monkeypatch, tmp_path):
    monkeypatch.setattr("naryad.checkup.VENDOR", Path(tmp_path))
    assert (await found(settings))["assets_missing"][0][0] == "failed"


@pytest.mark.parametrize(("failing", "code"), [(False, 0), (True, 1)])
async def test_the_exit_code_tells(naryad, settings, failing, code):
    token = TOKENS["technician" if failing else "customer"]
    done = await asyncio.to_thread(
        naryad,
        "doctor",
        NARYAD_DATABASE_URL=settings.database_url,
        NARYAD_REDIS_URL=settings.redis_url,
        NARYAD_TELEGRAM_API=settings.telegram_api,
        NARYAD_CUSTOMER_TOKEN=token,
    )
    assert done.returncode == code, done.stdout
    assert ("needs mending" in done.stdout) is failing


async def test_it_asks_the_vendors_of_sms_and_calls(settings, tmp_path):
    vendors = town(tmp_path)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", vendors.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    vendors.base = "http://{}:{}".format(*runner.addresses[0][:2])
    told = {"sms": vendors.url("smsc"), "voice": vendors.url("vonage"), "inside_hosts": ("127.0.0.1",)}
    asked = settings.model_copy(update=told)
    try:
        vendors.answer = (200, {"balance": "12.34", "currency": "RUR", "_embedded": {"calls": []}})
        well = [finding async for finding in _vendors(asked)]
        vendors.answer = (200, {"balance": "-0.01"})
        poor = [finding async for finding in _vendors(asked)]
    finally:
        await runner.cleanup()
    assert [(one.verdict, one.code, one.data.get("balance")) for one in well] == [
        ("ok", "texter_paid", "12.34 RUR"),
        ("ok", "texter", None),
    ]
    assert [(one.verdict, one.code) for one in poor] == [("failed", "texter_empty"), ("failed", "texter_refused")]
    say = words("cli", "ru")
    for one in [*well, *poor]:
        assert one.data["name"] in say.text(f"doctor.{one.code}", **one.data)
        if one.verdict != "ok":
            assert one.data["vendor"] in say.text(f"doctor.{one.code}.mend", **one.data)


@pytest.mark.parametrize(("wrong", "code"), [({}, "texter"), ({"status": "BANNED"}, "texter_refused")])
async def test_it_asks_for_the_account_of_a_messenger(settings, wrong, code):
    meta = Meta(wrong=wrong)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", meta.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        meta.base = f"http://127.0.0.1:{server.port}"
        asked = settings.model_copy(update={"whatsapp": meta.url(), "inside_hosts": ("127.0.0.1",)})
        [finding] = [finding async for finding in _vendors(asked)]
    assert (finding.code, finding.data["name"]) == (code, "NARYAD_WHATSAPP")
