"""The main job from end to end on the running demo: from a customer's message to a signed act."""

import asyncio
import json
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.story.tongue import choose_english, not_english
from tests.story.town import CHIEF, CUSTOMER, ELENA, PATIENCE, TECHNICIAN, Town, apps, papers, verbs

SPEED = 20


@pytest.fixture(scope="module")
async def played(town: Town) -> Town:
    """The story played once: by its button, when `test_page` has done so on this town, else over HTTP."""
    story = (await town.get("/sim/state"))["story"]
    if story["no"] != story["of"] or story["of"] is None:
        await town.play(SPEED)
    await town.quiet()
    return town


@pytest.fixture
async def order(played: Town) -> asyncpg.Record:
    sql = "SELECT * FROM orders_orders WHERE summary LIKE 'Не холодит витрина с%' ORDER BY id DESC LIMIT 1"
    return await played.rows.fetchrow(sql)


@pytest.fixture
async def master(played: Town, order: asyncpg.Record) -> int:
    """The Telegram id of the technician who did it."""
    sql = """SELECT chat_id FROM outbox_addresses a JOIN orders_jobs j ON a.party = 'member:' || j.assignee_id
             WHERE j.order_id = $1 AND bot = 'technician'"""
    return int(await played.rows.fetchval(sql, order["id"]))


async def test_the_order_is_closed_in_time(played: Town, order: asyncpg.Record) -> None:
    assert order["state"] == "closed"
    assert order["closed_at"] is not None
    jobs = await played.rows.fetch("SELECT state, outcome FROM orders_jobs WHERE order_id = $1", order["id"])
    assert [(job["state"], job["outcome"]) for job in jobs] == [("closed", "done")]
    deadlines = await played.rows.fetch("SELECT * FROM sla_deadlines WHERE order_id = $1", order["id"])
    assert {row["kind"] for row in deadlines} == {"response", "arrival", "resolution"}
    assert all(row["met_at"] <= row["due_at"] and row["breached_at"] is None for row in deadlines)


async def test_the_act_is_signed_and_everybody_has_it(played: Town, order: asyncpg.Record, master: int) -> None:
    row = await played.rows.fetchrow("SELECT * FROM documents_documents WHERE order_id = $1", order["id"])
    assert (row["state"], row["version"], str(row["total"])) == ("signed", 1, "3980.00")
    signature = await played.rows.fetchrow("SELECT * FROM documents_signatures WHERE document_id = $1", row["id"])
    assert (signature["how"], signature["name"]) == ("bot", "Елена Соколова")
    name = f"{row['number']}.pdf"
    assert papers(await played.mine(CUSTOMER, ELENA)).count(name) == 2, "the one to sign and the signed one"
    assert papers(await played.mine(TECHNICIAN, master)).count(name) == 1
    assert papers(await played.messages(str(await played.group()), CHIEF)).count(name) == 1


async def test_the_pdf_in_the_chat_is_a_pdf(played: Town) -> None:
    [*_, paper] = [message for message in await played.mine(CUSTOMER, ELENA) if "document" in message]
    async with played.http.get(f"{played.page}{paper['sim']['file_url']}") as answer:
        data = await answer.read()
    assert data.startswith(b"%PDF-")


async def test_the_rating_is_kept(played: Town, order: asyncpg.Record) -> None:
    row = await played.rows.fetchrow("SELECT * FROM ratings_ratings WHERE order_id = $1", order["id"])
    assert (row["speed"], row["accuracy"], row["communication"]) == (5, 5, 5)


async def test_the_timeline_tells_all_of_it_in_order(played: Town, order: asyncpg.Record) -> None:
    rows = await played.rows.fetch("SELECT kind, at FROM orders_entries WHERE order_id = $1 ORDER BY id", order["id"])
    kinds = [row["kind"] for row in rows]
    told = [
        "order.created", "dispatch.offered", "job.accept", "job.travel", "job.arrive", "order.attached",
        "order.attached", "report.line", "report.line", "report.line", "job.finish", "act_drafted", "act_signed",
        "job.close", "order.closed", "order.rated", "order.rated", "order.rated",
    ]  # fmt: skip
    assert [kind for kind in kinds if kind in told] == told, kinds
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


async def test_nothing_is_left_to_press_that_would_do_nothing(played: Town, master: int) -> None:
    technicians = [person["id"] for person in (await played.get("/sim/state"))["people"] if 7100 < person["id"] < 7200]
    for user in technicians:
        seen = await played.mine(TECHNICIAN, user)
        assert not {"offer.accept", "offer.decline", "job.go", "job.finish"} & set(verbs(seen))
    assert not apps(await played.mine(TECHNICIAN, master)), "a signed act asks for no signature"
    assert not {"sign.ok", "sign.no", "consent.yes"} & set(verbs(await played.mine(CUSTOMER, ELENA)))


async def test_one_card_a_chat_is_current(played: Town, order: asyncpg.Record) -> None:
    number = str(order["id"])
    for chat, viewer in ((f"{CUSTOMER}:{ELENA}", ELENA), (str(await played.group()), CHIEF)):
        heads = [
            text for text in map(_head, await played.messages(chat, viewer)) if number in text and "Заявка" in text
        ]
        assert sum("·" in head for head in heads) == 1, heads
    topics = [m for m in await played.messages(str(await played.group()), CHIEF) if "forum_topic_created" in m]
    assert sum(f"№\xa0{number} " in topic["forum_topic_created"]["name"] for topic in topics) == 1


def _head(message: dict[str, object]) -> str:
    return str(message.get("text") or "").partition("\n")[0]


async def test_what_the_team_said_stayed_with_the_team(played: Town, order: asyncpg.Record) -> None:
    rows = await played.rows.fetch("SELECT side, to_customer FROM chats_messages WHERE order_id = $1", order["id"])
    assert [(row["side"], row["to_customer"]) for row in rows] == [("customer", False), ("customer", True)]


async def test_the_pages_link_to_the_desk_signs_in(played: Town) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(f"{played.page}/desk/admin", allow_redirects=False) as answer:
            link = answer.headers["Location"]
        async with http.post(link, headers={"Origin": played.desk}) as answer:
            assert answer.status == 200, await answer.text()
        async with http.get(f"{played.desk}/admin/sessions", allow_redirects=False) as answer:
            assert (answer.status, 'action="/admin/logout"' in await answer.text()) == (200, True)


async def test_the_plumbing_is_clean(played: Town) -> None:
    metrics = await played.metrics()
    for name in ("inbox_dead", "inbox_waiting", "outbox_stuck", "outbox_waiting", "tasks_dead", "timers_dead"):
        assert metrics[name] == 0, metrics
    stuck = "SELECT screen, state, error FROM outbox_notices WHERE state NOT IN ('sent', 'skipped')"
    assert await played.rows.fetch(stuck) == []
    assert await played.rows.fetch("SELECT * FROM inbox_deliveries WHERE dead_at IS NOT NULL") == []


async def test_telegram_refused_nothing(played: Town) -> None:
    """No call of the bots was wrong; that something looks so already is no refusal."""
    calls = (await played.get("/sim/calls?limit=1000"))["calls"]
    refused = [f"{call['method']}: {call['error']}" for call in calls if not call["ok"]]
    assert [text for text in refused if "not modified" not in text.lower().replace("_", " ")] == []


async def test_the_log_is_calm(played: Town) -> None:
    assert [line for line in _log(played) if line["level"] in ("warning", "error", "critical")] == []


def _log(town: Town) -> list[dict[str, Any]]:
    return [json.loads(line) for line in town.log.read_text().splitlines() if line.startswith("{")]


async def test_a_line_of_the_log_names_the_update_and_the_order_but_nobody(played: Town, order: asyncpg.Record) -> None:
    """Words in the order's topic, and a press there that cannot be answered: Telegram's refusal is told."""
    sql = "SELECT thread_id, message_id FROM outbox_cards WHERE bot = 'dispatcher' AND card = $1"
    card = await played.rows.fetchrow(sql, f"order:{order['id']}")
    here = {"as": CHIEF, "chat": await played.group()}
    words = "Елена Соколова просит звонить: +79250000201"
    await played.post("/sim/act", do="text", thread=card["thread_id"], text=words, **here)
    await played.post("/sim/faults", error=403, methods=["answerCallbackQuery"], count=1)
    await played.post("/sim/act", do="press", message_id=card["message_id"], data="what:1:2:3", **here)
    async with asyncio.timeout(PATIENCE):
        while not (told := [line for line in _log(played) if "answerCallbackQuery" in line["event"]]):
            await asyncio.sleep(0.1)
    delivery = await played.rows.fetchrow("SELECT id, key FROM inbox_deliveries ORDER BY id DESC LIMIT 1")
    assert (str(told[0]["update"]), told[0]["delivery"]) == (delivery["key"], delivery["id"])
    assert (told[0]["source"], str(told[0]["order"])) == ("tg:dispatcher", str(order["id"]))
    log = json.dumps(_log(played), ensure_ascii=False)
    assert [private for private in ("79250000201", "Елена", "Соколова", "Лесная") if private in log] == []


async def test_whoever_chooses_english_reads_no_russian(played: Town) -> None:
    """The story again, all of it in English: every message, button, topic and file that the bots send to anybody. The
    last test of this town: the people keep the language. The group's cards from before are written anew."""
    hands = await choose_english(played)
    await played.play(SPEED)
    await played.quiet()
    said = {hand.chat: await hand.seen() for hand in hands}
    assert {chat: russian for chat, messages in said.items() if (russian := not_english(messages))} == {}
    elena, group = said[f"{CUSTOMER}:{ELENA}"], said[str(await played.group())]
    assert any("is signed" in (message.get("caption") or "") for message in elena)
    assert any("Does the technician need a pass?" in (message.get("text") or "") for message in group)
    cards = [_head(message) for message in await played.messages(str(await played.group()), CHIEF)]
    assert [head for head in cards if "Заявка" in head and "закрыта" not in head] == []
